"""evaluate: keeps what was counted for each rule, and says when one fires and when that is over.

All that it goes by is on its input, the passing of time among it (``ticks.py``), so a crash changes nothing of what comes out:
alerts are sent before the states that they come from are written, and a record that comes again leads to the same alerts,
with the same ids.
"""

from typing import Any

import metrics
from agents.batches import Linger, own_time, run_batches
from agents.evaluate.alerts import encode_event
from agents.evaluate.apply import Application, decode_matches
from agents.evaluate.partition import PartitionStates
from agents.evaluate.ticks import Ticker
from agents.guard import Guard, until_available
from agents.records import Incoming, Outgoing
from agents.rules.book import FollowedRules, RuleBook
from agents.stage import StageApp
from agents.table import Changes, StateTable
from schemas.alerts import Alert
from schemas.rules import DAY, CountedEvent, MatchedChange, MatchedSessions, RuleMatches

NAME = "evaluate"
SOURCE = "rules-matched"
DESTINATION = "alerts-evaluated"

#: Longer than any tally reaches back, and than a row goes without being rewritten.
_CHANGELOG_RETENTION = 30.0 * DAY


#: Each batch costs a write to the changelog and to RocksDB for each partition, so they are gathered under load.
_LINGER = Linger(0.05, 0.25)


def attach(app: StageApp) -> None:
    """Add the agent, its table and its timer to a stage."""
    settings = app.config.settings
    table = StateTable(app, "evaluations", retention=_CHANGELOG_RETENTION)
    guard = Guard(NAME, SOURCE, settings)
    evaluator = Evaluator(app, table, guard)

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def evaluate_rules(stream: Any) -> None:
        await run_batches(stream, NAME, evaluator.handle, settings.batch_size, _LINGER)

    ticker = Ticker(app, SOURCE, evaluator.partitions_that_want_ticks)

    @app.timer(interval=ticker.interval)  # type: ignore[untyped-decorator]
    async def on_timer(_app: Any) -> None:
        await ticker.advance()

    app.expiries.append(ticker.tick_now)


class Evaluator:
    """The states of the partitions that are assigned to this process."""

    def __init__(self, app: StageApp, table: StateTable, guard: Guard) -> None:
        self._app = app
        self._table = table
        self._guard = guard
        self._rules = FollowedRules(app)
        self._partitions = app.per_assignment()

    async def handle(self, batch: list[Incoming]) -> None:
        """Apply a batch."""
        guard, table = self._guard, self._table
        book = await until_available(NAME, self._rules.current)
        with own_time(NAME):
            decoded = [(record, guard.attempt(record, decode_matches, record.value)) for record in batch]
        if _is_ahead(decoded, book):
            # Who matched the events knew a rule that was not read here yet.
            book = await until_available(NAME, lambda: self._rules.current(anew=True))
        with own_time(NAME):
            outgoing, changes, gone = self._apply(decoded, book)
        outgoing += guard.take_bad(len(batch))
        await until_available(NAME, lambda: self._app.send_records(outgoing))
        await until_available(NAME, lambda: table.write(changes, batch))
        for partition, keys in gone.items():
            table.forget(partition, keys)

    def _apply(
        self, decoded: list[tuple[Incoming, RuleMatches | None]], book: RuleBook
    ) -> tuple[list[Outgoing], dict[int, Changes], dict[int, list[bytes]]]:
        applications: dict[int, Application] = {}
        alerts: list[Alert] = []
        for record, matches in decoded:
            if matches is None:
                continue
            partition = record.position.partition
            if partition not in applications:
                applications[partition] = Application(
                    self._states(partition, book), book, self._app.config.settings
                )
            alerts += applications[partition].apply(matches, record.position.stamp)
        changes, gone = {}, {}
        for partition, application in applications.items():
            states = self._states(partition, book)
            changes[partition] = states.take_changes(application.touched, application.at, application.stamp)
            if keys := states.take_gone():
                gone[partition] = keys
        for alert in alerts:
            metrics.ALERTS.labels(alert.kind, alert.state).inc()
        return [_outgoing(alert) for alert in alerts], changes, gone

    def _states(self, partition: int, book: RuleBook) -> PartitionStates:
        known: dict[int, PartitionStates] = self._partitions.current()
        if partition not in known:
            app = self._app
            most = app.config.settings.alert_scopes
            known[partition] = PartitionStates(partition, app.config.partitions, self._table, book, most)
        return known[partition]

    async def partitions_that_want_ticks(self, at: float) -> list[int]:
        """Those of this process's partitions for whose rules the passing of time may change anything.

        Raises:
            StoreUnavailable: the rules are not known yet.
        """
        book = await self._rules.current()
        assigned = self._app.assigned_partitions(SOURCE)
        return [number for number in assigned if self._states(number, book).wants_tick(at, book)]


def _is_ahead(decoded: list[tuple[Incoming, RuleMatches | None]], book: RuleBook) -> bool:
    for _, matches in decoded:
        if matches is not None:
            found: tuple[CountedEvent | MatchedChange | MatchedSessions, ...] = (
                *matches.events,
                *matches.changes,
                *matches.sessions,
            )
            for matched in found:
                for rule, version, _ in matched.rules:
                    known = book.rules.get(rule)
                    if known is None or known.rule.version < version:
                        return True
    return False


def _outgoing(alert: Alert) -> Outgoing:
    return Outgoing(DESTINATION, b"%d" % alert.rule, encode_event(alert), [])
