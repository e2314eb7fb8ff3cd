"""Error rates against a brute-force count over the same events, from whichever table they are read."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from counted_events import published, some_events, store_counts
from event_factory import hex_id

PATH = "/projects/1/error-rates"
DAY = 86_400
#: The day before the clocks of Berlin go back an hour.
START = datetime(2026, 10, 24, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
SPAN = 4 * DAY


@pytest.fixture
async def events(served):
    events = some_events(900, START, SPAN)
    await store_counts(served.api.events, published(events))
    return events


def brute_force(events, group_by, begin, end, value):
    """By series: what ``value`` makes of its events from ``begin`` to ``end``."""
    found = {}
    for event in events:
        if begin <= event.at < end:
            known = event._replace(issue=hex_id(event.issue))
            found.setdefault(tuple(getattr(known, name) for name in group_by), []).append(event)
    return {key: value(of_series) for key, of_series in found.items()}


def users(events):
    return len({event.user for event in events if event.user})


def agrees(measure, found, expected):
    """Exactly, but that many users are estimated: within four standard errors."""
    return found == expected or (
        measure == "users" and expected > 128 and abs(found / expected - 1) < 4 * 0.0163
    )


async def check(served, events, measure, value, group_by=(), **params):
    """Every point of an answer is what brute force says."""
    rates = await served.get(
        PATH,
        measure=measure,
        group_by=",".join(group_by),
        **{"from": START, "to": START + SPAN, "limit": 50} | params,
    )
    width = rates["window"]
    begins = [point[0] for point in rates["series"][0]["points"]]
    assert len(begins) == len(set(begins)) > 1
    for number, begin in enumerate(begins):
        expected = brute_force(events, group_by, begin, begin + width, value)
        for series in rates["series"]:
            key = tuple(series["by"][name] for name in group_by)
            assert agrees(measure, series["points"][number][1], expected.pop(key, 0)), (group_by, begin)
        assert not expected
    return rates


@pytest.mark.parametrize(
    "group_by", [(), ("release",), ("issue", "level"), ("environment", "release", "level")]
)
async def test_counts_are_those_of_brute_force(served, events, group_by):
    for window, step in (("1h", "1h"), ("6h", "15m"), ("50m", "50m"), ("1d", "7h"), ("15m", "45m")):
        await check(served, events, "count", len, group_by, window=window, step=step)


async def test_users_are_those_of_brute_force(served, events):
    for group_by in ((), ("release",), ("issue", "environment")):
        for window, step in (("1h", "1h"), ("6h", "2h"), ("1d", "1d"), ("15m", "45m")):
            await check(served, events, "users", users, group_by, window=window, step=step)


async def test_filters_reach_the_coarse_tables(served, events):
    some = [event for event in events if event.release == "2" and event.level == "fatal"]
    await check(served, some, "count", len, ("environment",), window="1h", release="2", level="fatal")
    await check(served, some, "users", users, ("issue",), window="3h", release="2", level="fatal")
    of_issue = [event for event in events if event.issue == "a"]
    await check(served, of_issue, "users", users, window="1h", issue=hex_id("a"))


async def test_days_are_those_of_the_zone(served, events):
    """Berlin's Sunday has 25 hours, and everyone's days begin at their midnight."""
    for zone in ("Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"):
        for measure in ("count", "users"):
            await check_days(served, events, zone, measure)


async def check_days(served, events, zone, measure):
    value = {"count": len, "users": users}[measure]
    rates = await served.get(
        PATH, measure=measure, window="1d", timezone=zone, **{"from": START, "to": START + SPAN}
    )
    points = rates["series"][0]["points"]
    day = datetime.fromtimestamp(START, ZoneInfo(zone)).replace(hour=0, minute=0)
    for begin, found, per_minute in points:
        following = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
        assert begin == day.timestamp()
        end = following.timestamp()
        assert agrees(measure, found, brute_force(events, (), begin, end, value).get((), 0))
        assert per_minute == (found * 60 / (end - begin) if measure == "count" else None)
        day = following
    lengths = {later[0] - earlier[0] for earlier, later in pairwise(points)}
    assert lengths == ({DAY, DAY + 3600} if zone == "Europe/Berlin" else {DAY})


async def test_weeks_of_days_overlap(served, events):
    rates = await served.get(
        PATH,
        window="2d",
        step="1d",
        timezone="Europe/Berlin",
        compare="previous",
        **{"from": START, "to": START + 2 * DAY + 3600},
    )
    series = rates["series"][0]
    midnights = [
        datetime(2026, 10, day, tzinfo=ZoneInfo("Europe/Berlin")).timestamp() for day in range(22, 28)
    ]
    expected = [
        [begin, brute_force(events, (), begin, end, len).get((), 0)]
        for begin, end in zip(midnights, midnights[2:], strict=False)
    ]
    assert [point[:2] for point in series["previous"] + series["points"]] == expected


async def test_hours_begin_as_the_zone_has_them(served, events):
    await check(served, events, "count", len, window="1h", timezone="Asia/Kolkata")
    rates = await check(served, events, "count", len, window="6h", timezone="Europe/Berlin")
    assert rates["series"][0]["points"][0][0] == START
    # Monrovia was 44:30 behind UTC until 1972: no quarters of an hour. The fine buckets serve.
    begun = datetime(1971, 1, 1, 0, 44, 30, tzinfo=UTC).timestamp()
    monrovia = {"window": "1h", "timezone": "Africa/Monrovia", "from": begun, "to": begun + 7200}
    rates = await served.get(PATH, **monrovia)
    assert [point[0] for point in rates["series"][0]["points"]] == [begun, begun + 3600]
    error = (await served.get(PATH, measure="sessions", expect=400, **monrovia))["error"]
    assert error["detail"]["parameter"] == "timezone"


async def test_the_previous_period(served, events):
    middle = START + SPAN / 2
    rates = await served.get(
        PATH,
        window="1h",
        group_by="release",
        compare="previous",
        **{"from": middle, "to": middle + DAY},
    )
    hour = middle // 3600 * 3600
    for series in rates["series"]:
        release = (series["by"]["release"],)
        for points, start in ((series["points"], hour), (series["previous"], hour - DAY)):
            assert [point[0] for point in points] == [start + number * 3600 for number in range(24)]
            for begin, count, _ in points:
                assert count == brute_force(events, ("release",), begin, begin + 3600, len).get(release, 0)
        before, now = (sum(point[1] for point in series[name]) for name in ("previous", "points"))
        assert series["change"] == pytest.approx(now / before - 1)


async def test_a_series_that_is_new_or_over_is_compared_too(served):
    middle = datetime(2026, 1, 10, tzinfo=UTC).timestamp()
    events = [event._replace(release="over") for event in some_events(5, middle - DAY, DAY)]
    events += [event._replace(release="new") for event in some_events(9, middle, DAY)]
    await store_counts(served.api.events, published(events))
    params = {
        "from": middle,
        "to": middle + DAY,
        "window": "1d",
        "compare": "previous",
        "group_by": "release",
    }
    rates = await served.get(PATH, **params)
    assert [
        (series["by"]["release"], series["points"][0][1], series["previous"][0][1], series["change"])
        for series in rates["series"]
    ] == [("new", 9, 0, None), ("over", 0, 5, -1.0)]


async def test_bad_parameters_are_named(served):
    for params, name in (
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"measure": "apdex"}, "measure"),
        ({"compare": "last week"}, "compare"),
        ({"measure": "users", "window": "1d", "step": "1m"}, "step"),
        ({"measure": "sessions", "window": "1m"}, "window"),
        ({"measure": "sessions", "window": "1h", "group_by": "level"}, "group_by"),
        ({"measure": "crash_free_users", "window": "1h", "level": "fatal"}, "level"),
    ):
        error = (await served.get(PATH, expect=400, **params))["error"]
        assert error["detail"]["parameter"] == name, params
