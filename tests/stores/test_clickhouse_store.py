"""The adapter of ClickHouse's engine: values come back as they went in, retries change nothing, errors are the port's."""

import asyncio

import pytest
from event_factory import GENERATION, START, hex_id, make_record, store_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored_totals import counted_errors, recorded_outcomes, stored_events

from agents.sinks.clickhouse.encode import COUNT_COLUMNS, EVENT_COLUMNS, OUTCOME_COLUMNS, event_row_of
from schemas.event import User
from stores.errors import StoreRejected, StoreUnavailable
from stores.events import watermarks
from stores.events.chdb import ChdbStore, msgpack_block
from stores.events.migrate import statements
from stores.events.retention import drop_old_partitions
from stores.events.watermarks import stored_offsets

DAY = 86_400


async def test_a_row_comes_back_as_it_went_in(analytical_store):
    record = make_record(
        5, release="1.2", tags={"a b": "c'd", "": "x"}, user=User(id="7"), message="m\x00n😀"
    )
    row = dict(zip(EVENT_COLUMNS, event_row_of(record), strict=True))
    await store_events(analytical_store, [record])
    stored = (await analytical_store.query("SELECT * FROM events"))[0]
    for name, value in row.items():
        if name in ("received", "timestamp"):
            assert round(stored[name].timestamp() * 1_000_000) == value
            assert stored[name].utcoffset().total_seconds() == 0
        elif name in ("event", "grouping"):
            assert stored[name].encode() == value
        else:
            assert stored[name] == (list(value) if isinstance(value, tuple) else value), name


async def test_migrating_twice_changes_nothing(analytical_store):
    await store_events(analytical_store, [make_record(1)])
    await analytical_store.migrate()
    assert await stored_events(analytical_store) == {1: (1, 1)}


def test_statements_are_split_and_comments_left_out():
    assert statements("-- why\nA\nB;\n\n-- and\nC;\n") == ["A\nB", "C;"]
    assert statements("-- nothing\n") == []


async def test_a_retried_block_is_stored_once(analytical_store):
    rows = [event_row_of(make_record(serial)) for serial in range(10)]
    for _ in range(3):
        await analytical_store.insert("events", EVENT_COLUMNS, rows, "events/it's/0-9")
    assert await stored_events(analytical_store) == {1: (10, 10)}
    await analytical_store.insert("events", EVENT_COLUMNS, rows[:1], "another")
    assert await stored_events(analytical_store) == {1: (11, 10)}


async def test_an_insert_may_touch_many_days(analytical_store):
    records = [make_record(n, at=START - n * DAY) for n in range(32)]
    await store_events(analytical_store, records)
    assert await stored_events(analytical_store) == {1: (32, 32)}


async def test_rows_of_no_rows_are_no_insert(analytical_store):
    await analytical_store.insert("no_such_table", ("x",), [])


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
async def test_what_does_not_fit_is_rejected(analytical_store, table, columns, rows):
    with pytest.raises(StoreRejected):
        await analytical_store.insert(table, columns, rows)


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
async def test_queries_are_bounded_and_read_only(analytical_store, sql, error):
    with pytest.raises(error):
        await analytical_store.query(sql)
    assert await analytical_store.query("SELECT 1 AS one") == [{"one": 1}]


async def test_a_failed_query_leaves_nothing_for_the_next(clickhouse):
    for _ in range(4):
        with pytest.raises(StoreRejected):
            await clickhouse.query("SELECT number FROM numbers(1000000)")
        with pytest.raises(StoreRejected):
            await clickhouse.query("SELECT number, throwIf(number = 70000) FROM numbers(100000)")
        assert await clickhouse.query("SELECT 1 AS one") == [{"one": 1}]


