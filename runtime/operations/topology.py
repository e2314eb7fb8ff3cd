"""The live figures of the topology."""

import asyncio
import time
from typing import Any

import metrics
from faust_app import TOPOLOGY
from runtime.context import Context
from runtime.lag import measure
from runtime.operation import operation


@operation
async def topology_live(context: Context, seconds: float = 2.0) -> dict[str, dict[str, float | None]]:
    """By agent, over some seconds: records per second and lag, by the committed offsets; and, of the agents in this process,
    mean batch size and CPU µs a record of their own code (None elsewhere)."""
    before, done_before, started = _read(), await measure(context), time.monotonic()
    await asyncio.sleep(min(max(seconds, 0.1), 60.0))
    after, done_after, elapsed = _read(), await measure(context), time.monotonic() - started
    result: dict[str, dict[str, float | None]] = {}
    for agent, (_, done, lag) in done_after.items():
        records, batches, cpu = (
            late - early for late, early in zip(after[agent], before.get(agent, (0, 0, 0)), strict=True)
        )
        result[agent] = {
            "rate": (done - done_before[agent][1]) / elapsed,
            "lag": lag,
            "batch": records / batches if batches else None,
            "cpu_us": cpu / records * 1e6 if records else None,
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
