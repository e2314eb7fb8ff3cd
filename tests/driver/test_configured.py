"""What a project has configured acts on its own events, and only on those that come afterwards."""

import json

import msgspec

from agents.fingerprint.assign import issue_id
from agents.fingerprint.live import write_live
from agents.fingerprint.versions import VERSIONS
from schemas.filters import Filters
from schemas.grouping import Condition, GroupingRule, GroupingSettings
from schemas.project import ProjectConfiguration
from schemas.records import Grouping
from schemas.scrubbing import CustomRule, Scrubbing
from tests.driver.test_process import outcomes

TOPIC = "projects-configured"


async def configure(driver, project, **parts):
    configuration = ProjectConfiguration(project, 1, **parts)
    await driver.pipe(TOPIC, b"%d" % project, msgspec.json.encode(configuration), [])


async def test_a_projects_configuration_acts_on_what_comes_after_it(topology, make_error):
    async with topology(["process"]) as driver:
        await driver.pipe_event(make_error(message="order ORD-1", release="1-dev"))
        await driver.settle()
        rule = CustomRule("order", pattern="ORD-[0-9]+", action="remove")
        await configure(driver, 1, scrubbing=Scrubbing(rules=(rule,)))
        await configure(driver, 2, filters=Filters(releases=("*-dev",)))
        for project in (1, 2):
            await driver.pipe_event(make_error(message="order ORD-2", release="1-dev"), project=project)
        await driver.settle()
        await driver.restart()
        await driver.pipe_event(make_error(message="order ORD-3", release="1-dev"), project=2)
        await driver.settle()
        values = [record.value for record in await driver.read("events-fingerprinted")]
        assert sorted(json.loads(value)["event"]["message"] for value in values) == ["order ", "order ORD-1"]
        ended = sorted(outcomes(await driver.read_json("outcomes-recorded")).values())
        assert ended == ["accepted", "accepted", "filtered", "filtered"]


async def test_a_configuration_that_cannot_be_used_leaves_the_earlier_one(topology, make_error):
    async with topology(["process"]) as driver:
        await configure(driver, 1, filters=Filters(least_level="error"))
        for refused in (b"{", b'{"project": 1, "filters": {"networks": ["none"]}}'):
            await driver.pipe(TOPIC, b"1", refused, [])
        await driver.pipe_event(make_error(level="info"))
        await driver.settle()
        assert await driver.read("events-fingerprinted") == []
        await driver.pipe(TOPIC, b"1", b"", [])
        await driver.pipe_event(make_error(level="info"))
        await driver.settle()
        assert len(await driver.read("events-fingerprinted")) == 1


async def test_rules_and_moves_of_grouping_hold_under_redelivery_and_restart(
    topology, make_error, monkeypatch
):
    monkeypatch.setitem(VERSIONS, "test", VERSIONS["v1"]._replace(name="test", group=by_type))
    async with topology(["process"]) as driver:
        await driver.pipe_event(make_error(message="order 1"))
        await driver.settle()
        (first,) = await driver.read_json("events-fingerprinted")
        rule = GroupingRule("hints", (Condition("level", ("info",)),), fingerprint=("hint", "{{ level }}"))
        live = write_live([first["issue_id"]])
        await configure(driver, 1, grouping=GroupingSettings("test", (rule,), ("v1",), live))
        others = {"where": "drop", "message": "cart 1"}, {"where": "move", "message": "x", "level": "info"}
        for fields in ({"message": "order 1"}, *others):
            await driver.pipe_event(make_error(**fields))
        await driver.settle()
        await driver.restart()
        await driver.redeliver()
        await driver.settle()
        issues = {
            event["event"]["message"]: (event["issue_id"], event["grouping"]["version"])
            for event in await driver.read_json("events-fingerprinted")
        }
        assert issues == {
            "order 1": (first["issue_id"], "v1"),
            "cart 1": (issue_id(1, "test", ("everything",)), "test"),
            "x": (issue_id(1, "test", ("hint", "info")), "test"),
        }


def by_type(event, given_by):
    fingerprint = event.fingerprint or ("everything",)
    return Grouping("test", given_by, fingerprint, (), "everything", "")
