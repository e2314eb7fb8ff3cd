"""The live figures of the topology."""

import asyncio
import time
from typing import Any

import metrics
from embedded.context import Context
from embedded.lag import measure
from embedded.operation import operation
from faust_app import TOPOLOGY


@operation
async def topology_live(context: Context, seconds: float = 2.0) -> dict[str, dict[str, float]]:
    """By agent, over some seconds: records per second, lag, mean batch size, and CPU µs a record of its own code."""
    before, started = _read(), time.monotonic()
    await asyncio.sleep(min(max(seconds, 0.1), 60.0))
    after, elapsed = _read(), time.monotonic() - started
    result = {}
    for agent, (_, _, lag) in (await measure(context)).items():
        records, batches, cpu = (
            late - early for late, early in zip(after[agent], before.get(agent, (0, 0, 0)), strict=True)
        )
        result[agent] = {
            "rate": records / elapsed,
            "lag": lag,
            "batch": records / batches if batches else 0.0,
            "cpu_us": cpu / records * 1e6 if records else 0.0,
        }
    return result


def _read() -> dict[str, tuple[float, float, float]]:
    """Of each agent in this process: records, batches, CPU seconds."""

    def values(counter: Any) -> dict[str, float]:
        return {
            sample.labels["agent"]: sample.value
            for family in counter.collect()
            for sample in family.samples
            if sample.name.endswith("_total")
        }

    records, batches, cpu = map(values, (metrics.AGENT_RECORDS, metrics.AGENT_BATCHES, metrics.AGENT_SECONDS))
    return {
        node.agent: (records.get(node.agent, 0), batches.get(node.agent, 0), cpu.get(node.agent, 0))
        for node in TOPOLOGY
    }
