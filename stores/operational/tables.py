"""The tables. The migrations beside this file make them; a test holds the two to each other.

Times are Unix seconds. Keys and tokens are kept as SHA-256 hashes, which suffices for secrets drawn at
random: there is no dictionary to try.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False, index=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("rate_limit", sa.Double),
    sa.Column("created", sa.Double, nullable=False),
    # Of a project that is gone for good only this row stays.
    sa.Column("removed", sa.Double),
    # Ids are never given again: events of a project that was removed may still be on the log.
    sqlite_autoincrement=True,
)

project_keys = sa.Table(
    "project_keys",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("last_characters", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("rate_limit", sa.Double),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("revoked", sa.Double),
    sqlite_autoincrement=True,
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("last_characters", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("projects", sa.JSON(none_as_null=True)),
    # Null for a token of the whole installation, which only commands make.
    sa.Column("organisation_id", sa.Integer),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("revoked", sa.Double),
    sqlite_autoincrement=True,
)

# Records on their way to the log: written in the transaction of the change that they tell of.
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    # Null takes the key off a compacted topic.
    sa.Column("value", sa.Text),
    sqlite_autoincrement=True,
)

# The latest configuration of each project that has ever changed its own, as JSON of ``schemas.project``.
configurations = sa.Table(
    "configurations",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("configuration", sa.Text, nullable=False),
    sa.Column("changed", sa.Double, nullable=False),
)

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    # In lower case.
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    # Argon2id in the PHC string format; null for who logs in elsewhere.
    sa.Column("password", sa.Text),
    sa.Column("created", sa.Double, nullable=False),
    sqlite_autoincrement=True,
)

# Who a user is to a provider of OpenID Connect.
identities = sa.Table(
    "identities",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column(
        "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
)

memberships = sa.Table(
    "memberships",
    metadata,
    sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
)

teams = sa.Table(
    "teams",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.UniqueConstraint("organisation_id", "slug"),
    sqlite_autoincrement=True,
)

team_members = sa.Table(
    "team_members",
    metadata,
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)

# A project of no team is everybody's in its organisation.
team_projects = sa.Table(
    "team_projects",
    metadata,
    sa.Column("team_id", sa.Integer, sa.ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
)

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("organisation_id", sa.Integer, sa.ForeignKey("organisations.id"), nullable=False, index=True),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    # Empty for whoever holds the link.
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("accepted", sa.Double),
    sqlite_autoincrement=True,
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column(
        "user_id", sa.Integer, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    sa.Column("user_agent", sa.Text, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
)

# Every change that somebody made by the API or the dashboard.
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("organisation_id", sa.Integer, index=True),
    sa.Column("project_id", sa.Integer),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

# The releases that builds have announced; ``commits`` is JSON of ``schemas.release``.
releases = sa.Table(
    "releases",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), primary_key=True, autoincrement=False),
    sa.Column("version", sa.Text, primary_key=True),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("commits", sa.Text, nullable=False),
    sa.Column("commit_count", sa.Integer, nullable=False),
    sa.Index("ix_releases_project_id_created", "project_id", "created"),
)

# What people last decided about an issue, as JSON of ``schemas.triage.Decision``, and who cares for it. Version 0: nobody has
# decided anything yet. ``changed`` is when the decision was written.
triage = sa.Table(
    "triage",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), primary_key=True, autoincrement=False),
    sa.Column("issue_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("assignee", sa.Text),
    sa.Column("changed", sa.Double, nullable=False),
    sa.Index("ix_triage_changed", "project_id", "changed"),
)

# An issue that was merged, and into which. The latter may be merged itself. Where the issue took over a decision by that,
# ``adopted`` is the version that it has as its own, and ``decision_before`` (JSON) what it replaced.
merges = sa.Table(
    "merges",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), primary_key=True, autoincrement=False),
    sa.Column("issue_id", sa.Text, primary_key=True),
    sa.Column("parent_id", sa.Text, nullable=False),
    sa.Column("adopted", sa.Integer),
    sa.Column("decision_before", sa.Text),
)

# What people did with issues. ``at`` is in microseconds, ``detail`` JSON.
activity = sa.Table(
    "activity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False),
    sa.Column("issue_id", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("ix_activity_issue", "project_id", "issue_id", "at"),
    sqlite_autoincrement=True,
)

# Where alerts are sent. ``target`` is JSON of ``schemas.channels`` without its secrets; these are in ``secrets``, encrypted,
# and the last characters of each in ``hints``. A channel that was removed stays for the deliveries that name it, without
# secrets. The columns from ``tokens`` on belong to whoever sends: the budget's tokens as of ``tokens_at``, failures since the
# last success, until when it rests, and who works on it for how long.
channels = sa.Table(
    "channels",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("secrets", sa.Text, nullable=False),
    sa.Column("hints", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("budget", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("changed", sa.Double, nullable=False),
    sa.Column("removed", sa.Double),
    sa.Column("tokens", sa.Double),
    sa.Column("tokens_at", sa.Double, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("rests_until", sa.Double, nullable=False),
    sa.Column("lease", sa.Text, nullable=False),
    sa.Column("leased_until", sa.Double, nullable=False),
    sqlite_autoincrement=True,
)

# What is to be sent, and what became of it. ``due`` is when it is tried next, null once it has ended; ``event`` is JSON of
# ``schemas.alerts.AlertEvent``.
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, nullable=False),
    sa.Column("channel_id", sa.Integer, sa.ForeignKey("channels.id"), nullable=False),
    sa.Column("alert_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("queued", sa.Double, nullable=False),
    sa.Column("due", sa.Double),
    sa.Column("expires", sa.Double, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("ended", sa.Double),
    sa.UniqueConstraint("channel_id", "alert_id", "state"),
    sa.Index("ix_deliveries_project_id", "project_id", "id"),
    sa.Index("ix_deliveries_channel_id", "channel_id", "due"),
    sa.Index("ix_deliveries_queued", "queued"),
    sqlite_autoincrement=True,
)

delivery_attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("delivery_id", sa.Integer, sa.ForeignKey("deliveries.id"), nullable=False, index=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

# Alert rules, as JSON of ``schemas.rules.Rule``.
rules = sa.Table(
    "rules",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("changed", sa.Double, nullable=False),
    # Ids are never given again: alerts of a rule that was removed stay.
    sqlite_autoincrement=True,
)

# Maintenance windows, and snoozes of a rule's alerts, as JSON of ``schemas.rules.Quiet``.
quiets = sa.Table(
    "quiets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), nullable=False, index=True),
    sa.Column("rule_id", sa.Integer, sa.ForeignKey("rules.id", ondelete="CASCADE")),
    sa.Column("ends", sa.Double, nullable=False),
    sa.Column("quiet", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

# Who has taken an alert in hand first. The project is null where it is not known any more.
acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Integer, index=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

# Requests to erase: ``kind`` is by what an end user was named, empty for a whole project. ``subject``, JSON of
# ``schemas.privacy.Subject``, is there only until the request is done, ``receipt`` (JSON) from then on.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("project_id", sa.Integer, nullable=False, index=True),
    sa.Column("organisation_id", sa.Integer, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("requested", sa.Double, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("steps", sa.Integer, nullable=False),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("lease", sa.Text, nullable=False),
    sa.Column("leased_until", sa.Double, nullable=False),
    sa.Column("finished", sa.Double),
    sa.Column("receipt", sa.Text),
    sqlite_autoincrement=True,
)

# The latest rebalances of all workers; ``assigned`` and ``revoked`` are JSON of partitions by topic.
rebalances = sa.Table(
    "rebalances",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("assigned", sa.Text, nullable=False),
    sa.Column("revoked", sa.Text, nullable=False),
    sa.Column("kept", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)

# Where a project's source is, as JSON of ``schemas.repository.Repository``.
repositories = sa.Table(
    "repositories",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("projects.id"), primary_key=True, autoincrement=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("changed", sa.Double, nullable=False),
)

# Where the events came in that were erased while a record of them was quarantined.
erased_origins = sa.Table(
    "erased_origins",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("until", sa.Double, nullable=False),
)
