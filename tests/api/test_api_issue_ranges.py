"""Figures of issues over ranges that begin and end anywhere, which are put together from days and rows."""

import random

import pytest
from event_factory import START, hex_id, make_record, store_events

from api.parameters import TimeRange
from api.queries.issue_events import IssueEvents, since_when
from schemas.event import User
from stores.events.where import DAY, widening

HOUR = 3600
MIDNIGHT = START // DAY * DAY
_SORTS = {
    "last_seen": lambda times, users: max(times),
    "count": lambda times, users: len(times),
    "users": lambda times, users: len(users),
}


def _some_events(seed):
    """Events of eight issues over six days: (issue, time, user)."""
    chosen = random.Random(seed)
    return [
        (chosen.randrange(8), MIDNIGHT - 4 * DAY + chosen.uniform(0, 6 * DAY), chosen.randrange(9))
        for _ in range(120)
    ]


def _expected(events, start, end, sort):
    found = {}
    for issue, at, user in events:
        if start <= at and (end is None or at < end):
            times, users = found.setdefault(hex_id(issue), ([], set()))
            times.append(at)
            users.add(user)
    order = sorted(found, key=lambda id: (_SORTS[sort](*found[id]), id), reverse=True)
    return [(id, len(found[id][0]), len(found[id][1])) for id in order]


@pytest.fixture
async def events(served):
    events = _some_events(3)
    for block in range(4):
        await store_events(
            served.api.events,
            [
                make_record(number, issue=issue, at=at, user=User(id=str(user)))
                for number, (issue, at, user) in enumerate(events)
                if number % 4 == block
            ],
        )
    return events


@pytest.mark.parametrize("sort", list(_SORTS))
async def test_any_range_counts_its_own_events(served, events, sort):
    for begin, end in (
        (-4 * DAY, None),
        (-4 * DAY + 5 * HOUR, None),
        (-3 * DAY - 1, DAY + 1),
        (-2 * DAY, DAY),
        (-2 * DAY + HOUR, -2 * DAY + 7 * HOUR),
        (-DAY - HOUR, -DAY + HOUR),
        (-DAY - HOUR, HOUR),
        (-3 * DAY, -DAY - HOUR),
    ):
        start, until = MIDNIGHT + begin, None if end is None else MIDNIGHT + end
        asked = {"from": start, "sort": sort, "limit": 5} | ({} if until is None else {"to": until})
        items, cursor = [], ""
        while cursor is not None:
            page = await served.get("/projects/1/issues", **asked, cursor=cursor)
            items += [(item["id"], item["count"], item["users"]) for item in page["items"]]
            cursor = page["next_cursor"]
        assert items == _expected(events, start, until, sort), (begin, end)


async def test_filters_and_terms_go_with_any_range(served, events):
    start = MIDNIGHT - 3 * DAY + 5 * HOUR
    for query, events_of in (
        ("user.id:4", lambda item: item[2] == 4),
        (f"issue:{hex_id(3)}", lambda item: item[0] == 3),
        (f"issue:{hex_id(3)} user.id:4", lambda item: item[0] == 3 and item[2] == 4),
    ):
        page = await served.get("/projects/1/issues", **{"query": query, "from": start})
        found = [(item["id"], item["count"], item["users"]) for item in page["items"]]
        assert found == _expected(filter(events_of, events), start, None, "last_seen"), query
    page = await served.get("/projects/1/issues", **{"query": "times:>9 users:<8", "from": start})
    found = {item["id"] for item in page["items"]}
    expected = {id for id, times, users in _expected(events, start, None, "count") if times > 9 and users < 8}
    assert found == expected


async def test_enough_of_the_latest_events_are_on_the_last_days(served, events):
    asked = IssueEvents.of_all(1, 60.0)
    since = await since_when(served.api.events, asked, 30)
    assert sum(at >= since for _, at, _ in events) >= 30 > sum(at >= since + DAY for _, at, _ in events)
    few = asked._replace(range=TimeRange(MIDNIGHT - DAY + HOUR, MIDNIGHT + HOUR), issue_ids=[hex_id(3)])
    assert await since_when(served.api.events, few, 30) == MIDNIGHT - DAY + HOUR


def test_the_newest_are_looked_for_on_two_days_first():
    now = 100 * DAY + 5 * HOUR
    assert list(widening(80 * DAY + 1, now)) == [99 * DAY, 80 * DAY + 1]
    assert list(widening(99 * DAY, now)) == [99 * DAY]
    assert list(widening(0.0, 80 * DAY)) == [79 * DAY, 0.0]
