"""The port ``AnalyticalStore``: values come back as they went in, retries change nothing, errors are the port's."""

import asyncio
import math
import time
import uuid

import pytest
from event_factory import GENERATION, START, hex_id, make_record, store_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_totals import counted_errors, recorded_outcomes, stored_events

from agents.sinks.clickhouse.encode import (
    COUNT_COLUMNS,
    EVENT_COLUMNS,
    LEASE_COLUMN,
    OUTCOME_COLUMNS,
    PROJECT_COUNT_COLUMNS,
    event_row_of,
    lease_until,
)
from api.parameters import TimeRange
from api.queries.issue_events import VALUES, IssueEvents
from schemas.event import User
from stores.errors import LeaseExpired, StoreRejected, StoreUnavailable
from stores.events import watermarks
from stores.events.clickhouse import ClickHouseStore
from stores.events.migrate import MIGRATIONS
from stores.events.retention import drop_old_partitions
from stores.events.watermarks import stored_offsets
from stores.events.where import Where

DAY = 86_400


async def test_a_row_comes_back_as_it_went_in(store):
    record = make_record(
        5, release="1.2", tags={"a b": "c'd", "": "x"}, user=User(id="7"), message="m\x00n😀"
    )
    row = dict(zip(EVENT_COLUMNS, event_row_of(record), strict=True))
    await store_events(store, [record])
    stored = (await store.query("SELECT * FROM events"))[0]
    for name, value in row.items():
        if name in ("received", "timestamp"):
            assert round(stored[name].timestamp() * 1_000_000) == value
            assert stored[name].utcoffset().total_seconds() == 0
        elif name in ("event", "grouping"):
            assert stored[name].encode() == value
        else:
            assert stored[name] == (list(value) if isinstance(value, tuple) else value), name


async def test_migrating_twice_changes_nothing(store):
    await store_events(store, [make_record(1)])
    await store.migrate()
    assert await stored_events(store) == {1: (1, 1)}


async def test_a_retried_block_is_stored_once(store):
    rows = [event_row_of(make_record(serial)) for serial in range(10)]
    for _ in range(3):
        await store.insert("events", EVENT_COLUMNS, rows, "events/it's/0-9")
    assert await stored_events(store) == {1: (10, 10)}
    await store.insert("events", EVENT_COLUMNS, rows[:1], "another")
    assert await stored_events(store) == {1: (11, 10)}


async def test_an_insert_may_touch_many_days(store):
    records = [make_record(n, at=START - n * DAY) for n in range(32)]
    await store_events(store, records)
    assert await stored_events(store) == {1: (32, 32)}


async def test_rows_of_no_rows_are_no_insert(store):
    await store.insert("no_such_table", ("x",), [])


@pytest.mark.parametrize(
    ("table", "columns", "rows"),
    [
        ("no_such_table", ("x",), [(1,)]),
        ("outcomes", ("no_such_column",), [(1,)]),
        ("outcomes", OUTCOME_COLUMNS, [(1, "id", 1, "accepted", "", "error", "many", 0)]),
        ("outcomes", OUTCOME_COLUMNS, [(1, "\ud800", 1, "accepted", "", "error", 1, 0)]),
        ("outcomes", OUTCOME_COLUMNS, [(1, object(), 1, "accepted", "", "error", 1, 0)]),
    ],
)
async def test_what_does_not_fit_is_rejected(store, table, columns, rows):
    with pytest.raises(StoreRejected):
        await store.insert(table, columns, rows)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT nothing_like_that", StoreRejected),
        ("SELEC", StoreRejected),
        ("SELECT number FROM numbers(1000000)", StoreRejected),
        ("SELECT groupArray(number) FROM numbers(100000000)", StoreUnavailable),
        ("INSERT INTO outcomes (project) VALUES (1)", StoreRejected),
        ("DROP TABLE outcomes", StoreRejected),
    ],
)
async def test_queries_are_bounded_and_read_only(store, sql, error):
    with pytest.raises(error):
        await store.query(sql)
    assert await store.query("SELECT 1 AS one") == [{"one": 1}]


async def test_a_failed_query_leaves_nothing_for_the_next(store):
    for _ in range(4):
        with pytest.raises(StoreRejected):
            await store.query("SELECT number FROM numbers(1000000)")
        with pytest.raises(StoreRejected):
            await store.query("SELECT number, throwIf(number = 70000) FROM numbers(100000)")
        assert await store.query("SELECT 1 AS one") == [{"one": 1}]


