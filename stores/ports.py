"""The ports: what the edge, the agents and the API may ask of the stores, whichever mode they run in.

All may raise ``stores.errors.StoreUnavailable`` or ``StoreRejected``. All are safe for concurrent use in one event loop.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from schemas.artifacts import ArtifactName
from schemas.headers import Headers
from schemas.privacy import Erasure
from stores.events.layout import Layout
from stores.search.syntax import Term
from topics import TopicPlan

if TYPE_CHECKING:
    from stores.operational.activity import Activities
    from stores.operational.audit import Audit
    from stores.operational.channels import Channels
    from stores.operational.configurations import Configurations
    from stores.operational.deliveries import Deliveries
    from stores.operational.erased_origins import ErasedOrigins
    from stores.operational.erasures import Erasures
    from stores.operational.merges import Merges
    from stores.operational.organisations import Organisations
    from stores.operational.outbox import Outbox
    from stores.operational.rebalances import Rebalances
    from stores.operational.releases import Releases
    from stores.operational.removals import Removals
    from stores.operational.repositories import Repositories
    from stores.operational.rules import Rules
    from stores.operational.sending import Sending
    from stores.operational.teams import Teams
    from stores.operational.triage import Triage
    from stores.operational.users import Users


class LogRecord(NamedTuple):
    """One record to be appended."""

    key: bytes | None
    value: bytes | None
    headers: Headers


class StoredRecord(NamedTuple):
    """One record of a topic partition. ``timestamp`` is when it was appended, in Unix seconds."""

    offset: int
    timestamp: float
    key: bytes | None
    value: bytes | None
    headers: Headers


class TopicState(NamedTuple):
    """What a topic is. ``retention`` is in seconds, None for without end."""

    partitions: int
    replication: int
    retention: float | None
    compacted: bool


class LogWriter(Protocol):
    """The log, as seen by those that only write to it."""

    async def send(self, topic: str, records: Sequence[LogRecord]) -> None:
        """Append records, each to the partition of its key, in order. Returns once all are durable."""


class LogReader(Protocol):
    """The log, as seen by those that only read it."""

    async def read(self, topic: str, partition: int, offset: int, limit: int = 1000) -> list[StoredRecord]:
        """Up to ``limit`` records at or after ``offset``; empty at the end."""

    async def offsets(self, topic: str) -> dict[int, tuple[int, int]]:
        """First offset kept and next offset to be written, by partition. Empty for a topic that does not exist."""


class Log(LogReader, LogWriter, Protocol):
    """The log, as seen by those that are not Faust agents."""

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Next offset to be consumed by a consumer group, by (topic, partition)."""

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Set a consumer group's next offsets, by (topic, partition)."""

    async def create_topics(self, plans: Sequence[TopicPlan]) -> list[str]:
        """Make the topics that are missing; returns their names."""

    async def describe_topics(self) -> dict[str, TopicState]:
        """All topics, by name."""

    async def generation(self, topic: str) -> int:
        """When a topic was made, in Unix milliseconds: tells a topic from one that it replaced."""


