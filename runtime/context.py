"""What a process runs on: the log and the stores, open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from settings import Settings
from stores.ports import AnalyticalStore, Archive, Artifacts, Log, OperationalStore, SearchSink, SearchStore


class Stream(Protocol):
    """The log, and the stages whose agents are of interest: all that the stream itself needs to be looked at."""

    @property
    def log(self) -> Log:
        """The log."""

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages."""


class Quarantine(Stream, Protocol):
    """What working with quarantined records takes: the stream, and what was erased."""

    @property
    def operational(self) -> OperationalStore:
        """The operational store."""


@dataclass(frozen=True)
class Context:
    """The log and the stores, open.

    ``broker`` is the log's address for Faust, ``partitions`` how many each topic is made with (0: each its own number),
    ``stages`` those that run here, and ``close`` releases all. ``search_sink`` is None where events are searched in
    ``events``, ``artifacts`` where the settings of a cluster name no bucket for them.
    """

    settings: Settings
    broker: str
    partitions: int
    stages: tuple[str, ...]
    log: Log
    events: AnalyticalStore
    archive: Archive
    search: SearchStore
    search_sink: SearchSink | None
    operational: OperationalStore
    artifacts: Artifacts | None
    close: Callable[[], Awaitable[None]]
