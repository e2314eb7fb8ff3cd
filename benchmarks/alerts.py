"""Alert rules: what they cost an event, and what their states take. ``alert_latency.py`` tells how soon one fires.

``python -m benchmarks.alerts cost [seconds]`` gives 1,000 events a second of 200 projects to ``match`` and ``evaluate`` with
1,000 rules, and again without any; the difference in CPU time is what the rules cost.

``python -m benchmarks.alerts memory`` fills the states of many scopes.
"""

import asyncio
import json
import sys
import tempfile
import time
import tracemalloc
import uuid
from pathlib import Path
from typing import Any

import msgspec
import uvloop

import metrics
from agents.evaluate import agent as evaluate
from agents.evaluate.step import Moment, add_event, new_state
from agents.fingerprint.config import config_of
from agents.fingerprint.step import fingerprint
from agents.match import agent as match
from agents.rules.compiled import compile_rule
from agents.stage import StageApp, StageConfig
from benchmarks.backlog import remaining
from benchmarks.events import make_event
from embedded.context import PARTITIONS
from embedded.log import Log
from runtime.garbage import calm_garbage_collector
from schemas.headers import ORIGIN, Position, Received
from schemas.project import ProjectConfiguration
from schemas.records import FingerprintedEvent
from schemas.rules import (
    Change,
    Condition,
    Count,
    CountedEvent,
    Rate,
    Rule,
    RuleConfiguration,
    Silence,
    Users,
)
from settings import Settings
from stores.ports import LogRecord
from topics import planned_topics

PROJECTS = 200
COST_RATE = 1000

#: The five rules of each project.
_MIX: tuple[tuple[Condition, dict[str, Any]], ...] = (
    (Count(window=300, above=1_000_000), {"query": "level:error"}),
    (Rate(window=600, above=1_000_000.0), {"per": "issue"}),
    (Users(window=3600, above=1_000_000), {"environment": "production"}),
    (Change(window=3600, percent=1000.0), {"query": "!logger:noise* platform:python"}),
    (Silence(window=3600), {}),
)


async def measure_cost(folder: Path, seconds: float, rules: int) -> dict[str, float]:
    """CPU time of a process that is given ``COST_RATE`` events a second, in µs an event."""
    settings = Settings(data=folder)
    log = Log.shared(folder / "log")
    await log.start()
    await log.create_topics(planned_topics(PARTITIONS))
    await _configure(log, rules)
    app = StageApp(
        StageConfig(settings, "stacktide-detect", f"embedded://{folder / 'log'}", PARTITIONS, log=log)
    )
    app.failure = asyncio.get_running_loop().create_future()
    match.attach(app)
    evaluate.attach(app)
    records = _fingerprinted(int(COST_RATE * seconds))
    await app.start()
    while not app.is_settled:
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    started, cpu = time.monotonic(), time.process_time()
    for first in range(0, len(records), 20):
        await asyncio.sleep(max(0.0, started + first / COST_RATE - time.monotonic()))
        await log.send("events-fingerprinted", records[first : first + 20])
    while await remaining(log, "stacktide-detect", ["events-fingerprinted", "rules-matched"]):
        await asyncio.sleep(0.05)
    cpu, taken = time.process_time() - cpu, time.monotonic() - started
    await app.stop()
    await log.close()
    own = {
        f"{name}_own_us_per_event": metrics.AGENT_SECONDS.labels(name)._value.get() / len(records) * 1e6
        for name in (match.NAME, evaluate.NAME)
    }
    return {
        "cpu_us_per_event": cpu / len(records) * 1e6,
        "events_per_second": len(records) / taken,
        **own,
    }


async def _configure(log: Log, rules: int) -> None:
    for number in range(rules):
        condition, parts = _MIX[number // PROJECTS % len(_MIX)]
        rule = Rule(
            id=number + 1,
            project=number % PROJECTS + 1,
            version=1,
            name=f"rule {number}",
            condition=condition,
            **parts,
        )
        value = msgspec.json.encode(RuleConfiguration(rule))
        await log.send("rules-configured", [LogRecord(b"rule:%d" % rule.id, value, [])])


def _fingerprinted(count: int) -> list[LogRecord]:
    config = config_of(ProjectConfiguration(1), Settings())
    records = []
    for serial in range(count):
        event = make_event(serial % 200, serial, 2048)
        event |= {
            "event_id": uuid.uuid4().hex,
            "user": {"id": str(serial % 5000)},
            "environment": "production",
        }
        event.pop("timestamp", None)
        project = serial % PROJECTS + 1
        received = Received(
            project, 1, event["event_id"], time.time(), "", "127.0.0.1", "bench/1", "envelope"
        )
        result = fingerprint(received, json.dumps(event).encode(), config)
        assert isinstance(result, FingerprintedEvent)
        headers = [*received.encode(), (ORIGIN, Position(0, 1, serial).encode())]
        records.append(LogRecord(result.issue_id.encode(), msgspec.json.encode(result), headers))
    return records


def measure_memory(scopes: int = 2000) -> dict[str, float]:
    """Bytes of a scope's state: with one bucket, and of each further one."""
    rule = compile_rule(Rule(id=1, project=1, version=1, name="r", condition=Count(window=300, above=1e9)))
    now = time.time()
    moment = Moment(now, 600.0, 10, lambda _rule, _scope, _at: False)
    sizes = []
    for buckets in (1, 60):
        tracemalloc.start()
        states = []
        for scope in range(scopes):
            state = new_state(rule, {"issue": f"{scope:032x}"}, now)
            for bucket in range(buckets):
                at = now - 10 * bucket
                event = CountedEvent((0, 0, 0), "", at, "", "", "", "", "", "", "", None, ())
                add_event(rule, state, event, moment)
            states.append(state)
        sizes.append(tracemalloc.get_traced_memory()[0] / scopes)
        tracemalloc.stop()
    return {"bytes_of_a_scope": sizes[0], "bytes_of_a_bucket": (sizes[1] - sizes[0]) / 59}


def main() -> None:
    """Measure what the arguments say and print the figures as JSON."""
    what, seconds = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    calm_garbage_collector()
    with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as name:
        folder = Path(name)
        if what == "cost":
            figures: Any = {
                f"{rules} rules": uvloop.run(measure_cost(folder / str(rules), seconds, rules))
                for rules in (0, 1000)
            }
        else:
            figures = measure_memory()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