class AnalyticalStore(Protocol):
    """ClickHouse: events, issues, counts and outcomes. The SQL is ClickHouse's in both modes."""

    @property
    def layout(self) -> Layout:
        """How the tables lie, for what concerns each server by itself: migrations, retention, and what is stored."""

    async def migrate(self) -> None:
        """Bring the tables to the current schema. Safe to run twice and from several processes."""

    async def insert(
        self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], token: str = ""
    ) -> None:
        """Insert rows. ``token`` makes a retry of the same block a no-op.

        Raises:
            LeaseExpired: the rows came after their ``lease_until``.
        """

    async def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Rows of a query with server-side parameters (``{name:Type}``)."""

    async def command(self, sql: str) -> None:
        """Run a statement that returns nothing."""

    async def close(self) -> None:
        """Release the store."""


class EventSummary(msgspec.Struct, frozen=True):
    """An event in a list; times are in UTC."""

    event_id: str
    issue_id: str
    project: str
    received: datetime
    timestamp: datetime
    title: str
    culprit: str
    message: str
    level: str
    platform: str
    environment: str
    release: str
    user: str
    tags: dict[str, str]
    fingerprint: list[str]


class EventSearch(NamedTuple):
    """Which events of a project are asked for: at most ``limit`` of those whose own time lies between ``start`` and, without
    it, ``end`` (Unix seconds; None for no end) and that match all terms. ``issue_ids``: only those issues'. ``after`` is the
    last event of the page before: its time in Unix microseconds, and its id."""

    project: int
    start: float
    end: float | None
    terms: Sequence[Term]
    after: tuple[int, str] | None
    limit: int
    issue_ids: Sequence[str] | None = None


class SearchStore(Protocol):
    """Finds events. The language is that of ``stores.search.syntax``, whatever the store."""

    async def find_events(self, search: EventSearch) -> list[EventSummary]:
        """Events that match, newest first by their own time, then by id, from the highest."""


class SearchDocument(NamedTuple):
    """An event for the search store. ``day`` is the UTC day of receipt, ``YYYY-MM-DD``; ``body`` is JSON on one line."""

    day: str
    project: int
    event_id: str
    body: bytes


class Written(NamedTuple):
    """What became of documents, by their place in the list that was given; those in neither were written.

    ``refused``: never to be written, with the reason. ``waiting``: worth another try. ``reason`` is why the first waits.
    """

    refused: list[tuple[int, str]]
    waiting: list[int]
    reason: str


class SearchSink(Protocol):
    """Keeps events where a ``SearchStore`` finds them."""

    async def migrate(self) -> None:
        """Bring what describes the indices to the current schema. Safe to run twice and from several processes."""

    async def write(self, documents: Sequence[SearchDocument]) -> Written:
        """Write documents; the same event again replaces its document."""

    async def drop_days_before(self, day: str) -> int:
        """Remove all events received on earlier days; returns how many days there were."""

    async def drop_events(self, project: int, day: str, event_ids: Sequence[str]) -> int:
        """Remove some events of a project, at most 5,000, received on a UTC day; returns how many were there."""

    async def drop_project(self, project: int, before: str | None = None) -> int:
        """Remove all events of a project, or those received on UTC days before ``before``; returns how many there were."""

    async def count(self) -> int:
        """How many events there are, the latest among them."""


class ArchiveName(NamedTuple):
    """Name of an archive object: ``project/day/partition/generation-first-last-count.ndjson.zst``.

    It holds the ``count`` payloads of one project and day that lie at offsets ``first`` to ``last`` of one partition of
    events-fingerprinted. ``day`` is the UTC day of receipt, ``YYYY-MM-DD``.
    """

    project: int
    day: str
    partition: int
    generation: int
    first: int
    last: int
    count: int  # type: ignore[assignment]

    @property
    def path(self) -> str:
        """The name under which a store keeps the object."""
        return (
            f"{self.project}/{self.day}/{self.partition}/"
            f"{self.generation}-{self.first:020}-{self.last:020}-{self.count}.ndjson.zst"
        )

    @classmethod
    def parse(cls, path: str) -> "ArchiveName":
        """The inverse of ``path``.

        Raises:
            ValueError: not the name of an archive object.
        """
        project, day, partition, file = path.split("/")
        generation, first, last, count = file.removesuffix(".ndjson.zst").split("-")
        return cls(int(project), day, int(partition), int(generation), int(first), int(last), int(count))


class Archive(Protocol):
    """Raw payloads."""

    async def migrate(self) -> None:
        """Make what the objects are kept in. Safe to run twice and from several processes."""

    async def put(self, name: ArchiveName, body: bytes) -> None:
        """Store an object, whole or not at all; the same name again replaces it."""

    async def get(self, name: ArchiveName) -> bytes:
        """An object's bytes.

        Raises:
            StoreRejected: there is no such object.
        """

    def list(
        self, project: int | None = None, day: str | None = None, partition: int | None = None
    ) -> AsyncIterator[ArchiveName]:
        """All objects, or those of a project, day or partition; in no particular order."""

    async def drop(self, name: ArchiveName) -> None:
        """Remove an object, if it is there."""

    async def drop_days_before(self, day: str) -> int:
        """Remove all objects of earlier days; returns how many."""

    async def close(self) -> None:
        """Release the archive."""


class Artifacts(Protocol):
    """Source maps and mappings, as they were uploaded."""

    async def migrate(self) -> None:
        """Make what they are kept in. Safe to run twice and from several processes."""

    async def put(self, name: ArtifactName, body: bytes) -> None:
        """Store an artifact, whole or not at all; the same name again replaces it."""

    async def get(self, name: ArtifactName) -> bytes | None:
        """An artifact's bytes, or None where there is none of this name."""

    def list(self, project: int) -> AsyncIterator[ArtifactName]:
        """All artifacts of a project, in no particular order."""

    async def drop(self, name: ArtifactName) -> None:
        """Remove an artifact, if it is there."""

    async def announce(self, project: int) -> None:
        """Say that a project's artifacts have changed: called once they have."""

    async def latest_upload(self, project: int) -> str:
        """What changes with each ``announce`` of a project; empty before the first."""

    async def close(self) -> None:
        """Release the store."""


