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