async def test_reads_go_on_beside_writes(analytical_store):
    async def write():
        for block in range(5):
            await store_events(analytical_store, [make_record(block * 20 + n) for n in range(20)])

    async def read():
        return [await analytical_store.query("SELECT count() AS n FROM events") for _ in range(10)]

    _, counts, _ = await asyncio.gather(write(), read(), read())
    assert [row[0]["n"] % 20 for row in counts] == [0] * 10
    assert await stored_events(analytical_store) == {1: (100, 100)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
async def test_hostile_text_stays_data(clickhouse, text):
    rows = await clickhouse.query(
        "SELECT {text:String} AS text, {texts:Array(String)} AS texts", {"text": text, "texts": [text, "x"]}
    )
    assert rows == [{"text": text, "texts": [text, "x"]}]


@pytest.mark.parametrize("values", [1, 15, 16, 65_535, 65_536])
async def test_blocks_of_every_size_of_header(values):
    assert bytes(msgpack_block([(1,)] * values)) == b"\x01" * values


async def test_a_closed_store_says_so(tmp_path):
    store = ChdbStore(tmp_path)
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.query("SELECT 1")


async def test_stored_offsets_are_of_one_partition_and_generation(analytical_store):
    await store_events(
        analytical_store,
        [make_record(n, offset=offset) for n, offset in enumerate([3, 4, 7, 9])]
        + [make_record(10, partition=1, offset=8)],
    )
    assert await stored_offsets(analytical_store, "events", 0, GENERATION, 4) == {4, 7, 9}
    assert await stored_offsets(analytical_store, "events", 1, GENERATION, 0) == {8}
    assert await stored_offsets(analytical_store, "events", 0, GENERATION + 1, 0) == set()
    with pytest.raises(ValueError, match="no positions"):
        await stored_offsets(analytical_store, "issues", 0, GENERATION, 4)


async def test_stored_offsets_are_read_in_pages(analytical_store, monkeypatch):
    monkeypatch.setattr(watermarks, "_PAGE", 5)
    for events in (4, 6):
        await store_events(analytical_store, [make_record(n, offset=n) for n in range(100, 100 + events)])
    assert await stored_offsets(analytical_store, "events", 0, GENERATION, 0) == set(range(100, 106))


async def test_old_days_are_dropped(analytical_store):
    midnight = START // DAY * DAY
    await store_events(analytical_store, [make_record(n, at=midnight - n * DAY) for n in range(4)])
    dropped = await drop_old_partitions(analytical_store, "events", midnight - 2 * DAY)
    assert len(dropped) == 1
    assert await stored_events(analytical_store) == {1: (3, 3)}
    assert await drop_old_partitions(analytical_store, "events", midnight - 2 * DAY) == []
    with pytest.raises(ValueError, match="not kept by days"):
        await drop_old_partitions(analytical_store, "issues", midnight)


def _count(total, *, bucket=int(START), opened="0:1:0", partition=0, release=""):
    return (1, bucket, hex_id("issue"), "production", release, "error", partition, opened, 10, total)


async def test_running_totals_twice_change_nothing(analytical_store):
    rows = [_count(3), _count(5), _count(2, partition=1), _count(7, opened="0:1:99"), _count(1, release="2")]
    for block in (rows, rows[:1], rows[::-1]):
        await analytical_store.insert("error_counts", COUNT_COLUMNS, block)
    assert await counted_errors(analytical_store) == {1: 15}
    await analytical_store.command("OPTIMIZE TABLE error_counts FINAL")
    assert await counted_errors(analytical_store) == {1: 15}
    assert (await analytical_store.query("SELECT count() AS n FROM error_counts"))[0]["n"] == 4


async def test_outcomes_twice_change_nothing(analytical_store):
    at = int(START * 1_000_000)
    rows = [(1, f"0:1:{n}", 7, "accepted", "", "error", 1, at) for n in range(5)]
    rows.append((1, "edge-a-1", 7, "invalid", "not_json", "error", 3, at))
    late = [(*row[:-1], at + DAY * 1_000_000) for row in rows[:2]]
    for block in (rows, rows, late):
        await analytical_store.insert("outcomes", OUTCOME_COLUMNS, block)
    expected = {(1, "accepted", ""): 5, (1, "invalid", "not_json"): 3}
    assert await recorded_outcomes(analytical_store) == expected
    await analytical_store.command("OPTIMIZE TABLE outcomes FINAL")
    assert await recorded_outcomes(analytical_store) == expected


ISSUES_FROM_PROJECTION = """
SELECT issue_id, count() AS count, uniq(nullIf(user_key, '')) AS users, min(timestamp) AS first,
    max(timestamp) AS last, argMax((title, culprit, level, platform), timestamp) AS latest
FROM events WHERE project = 1 AND toStartOfHour(timestamp) >= toDateTime({start:UInt32}, 'UTC')
GROUP BY issue_id ORDER BY issue_id
"""


async def test_the_projection_says_what_the_rows_say(analytical_store):
    for block in range(4):
        records = [
            make_record(
                block * 50 + n,
                issue=f"issue {n % 3}",
                at=START + n * 400 + block,
                value=f"failure {block} {n}",
                user=User(id=str(n % 7)) if n % 2 else None,
            )
            for n in range(50)
        ]
        await store_events(analytical_store, records)
    start = {"start": int(START) + 3600}
    forced = f"{ISSUES_FROM_PROJECTION} SETTINGS force_optimize_projection_name = 'issues'"
    plain = f"{ISSUES_FROM_PROJECTION} SETTINGS optimize_use_projections = 0"
    before = await analytical_store.query(forced, start)
    assert before == await analytical_store.query(plain, start)
    assert sum(row["count"] for row in before) == 4 * 41
    await analytical_store.command("OPTIMIZE TABLE events FINAL")
    assert await analytical_store.query(forced, start) == before
