"""Sessions: rates of them, and how healthy releases are."""

from event_factory import START as AN_HOUR

from agents.sinks.clickhouse.encode import PROJECT_COUNT_COLUMNS, SESSION_COLUMNS

RATES = "/projects/1/error-rates"
HEALTH = "/projects/1/release-health"
HOUR = 3600
#: Windows of two hours begin at even hours.
START = AN_HOUR // (2 * HOUR) * 2 * HOUR
RANGE = {"from": START, "to": START + 2 * HOUR}


def row(at, counts, users=(), crashed=(), *, release="1", environment="production", partition=0, project=1):
    return (project, int(START) + at, release, environment, partition, "0:1:0", *counts, users, crashed)


async def insert(served, *rows):
    # One by one, so that nothing is merged beforehand.
    for one in rows:
        await served.api.events.insert("session_counts", SESSION_COLUMNS, [one])


async def some_sessions(served):
    await insert(
        served,
        row(0, (3, 1, 0, 0), [1, 2]),
        row(0, (8, 4, 2, 1), [2, 3, 4, 5], [5]),
        row(0, (8, 4, 2, 1), [2, 3, 4, 5], [5]),
        row(0, (2, 0, 0, 0), [1, 9], partition=1),
        row(HOUR, (10, 5, 5, 5), [1, 2], [1]),
        row(0, (4, 0, 0, 0), [7], release="2", environment="staging"),
        row(0, (100, 100, 100, 100), [7], [7], project=2),
    )
    errors = [("1", "error", 30), ("1", "fatal", 10), ("2", "error", 1)]
    await served.api.events.insert(
        "project_error_counts",
        PROJECT_COUNT_COLUMNS,
        [
            (1, int(START), "production", release, level, 0, "0:1:0", count, [])
            for release, level, count in errors
        ],
    )


async def values(served, measure, **params):
    """By series: the values of the points."""
    rates = await served.get(RATES, measure=measure, **{"window": "1h", **RANGE, **params})
    assert rates["measure"] == measure
    return {
        "-".join(series["by"].values()): [point[1] for point in series["points"]]
        for series in rates["series"]
    }


async def test_sessions_by_window(served):
    await some_sessions(served)
    assert await values(served, "sessions") == {"": [14, 10]}
    by_release = {"group_by": "release"}
    assert await values(served, "sessions", **by_release) == {"1": [10, 10], "2": [4, 0]}
    assert await values(served, "sessions", environment="staging") == {"": [4, 0]}
    assert await values(served, "crash_free_sessions", **by_release) == {"1": [0.9, 0.5], "2": [1.0, None]}
    assert await values(served, "crash_free_users", **by_release) == {"1": [1 - 1 / 6, 0.5], "2": [1.0, None]}
    assert await values(served, "crash_free_users", window="2h", release="1") == {"": [1 - 2 / 6]}
    assert await values(served, "errors_per_session", **by_release) == {"1": [4.0, 0.0], "2": [0.25, None]}
    assert await values(served, "errors_per_session", level="fatal") == {"": [10 / 14, 0.0]}
    assert await values(served, "sessions", release="3", **by_release) == {}
    assert await values(served, "crash_free_sessions", release="3") == {"": [None, None]}


async def test_a_table_of_parts(served):
    await some_sessions(served)
    for accept in ("text/csv", "application/vnd.apache.parquet"):
        response = await served.client.get(
            f"/api/v1{RATES}",
            params={"measure": "crash_free_sessions", "window": "1h", "release": "2", "compare": "previous"}
            | {name: str(value) for name, value in RANGE.items()},
            headers={"Authorization": "Bearer token-of-all", "Accept": accept},
        )
        assert response.status == 200 and response.content_type == accept
        if accept == "text/csv":
            header, first, second = (await response.text()).splitlines()
            assert header == "unix_s,crash_free_sessions,rate_per_min,previous"
            assert (first, second) == (f"{int(START)},1.0,,", f"{int(START) + HOUR},,,")


async def test_the_health_of_releases(served):
    await some_sessions(served)
    page = await served.get(HEALTH, **RANGE)
    assert page["next_cursor"] is None
    first, second = page["items"]
    assert {name: value for name, value in first.items() if not name.endswith("_session")} == {
        "release": "1",
        "sessions": 20,
        "healthy": 11,
        "errored": 2,
        "abnormal": 1,
        "crashed": 6,
        "users": 6,
        "crash_free_sessions": 0.7,
        "crash_free_users": 1 - 2 / 6,
        "errors": 40,
    }
    assert first["errors_per_session"] == 2.0 and first["first_session"] < first["last_session"]
    assert (second["release"], second["crash_free_users"], second["errors"]) == ("2", 1.0, 1)
    page = await served.get(HEALTH, environment="staging", **RANGE)
    assert [(item["release"], item["errors"]) for item in page["items"]] == [("2", 0)]


async def test_pages_of_releases(served):
    await insert(served, *(row(0, (1 + number // 3, 0, 0, 0), release=f"r{number}") for number in range(7)))
    found, cursor = [], {}
    while True:
        page = await served.get(HEALTH, limit=2, **RANGE, **cursor)
        found += [item["release"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found[0] == "r6" and sorted(found) == [f"r{number}" for number in range(7)]


async def test_health_is_for_those_who_may_see_the_project(served):
    await served.get(HEALTH, token="token-of-project-two", expect=404)
    await served.get(HEALTH, expect=400, limit=0)
    await served.get(HEALTH, expect=400, cursor="x")
