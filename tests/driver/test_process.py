"""deduplicate and fingerprint, on the real log."""

import json

import pytest

from agents.guard import DLQ_AGENT, DLQ_REASON
from schemas.headers import STANDS_FOR
from tests.driver.topology_driver import TopologyDriver, origin_of

FLAVOURS = ["straight", "redelivered", "restarted", "state forgotten"]


async def disturb(driver: TopologyDriver, flavour: str) -> None:
    """What every result must survive."""
    if flavour == "redelivered":
        await driver.redeliver()
    elif flavour == "restarted":
        await driver.restart()
    elif flavour == "state forgotten":
        await driver.redeliver(forget_state=True)
    await driver.settle()


def outcomes(batches):
    """Outcome by id: repeats change nothing."""
    return {outcome["id"]: outcome["outcome"] for batch in batches for outcome in batch["outcomes"]}


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_each_event_is_passed_on_with_its_origin(topology, make_error, flavour):
    async with topology(["process"]) as driver:
        for number in range(30):
            await driver.pipe_event(make_error(f"f{number % 3}"))
        await driver.settle()
        await disturb(driver, flavour)
        records = await driver.read("events-fingerprinted")
        assert len({origin_of(record) for record in records}) == 30
        assert len({json.loads(record.value)["issue_id"] for record in records}) == 3
        assert {record.key.decode() for record in records} == {
            json.loads(r.value)["issue_id"] for r in records
        }


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_a_repeat_of_an_event_id_is_dropped_with_an_outcome(topology, make_error, flavour):
    async with topology(["process"]) as driver:
        event = make_error()
        for _ in range(4):
            await driver.pipe_event(event)
        await driver.pipe_event(make_error())
        await driver.settle()
        await disturb(driver, flavour)
        origins = {origin_of(record) for record in await driver.read("events-deduplicated")}
        assert len(origins) == 2
        ended = outcomes(await driver.read_json("outcomes-recorded"))
        assert sorted(ended.values()) == ["accepted", "accepted", "duplicate", "duplicate", "duplicate"]


async def test_the_same_id_in_another_project_is_another_event(topology, make_error):
    async with topology(["process"]) as driver:
        event = make_error()
        await driver.pipe_event(event, project=1)
        await driver.pipe_event(event, project=2)
        await driver.settle()
        assert len(await driver.read("events-fingerprinted")) == 2


async def test_an_id_is_forgotten_after_its_window(topology, make_error):
    async with topology(["process"], deduplicate_window=3600.0) as driver:
        event = make_error()
        await driver.pipe_event(event)
        await driver.settle()
        assert await driver.advance(1800) == 0
        assert await driver.advance(1900) == 1
        assert driver.table("seen") == {}
        await driver.pipe_event(event)
        await driver.settle()
        assert len(await driver.read("events-deduplicated")) == 2


async def test_the_bytes_are_untouched(topology):
    body = b'{ "event_id":"' + b"a" * 32 + b'",\n "message" : "h\\u00e9"}  '
    async with topology(["process"]) as driver:
        await driver.pipe_event(body, "a" * 32)
        await driver.settle()
        (record,) = await driver.read("events-deduplicated")
        assert record.value == body


async def test_what_is_no_event_ends_as_invalid(topology, make_error):
    async with topology(["process"]) as driver:
        await driver.pipe_event(b"[1, 2]", "b" * 32)
        await driver.pipe_event(make_error())
        await driver.settle()
        assert sorted(outcomes(await driver.read_json("outcomes-recorded")).values()) == [
            "accepted",
            "invalid",
        ]
        assert await driver.read("events-deduplicated-dlq") == []


async def test_a_record_without_headers_is_put_aside_and_harms_nothing_else(topology, make_error):
    async with topology(["process"]) as driver:
        await driver.pipe("events-deduplicated", b"1:x", b"{}", [])
        await driver.pipe_event(make_error())
        await driver.settle()
        (quarantined,) = await driver.read("events-deduplicated-dlq")
        headers = dict(quarantined.headers)
        assert headers[DLQ_AGENT] == b"fingerprint"
        assert b"origin" in headers[DLQ_REASON]
        assert len(await driver.read("events-fingerprinted")) == 1


async def test_a_repeat_without_headers_is_put_aside(topology, make_error):
    async with topology(["process"]) as driver:
        for _ in range(2):
            await driver.pipe("events-received", b"1:x", b"\xff\x00", [])
        await driver.pipe_event(make_error())
        await driver.settle()
        (first,) = await driver.read("events-deduplicated-dlq")
        (repeat,) = await driver.read("events-received-dlq")
        assert dict(first.headers)[DLQ_AGENT] == b"fingerprint"
        assert dict(repeat.headers)[DLQ_AGENT] == b"deduplicate"
        assert len(await driver.read("events-fingerprinted")) == 1


async def test_a_redriven_record_goes_through_once(topology, make_error):
    async with topology(["process"]) as driver:
        event = make_error()
        await driver.pipe_event(event)
        await driver.settle()
        (first,) = await driver.read("events-deduplicated")
        (received,) = await driver.read("events-received")
        headers = [*received.headers, (STANDS_FOR, origin_of(first).encode())]
        for _ in range(2):
            await driver.pipe("events-received", received.key, received.value, headers)
        await driver.settle()
        assert len(await driver.read("events-deduplicated")) == 2
