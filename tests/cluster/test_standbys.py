"""Standbys: a worker that keeps copies of the tables takes over without a gap and without reading them first."""

from typing import Any

import pytest
from faust.types import TP

from agents.records import Incoming
from agents.stage import StageApp
from agents.table import StateTable
from stores.ports import LogRecord
from tests.contract.stages import Bench, add_agent, ready, running, until

pytestmark = pytest.mark.slow

ROWS = 40_000


def add_keeper(app: StageApp, topic: str) -> StateTable:
    """An agent that writes each record into a row of its own."""
    table = StateTable(app, "rows")

    async def keep(batch: list[Incoming]) -> None:
        changes: dict[int, dict[bytes, bytes]] = {}
        for record in batch:
            changes.setdefault(record.position.partition, {})[record.key] = record.value
        await table.write(changes, batch)

    add_agent(app, topic, keep, limit=1000)
    return table


def rows(table: StateTable, partitions: list[int]) -> dict[bytes, bytes]:
    return {key: row for number in partitions for key, row in table.scan(number, b"")}


def each_its_own(count: int, first: int = 0) -> list[LogRecord]:
    return [LogRecord(b"key-%d" % n, b"%d" % n, []) for n in range(first, first + count)]


def active(app: StageApp) -> list[int]:
    """The partitions of the source that a stage has."""
    return sorted(tp.partition for tp in app.consumer.assignment() if not app.consumer._is_changelog_tp(tp))


def standby(app: StageApp) -> set[TP]:
    return set(app.assignor.assigned_standbys())


def caught_up(app: StageApp) -> bool:
    """Whether a stage's standbys have read all that was on their changelogs when it began to."""
    recovery = app.tables.recovery
    offsets, ends = recovery.standby_offsets, recovery.standby_highwaters
    return bool(standby(app)) and all((offsets[tp] or 0) >= ends[tp] for tp in standby(app))


async def test_a_standby_has_every_row_and_takes_over(bench: Bench) -> None:
    first, second = bench.stage("one", kafka_standbys=1), bench.stage("two", kafka_standbys=1)
    one, two = add_keeper(first, bench.topic), add_keeper(second, bench.topic)
    for start in range(0, ROWS, 10_000):
        await bench.send(each_its_own(10_000, start))
    expected = {record.key: record.value for record in each_its_own(ROWS)}
    async with running(first):
        await bench.until_committed(ROWS)
        assert rows(one, [0, 1]) == expected
        async with running(second):
            await until(lambda: ready(first) and ready(second) and caught_up(second))
            assert len(active(first)) == len(active(second)) == 1
            assert rows(two, [0, 1]) == expected, "its own partition, and the copy of the other"
            await bench.send(each_its_own(500, ROWS))
            await bench.until_committed(ROWS + 500)
            read: list[int] = []
            apply = two._table.apply_changes

            def counted(partition: int, records: list[Any]) -> None:
                read.append(len(records))
                apply(partition, records)

            two._table.apply_changes = counted
            generation = second.consumer_generation_id
            await first.stop()
            await until(lambda: second.consumer_generation_id != generation and ready(second))
            assert active(second) == [0, 1]
            expected |= {record.key: record.value for record in each_its_own(500, ROWS)}
            assert rows(two, [0, 1]) == expected
            assert sum(read) <= 600, "not the whole changelog again"
