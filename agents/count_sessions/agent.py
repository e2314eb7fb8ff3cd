"""count_sessions: keeps what became of each session, and publishes running totals as they grow."""

import asyncio
from typing import Any

import msgspec

from agents.batches import own_time, run_batches
from agents.count_sessions.step import (
    Scope,
    SessionRow,
    TotalRow,
    add,
    apply_report,
    bucket_of_row,
    session_count,
    session_key,
    total_key,
)
from agents.expiry import expire_periodically
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.stage import StageApp
from agents.table import Changes, StateTable
from schemas.records import ROLLUP_WIDTH
from schemas.sessions import SessionReport

NAME = "count_sessions"
SOURCE = "sessions-received"
DESTINATION = "sessions-counted"

_EXPIRY_INTERVAL = 600.0

_report = msgspec.json.Decoder(SessionReport).decode
_session_row = msgspec.msgpack.Decoder(SessionRow).decode
_total_row = msgspec.msgpack.Decoder(TotalRow).decode


def attach(app: StageApp) -> None:
    """Add the agent and its table to a stage."""
    settings = app.config.settings
    # A session is reported on for as long as its window, and its reports may lie on the log for as long again.
    kept = 2 * settings.session_window + ROLLUP_WIDTH
    sessions = StateTable(app, "sessions", retention=2 * kept)
    guard = Guard(NAME, SOURCE, settings)
    busy = asyncio.Lock()

    async def handle(batch: list[Incoming]) -> None:
        async with busy:
            with own_time(NAME):
                work = _Batch(sessions)
                for record in batch:
                    guard.attempt(record, work.apply, record)
                outgoing, changes = work.records(), work.changes()
            outgoing += guard.take_bad(len(batch))
            await until_available(NAME, lambda: app.send_records(outgoing))
            await until_available(NAME, lambda: sessions.write(changes, batch))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def count_reports(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)

    def is_old(key: bytes, row: bytes) -> bool:
        return bucket_of_row(key, row) + kept < app.config.clock()

    expire_periodically(app, sessions, busy, is_old, _EXPIRY_INTERVAL)


class _Total:
    """The totals of a bucket while a batch is applied, with the users of its reports."""

    def __init__(self, scope: Scope, bucket: int, row: TotalRow | None) -> None:
        self.scope = scope
        self.bucket = bucket
        self.row = row
        self.users: set[int] = set()
        self.crashed_users: set[int] = set()


class _Batch:
    """What a batch changes, by partition and key."""

    def __init__(self, table: StateTable) -> None:
        self._table = table
        self._rows: dict[tuple[int, bytes], SessionRow] = {}
        self._totals: dict[tuple[int, bytes], _Total] = {}

    def apply(self, record: Incoming) -> None:
        """Apply a record of sessions-received."""
        report = _report(record.value)
        partition, key = record.position.partition, session_key(report)
        before = self._rows.get((partition, key))
        if before is None and (stored := self._table.get(partition, key)):
            before = _session_row(stored)
        after = apply_report(before, report)
        if after is before:
            return
        self._rows[partition, key] = after
        total = self._total(partition, Scope(report.project, after.release, after.environment), after.bucket)
        total.row = add(total.row, before, after, record.position)
        if after.user is not None:
            total.users.add(after.user)
            if after.counted.crashed:
                total.crashed_users.add(after.user)

    def _total(self, partition: int, scope: Scope, bucket: int) -> _Total:
        key = total_key(bucket, scope)
        if (known := self._totals.get((partition, key))) is None:
            stored = self._table.get(partition, key)
            known = _Total(scope, bucket, _total_row(stored) if stored else None)
            self._totals[partition, key] = known
        return known

    def records(self) -> list[Outgoing]:
        """The totals to be published, each once."""
        return [
            Outgoing(
                DESTINATION,
                msgspec.json.encode(total.scope),
                msgspec.json.encode(
                    session_count(
                        total.scope, total.bucket, partition, total.row, total.users, total.crashed_users
                    )
                ),
                [],
            )
            for (partition, _), total in self._totals.items()
            if total.row is not None
        ]

    def changes(self) -> dict[int, Changes]:
        """The rows to be written. The changelog keeps their order, in which totals come first (``step.py`` says why)."""
        changes: dict[int, Changes] = {}
        for (partition, key), total in self._totals.items():
            changes.setdefault(partition, {})[key] = msgspec.msgpack.encode(total.row)
        for (partition, key), row in self._rows.items():
            changes.setdefault(partition, {})[key] = msgspec.msgpack.encode(row)
        return changes
