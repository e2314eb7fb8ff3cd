"""fingerprint: burns CPU but holds no state, so it scales and moves between workers freely."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import structlog

import metrics
from agents.batches import own_time, run_batches
from agents.fingerprint.config import FingerprintConfig, config_of
from agents.fingerprint.enrich import Enricher
from agents.fingerprint.step import (
    InvalidEvent,
    Prepared,
    finish,
    prepare,
    scrubbed_headers,
    scrubbed_payload,
)
from agents.fingerprint.symbolicate import MAX_MAPS, MapLoader, Maps, NoArtifacts
from agents.guard import Failure, Guard, until_available
from agents.records import Dropped, Incoming, Outgoing, outcome_of, outcome_records
from agents.stage import StageApp
from schemas.artifacts import ArtifactName
from schemas.headers import CLIENT_ADDRESS, ONLY, PROJECT, REPLAY, Received
from schemas.project import ProjectConfiguration
from schemas.records import Outcome

log = structlog.get_logger(__name__)

NAME = "fingerprint"
SOURCE = "events-deduplicated"
DESTINATION = "events-fingerprinted"

_ENCODER = msgspec.json.Encoder()
_configuration = msgspec.json.Decoder(ProjectConfiguration).decode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    settings = app.config.settings
    projects = Projects(app)
    guard = Guard(NAME, SOURCE, settings, lambda failure: _scrubbed(failure, projects.latest))
    maps = _map_loader(app)

    async def handle(batch: list[Incoming]) -> None:
        configs = await until_available(NAME, projects.current)
        with own_time(NAME):
            prepared, outcomes = _prepare_all(batch, guard, configs)
        outgoing: list[Outgoing] = []
        for part, needed in _parts(prepared):
            found = await until_available(NAME, lambda needed=needed: maps.load(needed))  # type: ignore[misc]
            with own_time(NAME):
                outgoing += _finish_all(part, found, guard, outcomes)
        outgoing += outcome_records(outcomes)
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def fingerprint_events(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)


#: The configuration of a project by its id.
ConfigOf = Callable[[int], FingerprintConfig]


class Projects:
    """What each project has configured, compiled."""

    def __init__(self, app: StageApp) -> None:
        settings = app.config.settings
        enricher = _enricher(settings.geo_database)

        def compiled(configuration: ProjectConfiguration) -> FingerprintConfig:
            return config_of(configuration, settings, enricher)

        self._default = compiled(ProjectConfiguration(project=0))
        self._followed = app.follow("projects-configured", lambda value: compiled(_configuration(value)))
        self._configured: Mapping[bytes, FingerprintConfig] = {}

    async def current(self) -> ConfigOf:
        """What holds now.

        Raises:
            StoreUnavailable: nothing is known yet, and the log cannot be read.
        """
        self._configured = await self._followed.current()
        return self.latest

    def latest(self, project: int) -> FingerprintConfig:
        """What a project had configured when that was last read."""
        return self._configured.get(b"%d" % project, self._default)


@cache
def _enricher(geo_database: str) -> Enricher:
    """The data sets, opened once a process: that takes a fifth of a second."""
    return Enricher.open(Path(geo_database) if geo_database else None)


def _map_loader(app: StageApp) -> MapLoader:
    stores = app.config.stores
    store = stores.artifacts if stores is not None else None
    return MapLoader(store or NoArtifacts(), app.config.settings.map_cache_bytes)


def _prepare_all(
    batch: list[Incoming], guard: Guard, configs: ConfigOf
) -> tuple[list[tuple[Incoming, Prepared]], list[Outcome]]:
    """The events of a batch up to symbolication, and the outcomes of those that end here."""
    prepared: list[tuple[Incoming, Prepared]] = []
    outcomes: list[Outcome] = []
    for record in batch:
        result = guard.attempt(record, _prepare, record, configs)
        if isinstance(result, Outcome):
            outcomes.append(result)
        elif result is not None:
            prepared.append((record, result))
    return prepared, outcomes


def _prepare(record: Incoming, configs: ConfigOf) -> Prepared | Outcome:
    origin, received = record.origin, Received.decode(record.headers)
    replayed = record.header(REPLAY) is not None
    try:
        result = prepare(received, record.value, configs(received.project), filtered=not replayed)
    except InvalidEvent as invalid:
        result = Dropped("invalid", invalid.reason)
    if not isinstance(result, Dropped):
        return result
    # A replayed event was accepted when it came first, and stays as it is.
    return outcome_of(received, origin, "redriven" if replayed else result.outcome, result.reason)


def _parts(
    prepared: list[tuple[Incoming, Prepared]],
) -> Iterator[tuple[list[tuple[Incoming, Prepared]], frozenset[ArtifactName]]]:
    """The events in order, in parts that need few maps: those of a whole batch might not go into memory at once."""
    part: list[tuple[Incoming, Prepared]] = []
    needed: frozenset[ArtifactName] = frozenset()
    for item in prepared:
        together = needed | item[1].needed
        if len(together) > MAX_MAPS and part:
            yield part, needed
            part, together = [], item[1].needed
        part.append(item)
        needed = together
    if part:
        yield part, needed


def _scrubbed(failure: Failure, configs: ConfigOf) -> Failure:
    """A failure without what the project's rules take out of events: what is put aside is kept for longer than what clients
    sent. Where scrubbing is what failed, the record stays as it is."""
    record, reason, trace = failure
    try:
        config = configs(int(record.header(PROJECT) or b"0"))
        reason, trace = config.scrubber.text(reason), config.scrubber.text(trace)
        headers = [
            (name, config.scrubber.address(value.decode()).encode() if name == CLIENT_ADDRESS else value)
            for name, value in record.headers
        ]
        record = record._replace(value=scrubbed_payload(record.value, config), headers=headers)
    except Exception as error:
        log.warning("record_not_scrubbed", agent=NAME, position=record.position, error=type(error).__name__)
    return Failure(record, reason, trace)


def _finish_all(
    part: list[tuple[Incoming, Prepared]], maps: Maps, guard: Guard, outcomes: list[Outcome]
) -> list[Outgoing]:
    outgoing: list[Outgoing] = []
    for record, prepared in part:
        result = guard.attempt(record, _finish, record, prepared, maps)
        if result is not None:
            outgoing.append(result[0])
            outcomes.append(result[1])
    return outgoing


def _finish(record: Incoming, prepared: Prepared, maps: Maps) -> tuple[Outgoing, Outcome]:
    received, needed = prepared.received, prepared.needed
    result = finish(prepared, maps)
    if needed:
        found = len(needed & maps.keys())
        how = "all" if found == len(needed) else "some" if found else "none"
        metrics.SYMBOLICATED_EVENTS.labels(how).inc()
    headers = scrubbed_headers(record.headers, received, prepared.config)
    outgoing = Outgoing(DESTINATION, result.issue_id.encode(), _ENCODER.encode(result), headers)
    # An event redriven or replayed for some agents was accepted when it came first.
    outcome = "accepted" if record.header(ONLY) is None else "redriven"
    return outgoing, outcome_of(received, record.origin, outcome)
