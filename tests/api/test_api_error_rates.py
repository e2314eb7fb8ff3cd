"""Windowed counts: against sums made by hand, and in every format."""

import csv
import io
import random

import pyarrow.parquet
import pytest
from event_factory import START, hex_id
from hypothesis import given
from hypothesis import strategies as st

from agents.sinks.clickhouse.encode import COUNT_COLUMNS
from api.formats import CSV, JSON, PARQUET, accepted_format
from api.queries.windows import Windows

PATH = "/projects/1/error-rates"


async def _insert(served, counts):
    """Counts as (seconds after START, total) or with more of a row."""
    rows = []
    for second, total, *more in counts:
        fields = {"issue": "a", "environment": "production", "release": "1", "level": "error", "partition": 0}
        fields |= more[0] if more else {}
        rows.append(
            (
                fields.get("project", 1),
                int(START) + second,
                hex_id(fields["issue"]),
                fields["environment"],
                fields["release"],
                fields["level"],
                fields["partition"],
                "0:1:0",
                10,
                total,
            )
        )
    await served.api.events.insert("error_counts", COUNT_COLUMNS, rows)


def _range(seconds):
    return {"from": START, "to": START + seconds}


async def test_tumbling_windows_are_filled_with_zeros(served):
    await _insert(served, [(0, 2), (50, 1), (60, 4), (170, 3), (180, 9)])
    rates = await served.get(PATH, window="60", **_range(180))
    start = int(START)
    assert rates == {
        "measure": "count",
        "window": 60,
        "step": 60,
        "series": [{"by": {}, "points": [[start, 3, 3.0], [start + 60, 4, 4.0], [start + 120, 3, 3.0]]}],
        "truncated": False,
    }


async def test_hopping_windows_overlap(served):
    await _insert(served, [(0, 1), (20, 2), (30, 4), (70, 8)])
    rates = await served.get(PATH, window="60s", step="20", **_range(60))
    start = int(START)
    assert rates["series"][0]["points"] == [[start, 7, 7.0], [start + 20, 14, 14.0], [start + 40, 8, 8.0]]


async def test_windows_longer_apart_than_wide(served):
    await _insert(served, [(0, 1), (20, 2), (60, 4)])
    rates = await served.get(PATH, window="20", step="1m", **_range(120))
    assert [point[1] for point in rates["series"][0]["points"]] == [1, 4]
    assert rates["series"][0]["points"][0][2] == 3.0


async def test_a_range_is_widened_to_whole_steps(served):
    rates = await served.get(PATH, window="1m", **{"from": START + 59, "to": START + 61})
    assert [point[0] - START for point in rates["series"][0]["points"]] == [0, 60]


async def test_only_the_latest_total_counts(served):
    await _insert(served, [(0, 1), (0, 3), (0, 2), (0, 5, {"partition": 1})])
    rates = await served.get(PATH, **_range(60))
    assert rates["series"][0]["points"][0][1] == 8


async def test_groups_and_filters(served):
    await _insert(
        served,
        [
            (0, 1, {"issue": "a", "environment": "staging"}),
            (10, 2, {"issue": "a", "level": "fatal"}),
            (60, 4, {"issue": "b", "release": "2"}),
            (60, 100, {"project": 2}),
        ],
    )
    rates = await served.get(PATH, group_by="issue", **_range(120))
    assert [(series["by"], [point[1] for point in series["points"]]) for series in rates["series"]] == [
        ({"issue": hex_id("b")}, [0, 4]),
        ({"issue": hex_id("a")}, [3, 0]),
    ]
    rates = await served.get(PATH, group_by="release,environment", limit=2, **_range(120))
    assert rates["truncated"]
    assert [series["by"] for series in rates["series"]] == [
        {"release": "2", "environment": "production"},
        {"release": "1", "environment": "production"},
    ]
    for params, count in (
        ({"environment": "staging"}, 1),
        ({"release": "2"}, 4),
        ({"level": "fatal"}, 2),
        ({"issue": hex_id("a")}, 3),
        ({"issue": hex_id("a"), "level": "error"}, 1),
        ({"environment": "'; DROP TABLE error_counts; --"}, 0),
    ):
        rates = await served.get(PATH, **_range(120), **params)
        assert sum(point[1] for point in rates["series"][0]["points"]) == count, params
    assert (await served.get(PATH, group_by="level", environment="none", **_range(60)))["series"] == []


