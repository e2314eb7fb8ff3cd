"""The stream page's API: the live topology, and work with quarantined records."""

import pytest

from agents.guard import DLQ_AGENT, DLQ_POSITION, DLQ_REASON
from embedded.log import TopicConfig
from schemas.headers import ORIGIN, Position, Received
from schemas.privacy import Subject
from schemas.rebalance import Rebalance
from stores.ports import LogRecord
from tests.api.conftest import NARROW

TOPIC = "events-deduplicated"


@pytest.fixture
async def quarantine(served):
    """Five records on a DLQ of two partitions, one of which holds no text."""
    for name in (f"{TOPIC}-dlq", "events-received", "outcomes-recorded"):
        served.api.log.create_topic(name, 2, TopicConfig())
    for number in range(5):
        received = Received(1, 7, f"{number:032x}", 1.0, "application/json", "", "", "store")
        headers = [
            *received.encode(),
            (DLQ_REASON, b"it did not fit"),
            (DLQ_AGENT, b"fingerprint"),
            (DLQ_POSITION, b"0:1:%d" % number),
            (ORIGIN, Position(0, 1, number).encode()),
        ]
        value = b"\xff<script>" if number == 4 else b'{"n": %d}' % number
        await served.api.log.send_many(
            f"{TOPIC}-dlq", [LogRecord(b"k%d" % number, value, headers)], number % 2
        )
    return served


async def test_the_topology_has_every_agent_and_topic_with_figures(served):
    served.api.stages = ("archive",)
    await served.api.log.send_many("events-fingerprinted", [LogRecord(b"k", b"v", [])] * 3, 1)
    found = await served.get("/topology")
    (archive,) = [node for node in found["nodes"] if node["agent"] == "archive"]
    assert archive["live"] == {"rate": 0.0, "lag": 3, "batch": None, "cpu_us": None}
    assert archive["store"] == "archive"
    (topic,) = [topic for topic in found["topics"] if topic["topic"] == "events-fingerprinted"]
    assert (topic["partitions"], topic["records"]) == (2, 3)
    assert "live" not in next(node for node in found["nodes"] if node["agent"] == "track")


async def test_quarantined_records_are_paged_and_shown_as_text(quarantine):
    waiting = {item["topic"]: item["waiting"] for item in (await quarantine.get("/dlq"))["items"]}
    assert waiting[TOPIC] == 5 and sum(waiting.values()) == 5
    seen, cursor = [], {}
    while True:
        page = await quarantine.get(f"/dlq/{TOPIC}", limit=2, **cursor)
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [item["position"] for item in seen] == ["0:0", "0:1", "0:2", "1:0", "1:1"]
    assert seen[2]["value"] == "\ufffd<script>" and seen[0]["value"] == '{"n": 0}'
    assert {item["reason"] for item in seen} == {"it did not fit"}
    assert (await quarantine.get("/dlq/nothing", expect=404))["error"]["code"] == "not_found"


async def test_records_are_redriven_and_dropped(quarantine):
    answer = await quarantine.send("POST", f"/dlq/{TOPIC}/redrive?limit=2", {})
    assert answer == {"records": 2, "waiting": 3}
    offsets = await quarantine.api.log.offsets("events-received")
    assert sum(end - first for first, end in offsets.values()) == 2
    answer = await quarantine.send("POST", f"/dlq/{TOPIC}-dlq/drop", {})
    assert answer == {"records": 3, "waiting": 0}
    assert (await quarantine.get(f"/dlq/{TOPIC}"))["items"] == []


async def test_nothing_of_a_project_is_redriven_while_its_data_are_being_erased(quarantine):
    await quarantine.api.operational.erasures.add(1, 1, Subject(user_id="7"), "a test")
    refused = await quarantine.send("POST", f"/dlq/{TOPIC}/redrive", {}, expect=409)
    assert refused["code"] == "refused" and "project 1 are being erased" in refused["message"]
    assert (await quarantine.send("POST", f"/dlq/{TOPIC}/drop", {}))["waiting"] == 0


async def test_it_is_for_those_who_run_the_installation(served):
    store = served.api.operational
    only, narrow = "admin-of-one", "admin-of-a-project"
    await store.add_token("one", ["admin"], secret=only, organisation=1)
    await store.add_token("narrow admin", ["admin"], projects=[1], secret=narrow)
    assert (await served.get("/dlq", token=only))["items"]
    await served.get("/dlq", token=narrow, expect=404)
    await served.get("/dlq", token=NARROW, expect=403)


async def test_what_settings_would_do_is_told_of_every_agent_and_topic(served):
    served.api.stages = ("archive",)
    found = await served.get("/topology/tuning")
    (archive,) = found["agents"]
    assert found["cluster"] is False
    assert archive["name"] == "archive"
    linger = next(one for one in archive["settings"] if one["name"] == "archive_linger")
    assert (linger["variable"], linger["value"]) == ("STACKTIDE_ARCHIVE_LINGER", "10 s")
    (topic,) = [topic for topic in found["topics"] if topic["name"] == "events-fingerprinted"]
    assert topic["settings"][0]["value"] == "2"


async def test_rebalances_are_paged_and_bounded_by_time(served):
    now = served.api.clock()
    for number in range(5):
        moment = Rebalance(now - 86_400 * 2 * number, 0.5, {"events-received": [number]}, {}, 0)
        await served.api.operational.rebalances.add("process", "w:1", moment)
    everything = await served.get("/topology/rebalances", **{"from": "0"})
    assert [one["assigned"]["events-received"][0] for one in everything["items"]] == [4, 3, 2, 1, 0]
    first = await served.get("/topology/rebalances", limit=3, **{"from": "0"})
    rest = await served.get("/topology/rebalances", cursor=first["next_cursor"], **{"from": "0"})
    assert [one["id"] for one in first["items"] + rest["items"]] == [o["id"] for o in everything["items"]]
    recent = await served.get("/topology/rebalances")
    assert {one["assigned"]["events-received"][0] for one in recent["items"]} == {0, 1, 2, 3}
    assert recent["items"][0]["stage"] == "process" and recent["items"][0]["seconds"] == 0.5
