"""fingerprint: burns CPU but holds no state, so it scales and moves between workers freely."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.fingerprint.config import FingerprintConfig, config_of
from agents.fingerprint.enrich import Enricher
from agents.fingerprint.step import InvalidEvent, fingerprint, scrubbed_headers
from agents.guard import Guard, until_available
from agents.records import Dropped, Incoming, Outgoing, outcome_of, outcome_records
from agents.stage import StageApp
from schemas.headers import ONLY, Received
from schemas.project import ProjectConfiguration
from schemas.records import Outcome

NAME = "fingerprint"
SOURCE = "events-deduplicated"
DESTINATION = "events-fingerprinted"

_ENCODER = msgspec.json.Encoder()
_configuration = msgspec.json.Decoder(ProjectConfiguration).decode


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    settings = app.config.settings
    guard = Guard(NAME, SOURCE, settings)
    projects = Projects(app)

    async def handle(batch: list[Incoming]) -> None:
        configs = await until_available(NAME, projects.current)
        with own_time(NAME):
            outgoing = _apply(batch, guard, configs)
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

    async def current(self) -> ConfigOf:
        """What holds now.

        Raises:
            StoreUnavailable: nothing is known yet, and the log cannot be read.
        """
        configured = await self._followed.current()
        return lambda project: configured.get(b"%d" % project, self._default)


@cache
def _enricher(geo_database: str) -> Enricher:
    """The data sets, opened once a process: that takes a fifth of a second."""
    return Enricher.open(Path(geo_database) if geo_database else None)


def _apply(batch: list[Incoming], guard: Guard, configs: ConfigOf) -> list[Outgoing]:
    outgoing: list[Outgoing] = []
    outcomes: list[Outcome] = []
    for record in batch:
        result = guard.attempt(record, _step, record, configs)
        if result is None:
            continue
        after, outcome = result
        outcomes.append(outcome)
        if after is not None:
            outgoing.append(after)
    return outgoing + outcome_records(outcomes)


def _step(record: Incoming, configs: ConfigOf) -> tuple[Outgoing | None, Outcome]:
    origin, received = record.origin, Received.decode(record.headers)
    config = configs(received.project)
    try:
        result = fingerprint(received, record.value, config)
    except InvalidEvent as invalid:
        result = Dropped("invalid", invalid.reason)
    if isinstance(result, Dropped):
        return None, outcome_of(received, origin, *result)
    headers = scrubbed_headers(record.headers, received, config)
    outgoing = Outgoing(DESTINATION, result.issue_id.encode(), _ENCODER.encode(result), headers)
    # An event redriven for one agent was accepted when it came first.
    outcome = "accepted" if record.header(ONLY) is None else "redriven"
    return outgoing, outcome_of(received, origin, outcome)
