"""Rules and alerts in tests of the topology."""

import json

import msgspec

from schemas.rules import Quiet, Rule, RuleConfiguration
from tests.driver.topology_driver import TopologyDriver

STAGES = ["process", "detect"]


def make_rule(condition, id=1, project=1, version=1, **parts) -> Rule:
    """A rule of project 1."""
    return Rule(id=id, project=project, version=version, name=f"rule {id}", condition=condition, **parts)


async def configure(driver: TopologyDriver, *items: Rule | Quiet) -> None:
    """Let rules and quiet times hold."""
    for item in items:
        kind = "rule" if isinstance(item, Rule) else "quiet"
        value = RuleConfiguration(**{kind: item})
        await driver.pipe("rules-configured", f"{kind}:{item.id}".encode(), msgspec.json.encode(value), [])


async def remove(driver: TopologyDriver, rule: int) -> None:
    """Remove a rule."""
    await driver.pipe("rules-configured", b"rule:%d" % rule, b"", [])


async def alerts(driver: TopologyDriver) -> list[dict]:
    """What is on alerts-evaluated, in order by time, each id once."""
    events = {}
    for record in await driver.read("alerts-evaluated"):
        event = json.loads(record.value)
        assert record.key == b"%d" % event["data"]["rule"]
        events.setdefault(event["id"], event["data"])
    return sorted(events.values(), key=lambda alert: alert.get("ended") or alert["started"])


def summary(found: list[dict]) -> list[tuple[int, str, str]]:
    """Rule, kind and state of alerts."""
    return [(alert["rule"], alert["kind"], alert["state"]) for alert in found]
