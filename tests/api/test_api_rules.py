"""Rules by the API: CRUD, what is refused and why, previews, and maintenance windows."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from event_factory import START, hex_id, make_record, store_events

from agents.sinks.clickhouse.encode import ISSUE_COLUMNS, SESSION_COLUMNS, issue_row
from schemas.channels import AppriseTarget, Channel
from schemas.records import IssueChange
from schemas.rules import DAY
from schemas.users import user_hash
from tests.api.conftest import ALL, NARROW, WRITER

RULES = "/projects/1/rules"
DRAFT = {"name": "Many", "condition": {"kind": "count", "window": 300, "above": 100}}


async def send(served, method, path, body=None, expect=200, token=ALL):
    response = await served.client.request(
        method, f"/api/v1{path}", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    answer = await response.json() if response.status != 204 else None
    assert response.status == expect, answer
    return answer if expect < 300 else answer["error"]


async def test_a_rule_is_made_changed_and_removed(served):
    made = await send(served, "POST", RULES, DRAFT, 201)
    assert (made["id"], made["project"], made["version"], made["severity"]) == ("1", "1", 1, "warning")
    path = f"{RULES}/{made['id']}"
    changed = await send(served, "PATCH", path, {"severity": "critical", "version": 1})
    assert changed == made | {"severity": "critical", "version": 2}
    assert await served.get(path) == changed
    refused = await send(served, "PATCH", path, {"name": "x", "version": 1}, 409)
    assert refused["detail"] == {"version": 2}
    assert "window" in (await send(served, "PATCH", path, {"condition": {"kind": "count"}}, 400))["message"]
    await send(served, "DELETE", path, expect=204)
    await send(served, "DELETE", path, expect=404)
    assert await served.get(RULES) == {"items": [], "next_cursor": None}


async def test_channels_are_texts_as_every_id_and_numbers_are_taken(served):
    channels = served.api.operational.channels
    ids = [
        str((await channels.add(Channel(0, 1, name, AppriseTarget("x://y")))).channel.id)
        for name in ("ops", "shop")
    ]
    for given in (ids, list(map(int, ids)), [ids[0], int(ids[1])]):
        made = await send(served, "POST", RULES, DRAFT | {"channels": given}, 201)
        assert made["channels"] == ids and await served.get(f"{RULES}/{made['id']}") == made
    path = f"{RULES}/{made['id']}"
    assert (await send(served, "PATCH", path, {"channels": ids[1:]}))["channels"] == ids[1:]
    assert (await send(served, "PATCH", path, {"name": "x"}))["channels"] == ids[1:]
    assert "no channel 99" in (await send(served, "PATCH", path, {"channels": ["99"]}, 400))["message"]


async def test_rules_come_in_pages_and_of_their_own_project(served):
    for number in range(3):
        await send(served, "POST", RULES, DRAFT | {"name": f"rule {number}"}, 201)
    first = await served.get(RULES, limit=2)
    rest = await served.get(RULES, cursor=first["next_cursor"])
    assert [rule["name"] for rule in first["items"] + rest["items"]] == ["rule 0", "rule 1", "rule 2"]
    assert rest["next_cursor"] is None
    assert (await served.get("/projects/2/rules"))["items"] == []
    await served.get("/projects/2/rules/1", expect=404)
    await served.get(f"{RULES}/1", token=NARROW, expect=404)
    assert (await send(served, "POST", "/projects/2/rules", DRAFT, 403, NARROW))["code"] == "missing_scope"
    await served.get(RULES, token=WRITER, expect=403)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"condition": {"kind": "often"}}, "often"),
        ({"condition": {"kind": "count", "window": 300, "above": -1}}, "$.condition.above"),
        ({"condition": {"kind": "count", "window": 301, "above": 1}}, "multiple of 10"),
        ({"condition": {"kind": "count", "window": 610, "above": 1}}, "Take 600"),
        ({"condition": {"kind": "count", "window": 60, "above": 1, "resolve_below": 2}}, "over at once"),
        ({"condition": {"kind": "count", "window": 60, "above": 1, "windows": 3, "of": 2}}, "3 of 2"),
        ({"condition": {"kind": "change", "window": 60, "percent": 0}}, "percent is 0"),
        ({"condition": {"kind": "change", "window": 600, "percent": 5, "against": "week"}}, "an hour"),
        ({"condition": {"kind": "silence", "window": 60}, "per": "issue"}, "silent"),
        ({"query": '"open'}, "not closed"),
        (
            {"condition": {"kind": "crash_free", "window": 900, "below": 99}, "query": "level:error"},
            "'level'",
        ),
        ({"condition": {"kind": "crash_free", "window": 600, "below": 99}}, "900"),
        ({"per": "release", "release": "1"}, "one of the two"),
        ({"digest": 60}, "digest"),
        ({"name": ""}, "$.name"),
        ({"colour": "red"}, "colour"),
        ({"issue": "x"}, "$.issue"),
        ({"channels": [7]}, "no channel 7"),
        ({"channels": ["7"]}, "no channel 7"),
        ({"channels": ["seven"]}, "$.channels"),
        ({"channels": [True]}, "$.channels"),
        ({"channels": "x"}, "$.channels"),
    ],
)
async def test_a_wrong_rule_is_refused_with_the_reason(served, parts, says):
    refused = await send(served, "POST", RULES, DRAFT | parts, 400)
    assert refused["code"] in ("bad_rule", "bad_body")
    assert says in refused["message"]


async def test_a_threshold_of_zero_is_taken(served):
    condition = {"kind": "count", "window": 10, "above": 0}
    await send(served, "POST", RULES, DRAFT | {"condition": condition}, 201)


async def test_a_maintenance_window_is_made_and_ended(served):
    start = datetime.now(UTC)
    body = {
        "name": "Move",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "environment": "staging",
    }
    made = await send(served, "POST", "/projects/1/maintenance", body, 201)
    assert (await served.get("/projects/1/maintenance"))["items"] == [made]
    await send(served, "DELETE", f"/projects/2/maintenance/{made['id']}", expect=404)
    await send(served, "DELETE", f"/projects/1/maintenance/{made['id']}", expect=204)
    assert (await served.get("/projects/1/maintenance"))["items"] == []
    body["end"] = body["start"]
    assert "after" in (await send(served, "POST", "/projects/1/maintenance", body, 400))["message"]


async def test_a_preview_of_changes_takes_every_filter(served):
    filters = {"environment": "production", "release": "1.0", "issue": "0" * 32, "query": "level:error"}
    rule = DRAFT | filters | {"condition": {"kind": "regression"}}
    found = await send(served, "POST", f"{RULES}/preview", {"rule": rule}, 200)
    assert found["fired"] == 0


async def test_a_preview_of_changes_asks_the_events_that_caused_them(served):
    records = [
        make_record(n, issue=f"issue {n}", tags={"team": team}, environment=environment)
        for n, (team, environment) in enumerate([("a", "production"), ("a", "staging"), ("b", "production")])
    ]
    await store_events(served.api.events, records)
    changes = [
        IssueChange(
            f"c{n}",
            1,
            hex_id(f"issue {n}"),
            "created",
            START + n,
            hex_id(("event", 1, n)),
            "",
            "",
            "error",
            "python",
            None,
            json.loads(record.value)["event"]["environment"],
        )
        for n, record in enumerate(records)
    ]
    await served.api.events.insert("issues", ISSUE_COLUMNS, [issue_row(change) for change in changes])
    for query, expected in (
        ("tags[team]:a", 2),
        ("tags[team]:a environment:production", 1),
        ("!tags[team]:a price.py", 1),
        ("transaction:/checkout", 0),
        ("", 3),
    ):
        rule = DRAFT | {"condition": {"kind": "new_issue"}, "query": query}
        found = await send(served, "POST", f"{RULES}/preview", {"rule": rule}, 200)
        assert (found["events"], found["fired"]) == (expected, expected), query


@pytest.mark.parametrize("measure", ["sessions", "users"])
@pytest.mark.parametrize("window", [1800, 30 * 3600])
async def test_a_preview_of_sessions_finds_the_window_in_which_they_crashed(served, measure, window):
    """Totals rise and are stored again and again; partitions add up. In quarter 8 half of release 1 crashed."""
    begin = int(START) // DAY * DAY

    def row(quarter, sessions, crashed, users, fallen, release="1", partition=0):
        environment = "staging" if release == "3" else "production"
        counts = (sessions, crashed, crashed, crashed)
        return (1, begin + 900 * quarter, release, environment, partition, "0:1:0", *counts, users, fallen)

    rows = [
        row(0, 40, 0, range(40), []),
        row(8, 10, 2, range(10), [0, 1]),
        row(8, 20, 10, range(20), range(10)),
        row(8, 20, 10, range(20, 40), range(20, 30), partition=1),
        row(8, 40, 0, range(50, 90), [], release="2"),
        row(8, 40, 40, range(40), range(40), release="3"),
    ]
    for one in rows:
        one = (*one[:-2], *(list(map(user_hash, map(str, users))) for users in one[-2:]))
        await served.api.events.insert("session_counts", SESSION_COLUMNS, [one])
    condition = {"kind": "crash_free", "window": window, "below": 80, "minimum": 40, "measure": measure}
    rule = DRAFT | {"condition": condition, "per": "release", "query": "environment:production"}
    found = await send(served, "POST", f"{RULES}/preview", {"rule": rule, "days": 5})
    assert (found["events"], found["fired"]) == (120, 1)
    [alert] = found["alerts"]
    # In the long window lie the 40 sessions of the morning too; of users they are the same.
    value = 75 if (window, measure) == (30 * 3600, "sessions") else 50
    assert (alert["scope"], alert["value"], alert["threshold"]) == ({"release": "1"}, value, 80)
    lasts = alert["ended"] - alert["started"]
    step = 900 if window == 1800 else 9000  # a long window moves on by a twelfth
    assert window - 2 * step <= lasts <= window + step
    assert begin + 7 * 900 <= alert["started"] <= begin + 8 * 900 + step
