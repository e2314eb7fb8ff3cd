"""fingerprint: burns CPU but holds no state, so it scales and moves between workers freely."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.fingerprint.enrich import Enricher
from agents.fingerprint.step import InvalidEvent, fingerprint, scrubbed_headers
from agents.guard import Guard, until_available
from agents.records import Dropped, Incoming, Outgoing, outcome_of, outcome_records
from agents.stage import StageApp
from schemas.headers import ONLY, Received
from schemas.records import Outcome
from settings import Settings

NAME = "fingerprint"
SOURCE = "events-deduplicated"
DESTINATION = "events-fingerprinted"

_ENCODER = msgspec.json.Encoder()


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    settings = app.config.settings
    guard = Guard(NAME, SOURCE, settings)
    enricher = _enricher(settings.geo_database)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(NAME):
            outgoing = _apply(batch, guard, settings, enricher)
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: app.send_records(outgoing))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def fingerprint_events(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)


@cache
def _enricher(geo_database: str) -> Enricher:
    """The data sets, opened once a process: that takes a fifth of a second."""
    return Enricher.open(Path(geo_database) if geo_database else None)


def _apply(batch: list[Incoming], guard: Guard, settings: Settings, enricher: Enricher) -> list[Outgoing]:
    outgoing: list[Outgoing] = []
    outcomes: list[Outcome] = []
    for record in batch:
        result = guard.attempt(record, _step, record, settings, enricher)
        if result is None:
            continue
        after, outcome = result
        outcomes.append(outcome)
        if after is not None:
            outgoing.append(after)
    return outgoing + outcome_records(outcomes)


def _step(record: Incoming, settings: Settings, enricher: Enricher) -> tuple[Outgoing | None, Outcome]:
    origin, received = record.origin, Received.decode(record.headers)
    try:
        result = fingerprint(received, record.value, settings, enricher)
    except InvalidEvent as invalid:
        return None, outcome_of(received, origin, *Dropped("invalid", invalid.reason))
    headers = scrubbed_headers(record.headers, received, settings)
    outgoing = Outgoing(DESTINATION, result.issue_id.encode(), _ENCODER.encode(result), headers)
    # An event redriven for one agent was accepted when it came first.
    outcome = "accepted" if record.header(ONLY) is None else "redriven"
    return outgoing, outcome_of(received, origin, outcome)