async def test_reads_go_on_beside_writes(store):
    async def write():
        for block in range(5):
            await store_events(store, [make_record(block * 20 + n) for n in range(20)])

    async def read():
        return [await store.query("SELECT count() AS n FROM events") for _ in range(10)]

    _, counts, _ = await asyncio.gather(write(), read(), read())
    assert [row[0]["n"] % 20 for row in counts] == [0] * 10
    assert await stored_events(store) == {1: (100, 100)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
async def test_hostile_text_stays_data(store, text):
    rows = await store.query(
        "SELECT {text:String} AS text, {texts:Array(String)} AS texts", {"text": text, "texts": [text, "x"]}
    )
    assert rows == [{"text": text, "texts": [text, "x"]}]


async def test_stored_offsets_are_of_one_partition_and_generation(store):
    await store_events(
        store,
        [make_record(n, offset=offset) for n, offset in enumerate([3, 4, 7, 9])]
        + [make_record(10, partition=1, offset=8)],
    )
    assert await stored_offsets(store, "events", 0, GENERATION, 4) == {4, 7, 9}
    assert await stored_offsets(store, "events", 1, GENERATION, 0) == {8}
    assert await stored_offsets(store, "events", 0, GENERATION + 1, 0) == set()
    with pytest.raises(ValueError, match="no positions"):
        await stored_offsets(store, "issues", 0, GENERATION, 4)


async def test_stored_offsets_are_read_in_pages(store, monkeypatch):
    monkeypatch.setattr(watermarks, "_PAGE", 5)
    for events in (4, 6):
        await store_events(store, [make_record(n, offset=n) for n in range(100, 100 + events)])
    assert await stored_offsets(store, "events", 0, GENERATION, 0) == set(range(100, 106))


async def test_old_days_are_dropped(store):
    midnight = START // DAY * DAY
    await store_events(store, [make_record(n, at=midnight - n * DAY) for n in range(4)])
    dropped = await drop_old_partitions(store, "events", midnight - 2 * DAY)
    assert len(dropped) == 1
    assert await stored_events(store) == {1: (3, 3)}
    assert await drop_old_partitions(store, "events", midnight - 2 * DAY) == []
    with pytest.raises(ValueError, match="not kept by days or months"):
        await drop_old_partitions(store, "issues", midnight)


async def test_coarse_totals_and_their_users_come_twice_without_harm(store):
    rows = [
        (1, int(START) // 900 * 900, "production", "1", "error", partition, "0:1:0", total, users)
        for partition, total, users in ((0, 2, [7, 8]), (0, 3, [8]), (1, 1, [7]), (1, 2, []), (0, 2, [7, 8]))
    ]
    for block in (rows[:2], rows[2:]):
        await store.insert("project_error_counts", PROJECT_COUNT_COLUMNS, block)
    for merged in (False, True):
        if merged:
            await store.command("OPTIMIZE TABLE project_error_counts FINAL")
        found = await store.query(
            "SELECT sum(latest) AS errors, uniqCombined64Merge(12)(seen) AS users FROM"
            " (SELECT max(total) AS latest, uniqCombined64MergeState(12)(users) AS seen FROM project_error_counts"
            " GROUP BY project, bucket, environment, release, level, partition, opened)"
        )
        assert found == [{"errors": 5, "users": 2}]
    assert await drop_old_partitions(store, "project_error_counts", START) == []
    assert len(await drop_old_partitions(store, "project_error_counts", START + 32 * DAY)) == 1


def _count(total, *, bucket=int(START), opened="0:1:0", partition=0, release=""):
    return (1, bucket, hex_id("issue"), "production", release, "error", partition, opened, 10, total)


async def test_running_totals_twice_change_nothing(store):
    rows = [_count(3), _count(5), _count(2, partition=1), _count(7, opened="0:1:99"), _count(1, release="2")]
    for block in (rows, rows[:1], rows[::-1]):
        await store.insert("error_counts", COUNT_COLUMNS, block)
    assert await counted_errors(store) == {1: 15}
    await store.command("OPTIMIZE TABLE error_counts FINAL")
    assert await counted_errors(store) == {1: 15}
    assert (await store.query("SELECT count() AS n FROM error_counts"))[0]["n"] == 4


async def test_outcomes_twice_change_nothing(store):
    at = int(START * 1_000_000)
    rows = [(1, f"0:1:{n}", 7, "accepted", "", "error", 1, at) for n in range(5)]
    rows.append((1, "edge-a-1", 7, "invalid", "not_json", "error", 3, at))
    late = [(*row[:-1], at + DAY * 1_000_000) for row in rows[:2]]
    for block in (rows, rows, late):
        await store.insert("outcomes", OUTCOME_COLUMNS, block)
    expected = {(1, "accepted", ""): 5, (1, "invalid", "not_json"): 3}
    assert await recorded_outcomes(store) == expected
    await store.command("OPTIMIZE TABLE outcomes FINAL")
    assert await recorded_outcomes(store) == expected


async def test_the_projection_says_what_the_rows_say(store):
    midnight = START // DAY * DAY
    for block in range(4):
        records = [
            make_record(
                block * 50 + n,
                issue=f"issue {n % 3}",
                at=midnight + (n - 9) * 4000 + block,
                value=f"failure {block} {n}",
                user=User(id=str(n % 7)) if n % 2 else None,
            )
            for n in range(50)
        ]
        await store_events(store, records)
    events = IssueEvents(1, TimeRange(midnight, None), 60.0, None, Where())
    where = events.query()
    parts = events.select(where, list(VALUES))
    wholes = ", ".join(f"{value.whole.format(name)} AS all_{name}" for name, value in VALUES.items())
    query = f"SELECT issue_id, {wholes} FROM ({parts}) GROUP BY issue_id ORDER BY issue_id SETTINGS "
    forced = f"{query} force_optimize_projection_name = 'days_of_issues'"
    plain = f"{query} optimize_use_projections = 0"
    before = await store.query(forced, where.parameters)
    assert before == await store.query(plain, where.parameters)
    assert sum(row["all_times"] for row in before) == 4 * 41
    await store.command("OPTIMIZE TABLE events FINAL")
    assert await store.query(forced, where.parameters) == before


async def _insert_leased(store, serials, until, token=""):
    rows = [(*event_row_of(make_record(serial)), lease_until(until)) for serial in serials]
    await store.insert("events", (*EVENT_COLUMNS, LEASE_COLUMN), rows, token)


async def test_what_comes_within_its_lease_is_stored(store):
    await _insert_leased(store, range(5), time.time() + 60)
    await _insert_leased(store, range(5, 10), math.inf)
    await store_events(store, [make_record(10)])
    assert await stored_events(store) == {1: (11, 11)}


async def test_what_comes_after_its_lease_is_refused_whole(store):
    with pytest.raises(LeaseExpired, match="lease"):
        await _insert_leased(store, range(5), time.time() - 0.5)
    assert await stored_events(store) == {}


async def test_a_retry_with_a_newer_lease_is_the_same_block(store):
    for more in (60, 61, 62):
        await _insert_leased(store, range(5), time.time() + more, "one block")
    assert await stored_events(store) == {1: (5, 5)}


async def test_the_lease_is_compared_when_the_rows_are_there_and_not_when_the_insert_begins(store):
    """The rows take a second to come, within which the lease ends."""
    late = (
        f"INSERT INTO events (project, {LEASE_COLUMN})"
        " SELECT sleepEachRow(1.2), {lease} FROM numbers(1) SETTINGS async_insert = 0"
    )
    with pytest.raises(LeaseExpired):
        await store.command(late.replace("{lease}", "now64(3, 'UTC') + INTERVAL 600 MILLISECOND"))
    await store.command(late.replace("{lease}", "now64(3, 'UTC') + INTERVAL 60 SECOND"))
    assert await stored_events(store) == {0: (1, 1)}


async def test_several_migrate_at_once(store):
    await asyncio.gather(*(store.migrate() for _ in range(4)))
    assert await _migrated(store) == sorted(path.stem for path in MIGRATIONS.glob("*.sql"))


@pytest.mark.servers
async def test_several_processes_migrate_an_empty_database_at_once(clickhouse_server):
    address = clickhouse_server.url.rpartition("/")[0]
    database = f"d{uuid.uuid4().hex[:12]}"
    stores = [ClickHouseStore(f"{address}/{database}") for _ in range(4)]
    await asyncio.gather(*(store.migrate() for store in stores))
    assert await _migrated(stores[0]) == sorted(path.stem for path in MIGRATIONS.glob("*.sql"))
    await store_events(stores[0], [make_record(1)])
    assert await stored_events(stores[1]) == {1: (1, 1)}
    for store in stores:
        await store.close()


async def _migrated(store):
    return [row["name"] for row in await store.query("SELECT DISTINCT name FROM migrations ORDER BY name")]
