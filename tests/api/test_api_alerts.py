"""Alerts by the API: lists, what people do about them, and the stream."""

import asyncio
import json

import msgspec
import pytest
from aiohttp import ClientTimeout

from agents.evaluate.alerts import encode_event
from agents.sinks.clickhouse.encode import ALERT_COLUMNS, alert_row
from schemas.alerts import Alert, AlertEvent
from schemas.channels import Channel, PagerDutyTarget
from schemas.rules import Count, RuleDraft
from stores.operational.deliveries import DeliverySearch, NewDelivery
from stores.ports import LogRecord
from tests.api.conftest import ALL, NARROW
from tests.api.test_api_rules import send
from topics import TopicPlan


def make_alert(number, project=1, **parts):
    fields = {
        "alert_id": f"{number:032x}",
        "project": project,
        "rule": 1,
        "rule_name": "Many",
        "rule_version": 1,
        "kind": "count",
        "state": "firing",
        "severity": "warning",
        "title": f"alert {number}",
        "text": "",
        "started": 1_790_000_000.0 + number,
    }
    return Alert(**{**fields, **parts})


async def store(served, *alerts):
    rows = [alert_row(msgspec.json.decode(encode_event(alert), type=AlertEvent)) for alert in alerts]
    await served.api.events.insert("alerts", ALERT_COLUMNS, rows)


@pytest.fixture
async def with_alerts(served):
    served.api.clock = lambda: 1_790_001_000.0
    ended = make_alert(2, state="resolved", ended=1_790_000_100.0)
    await store(served, *(make_alert(number) for number in range(5)), ended, make_alert(9, project=2))
    return served


async def test_alerts_come_in_pages_each_in_its_latest_state(with_alerts):
    first = await with_alerts.get("/projects/1/alerts", limit=3)
    rest = await with_alerts.get("/projects/1/alerts", limit=3, cursor=first["next_cursor"])
    items = first["items"] + rest["items"]
    assert [item["title"] for item in items] == [f"alert {number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None
    assert items[2]["ended"].startswith("2026-09-21T14:15:00")
    for state, number in (("firing", 4), ("resolved", 1)):
        assert len((await with_alerts.get("/projects/1/alerts", state=state))["items"]) == number
    assert (await with_alerts.get("/projects/1/alerts", rule=2))["items"] == []
    assert (await with_alerts.get("/projects/1/alerts", **{"from": 1_790_000_003}))["items"] == items[:2]


async def test_an_alert_is_acknowledged_by_whoever_comes_first(with_alerts):
    path = f"/alerts/{4:032x}"
    taken = await send(with_alerts, "POST", f"{path}/acknowledge")
    assert taken["acknowledged"]["by"] == "token all"
    assert await send(with_alerts, "POST", f"{path}/acknowledge") == taken == await with_alerts.get(path)
    assert (await with_alerts.get("/projects/1/alerts", limit=1))["items"] == [taken]
    await with_alerts.get(path, token=NARROW, expect=404)
    await with_alerts.get(f"/alerts/{9:032x}", token=NARROW)


async def test_an_acknowledgement_reaches_pagerduty_while_the_alert_goes_on(with_alerts):
    operational = with_alerts.api.operational
    pager = (await operational.channels.add(Channel(0, 1, "pager", PagerDutyTarget("k" * 32)))).channel.id
    told = [
        NewDelivery(pager, alert.state, msgspec.json.decode(encode_event(alert), type=AlertEvent))
        for alert in (make_alert(4), make_alert(2), make_alert(2, state="resolved", ended=1_790_000_100.0))
    ]
    await operational.deliveries.queue(told, 60.0)
    for number in (4, 4, 2):
        await send(with_alerts, "POST", f"/alerts/{number:032x}/acknowledge")
    found = await operational.deliveries.find(DeliverySearch(1, 0.0, None, 10))
    acknowledged = [one.alert_id for one in found if one.state == "acknowledged"]
    assert acknowledged == [f"{4:032x}"]


async def test_an_alert_is_snoozed(with_alerts):
    path = f"/alerts/{4:032x}/snooze"
    assert "gone" in (await send(with_alerts, "POST", path, {"seconds": 3600}, 409))["message"]
    await with_alerts.api.operational.rules.add(1, RuleDraft("Many", Count(window=60, above=1)))
    snoozed = await send(with_alerts, "POST", path, {"seconds": 3600})
    assert (snoozed["rule"], snoozed["scope"]) == ("1", {})
    assert "$.seconds" in (await send(with_alerts, "POST", path, {"seconds": 1}, 400))["message"]


async def append(served, *alerts):
    for alert in alerts:
        await served.api.log.send(
            "alerts-evaluated", [LogRecord(b"%d" % alert.rule, encode_event(alert), [])]
        )


async def read_stream(served, number, token=ALL, begun=None, **headers):
    """The next messages of a stream, as (id, data). ``begun`` is set once it has begun."""
    found, last = [], ""
    async with served.client.get(
        "/api/v1/alerts/stream",
        headers={"Authorization": f"Bearer {token}", **headers},
        timeout=ClientTimeout(total=20),
    ) as response:
        assert response.status == 200, await response.text()
        assert response.content_type == "text/event-stream"
        await response.content.readuntil(b"\n\n")
        if begun is not None:
            begun.set()
        while len(found) < number:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line.startswith("id: "):
                last = line[4:]
            elif line.startswith("data: "):
                found.append((last, json.loads(line[6:])))
    return found


async def test_the_stream_resumes_and_shows_the_callers_projects_only(served):
    await served.api.log.create_topics([TopicPlan("alerts-evaluated", 2, None, False)])
    await append(served, make_alert(0))
    begun = asyncio.Event()
    reading = asyncio.ensure_future(read_stream(served, 2, begun=begun))
    await begun.wait()
    await append(served, make_alert(1), make_alert(2, project=2), make_alert(3))
    found = await reading
    assert [data["data"]["title"] for _, data in found] == ["alert 1", "alert 2"]
    (resumed,) = await read_stream(served, 1, **{"Last-Event-ID": found[-1][0]})
    assert resumed[1]["data"]["title"] == "alert 3"
    (narrow,) = await read_stream(served, 1, NARROW, **{"Last-Event-ID": "0:0"})
    assert narrow[1]["data"]["title"] == "alert 2"
    await served.get("/alerts/stream", expect=400, last_event_id="what")