async def test_without_a_range_it_is_the_last_day_by_minutes(served):
    rates = await served.get(PATH)
    assert (rates["window"], rates["step"]) == (60, 60)
    assert len(rates["series"][0]["points"]) in (1440, 1441)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"window": "15"}, "window"),
        ({"window": "0"}, "window"),
        ({"window": "1w"}, "window"),
        ({"window": "9999999999999"}, "window"),
        ({"step": "7s"}, "step"),
        ({"group_by": "title"}, "group_by"),
        ({"issue": "x"}, "issue"),
        ({"limit": "-1", "group_by": "issue"}, "limit"),
        ({"window": "10", "from": "1"}, "step"),
        ({"window": "10", "group_by": "issue", "limit": "1000"}, "step"),
    ],
)
async def test_bad_parameters_of_rates_are_named(served, params, name):
    error = (await served.get(PATH, expect=400, **params))["error"]
    assert error["detail"]["parameter"] == name


async def test_csv_and_parquet_have_the_same_rows(served):
    await _insert(served, [(0, 1), (60, 2, {"environment": 'a,"b"\n=c'})])
    params = {"group_by": "environment", **{name: str(value) for name, value in _range(120).items()}}
    rates = await served.get(PATH, **params)
    expected = [
        (series["by"]["environment"], *point) for series in rates["series"] for point in series["points"]
    ]
    assert len(expected) == 4

    async def ask(accept):
        response = await served.client.get(
            f"/api/v1{PATH}",
            params=params,
            headers={"Authorization": "Bearer token-of-all", "Accept": accept},
        )
        assert response.content_type == accept
        return await response.read()

    header, *rows = csv.reader(io.StringIO((await ask(CSV)).decode(), newline=""))
    assert header == ["environment", "unix_s", "count", "rate_per_min"]
    assert [(row[0], int(row[1]), int(row[2]), float(row[3])) for row in rows] == expected
    table = pyarrow.parquet.read_table(io.BytesIO(await ask(PARQUET)))
    assert [tuple(row.values()) for row in table.to_pylist()] == expected


@pytest.mark.parametrize(
    ("accept", "format"),
    [
        ("*/*", JSON),
        ("", JSON),
        ("text/html", JSON),
        ("text/csv", CSV),
        ("application/json;q=0.5, text/csv", CSV),
        ("text/csv;q=x, application/vnd.apache.parquet;q=0.1", PARQUET),
    ],
)
def test_accept(accept, format):
    assert accepted_format(accept) == format


@given(
    start=st.integers(0, 10_000),
    span=st.integers(1, 3000),
    width=st.integers(1, 30),
    step=st.integers(1, 30),
    seed=st.integers(0, 1000),
)
def test_points_are_the_sums_of_their_windows(start, span, width, step, seed):
    windows = Windows.over(start, start + span, width * 10, step * 10)
    chosen = random.Random(seed)
    errors = {
        windows.first + n * 10: chosen.randrange(5) for n in range((span + width * 10 + step * 10) // 10)
    }
    panes: dict[int, int] = {}
    for second, count in errors.items():
        begin = second // windows.pane * windows.pane
        panes[begin] = panes.get(begin, 0) + count
    assert windows.first <= start < windows.first + windows.step
    for begin, count in zip(windows.begins, windows.sums(panes), strict=True):
        assert count == sum(errors.get(second, 0) for second in range(begin, begin + windows.width, 10))