class ProjectKey(NamedTuple):
    """What the edge needs to know of a key. ``rate_limit`` is in events per second, None for the setting's."""

    key_id: int
    project: int
    rate_limit: float | None
    project_rate_limit: float | None


class Bucket(NamedTuple):
    """A token bucket, of which there is one for each ``scope`` (``key`` or ``project``) and id. It is full at first.

    ``rate`` is in tokens per second, ``capacity`` in tokens.
    """

    scope: str
    id: int
    rate: float
    capacity: float


class Shortage(NamedTuple):
    """A bucket that had less than one token: ``tokens``, which are negative where it is on credit."""

    bucket: Bucket
    tokens: float


class RateLimits(Protocol):
    """Token buckets."""

    async def take(self, buckets: Sequence[Bucket], tokens: int) -> Shortage | None:
        """Take ``tokens`` of each bucket if each has at least one, if need be on credit; else take nothing.

        Returns the first bucket that has none. It never fails: where the buckets that all processes share cannot be
        reached, those of this process stand in for them.
        """


class Project(NamedTuple):
    """A project of an organisation."""

    id: int
    slug: str
    name: str
    organisation: int


class Token(NamedTuple):
    """An API token, without its secret. ``projects`` is None where it may see all of ``organisation``, or of every one where
    that is None."""

    id: int
    name: str
    scopes: frozenset[str]
    projects: frozenset[int] | None
    organisation: int | None


class TokenSummary(NamedTuple):
    """An API token in a list. ``created`` is in Unix seconds."""

    id: int
    name: str
    last_characters: str
    scopes: list[str]
    projects: list[int] | None
    created: float


class KeySummary(NamedTuple):
    """A key in a list: its last characters are all that is known of it. Times are Unix seconds; ``revoked`` is None while it
    is good."""

    id: int
    label: str
    last_characters: str
    rate_limit: float | None
    created: float
    revoked: float | None


class NewKey(NamedTuple):
    """A key just made; ``public_key`` is shown this once."""

    key_id: int
    project: int
    public_key: str


class OperationalStore(Protocol):
    """Organisations, projects, keys and tokens; what each project has configured; what people decided about issues, merged
    and wrote; the outbox, by which changes reach the stream; and channels with what is sent to them. Keys and tokens are kept
    as hashes, channels' secrets encrypted."""

    outbox: "Outbox"
    configurations: "Configurations"
    rules: "Rules"
    users: "Users"
    organisations: "Organisations"
    teams: "Teams"
    audit: "Audit"
    releases: "Releases"
    triage: "Triage"
    merges: "Merges"
    activities: "Activities"
    channels: "Channels"
    deliveries: "Deliveries"
    sending: "Sending"
    erasures: "Erasures"
    erased_origins: "ErasedOrigins"
    removals: "Removals"
    rebalances: "Rebalances"
    repositories: "Repositories"

    async def migrate(self) -> None:
        """Bring the tables to the current schema. Safe to run twice and from several processes."""

    async def projects(self) -> list[Project]:
        """All projects, by id."""

    async def add_project(self, name: str, organisation: int | None = None) -> Project:
        """A new project, of the first organisation where none is given.

        Raises:
            StoreRejected: there is one of that name already.
        """

    async def add_key(
        self, project: int, label: str = "", public_key: str | None = None, rate_limit: float | None = None
    ) -> NewKey:
        """A new key of a project (32 hex digits, made at random unless given)."""

    async def rename_project(self, project: int, name: str) -> None:
        """Change a project's name; its slug stays.

        Raises:
            StoreRejected: the name is empty or another project's.
        """

    async def remove_project(self, project: int, actor: str) -> Erasure:
        """Take a project away from everybody, its keys at once; what it has is to be erased.

        Raises:
            StoreRejected: there is no such project.
        """

    async def keys(self, project: int) -> list[KeySummary]:
        """All keys of a project, the latest first."""

    async def revoke_key(self, key: str, project: int | None = None) -> None:
        """Stop a key, given by its id or its public key; of a project where that is given."""

    async def find_key(self, public_key: str) -> ProjectKey | None:
        """An active key, or None."""

    async def add_token(
        self,
        name: str,
        scopes: Sequence[str],
        projects: Sequence[int] | None = None,
        secret: str | None = None,
        organisation: int | None = None,
    ) -> str:
        """A new API token; returns its secret, which is not kept."""

    async def tokens(self, organisation: int) -> list[TokenSummary]:
        """The active tokens of an organisation, the latest first."""

    async def revoke_token(self, token: int, organisation: int | None = None) -> None:
        """Stop a token, of an organisation where that is given."""

    async def find_token(self, secret: str) -> Token | None:
        """The token with this secret, or None."""

    async def close(self) -> None:
        """Release the store."""
