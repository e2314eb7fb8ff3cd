"""The live figures of the topology."""

import asyncio
import time
from typing import Any, NamedTuple

import metrics
from faust_app import TOPOLOGY, Node
from runtime.context import Stream
from runtime.lag import measure
from runtime.operation import operation

#: Of an agent: records per second, lag, mean batch size, and CPU µs a record.
Figures = dict[str, float | None]


class Reading(NamedTuple):
    """How far every agent was at one moment: ``at`` in seconds that only rise, ``measured`` as ``runtime.lag.measure`` gives
    it, and ``counted`` of each agent in this process the records, batches and CPU seconds."""

    at: float
    measured: dict[str, tuple[str, int, int]]
    counted: dict[str, tuple[float, float, float]]


@operation
async def topology_live(stream: Stream, seconds: float = 2.0) -> dict[str, Figures]:
    """By agent, over some seconds: records per second and lag, by the committed offsets; and, of the agents in this process,
    mean batch size and CPU µs a record of their own code (None elsewhere)."""
    before = await read_figures(stream)
    await asyncio.sleep(min(max(seconds, 0.1), 60.0))
    return figures_between(before, await read_figures(stream))


async def read_figures(stream: Stream) -> Reading:
    """Where every agent is now.

    Raises:
        StoreUnavailable: the log cannot be reached.
    """
    return Reading(time.monotonic(), await measure(stream), _counted())


def figures_between(before: Reading, after: Reading) -> dict[str, Figures]:
    """What two readings say of each agent."""
    elapsed = max(after.at - before.at, 1e-3)
    result: dict[str, Figures] = {}
    for agent, (_, done, lag) in after.measured.items():
        records, batches, cpu = (
            late - early
            for late, early in zip(after.counted[agent], before.counted.get(agent, (0, 0, 0)), strict=True)
        )
        done_before = before.measured[agent][1] if agent in before.measured else done
        result[agent] = {
            "rate": (done - done_before) / elapsed,
            "lag": lag,
            "batch": records / batches if batches else None,
            "cpu_us": cpu / records * 1e6 if records else None,
        }
    return result


def node_as_json(node: Node, figures: Figures | None) -> dict[str, Any]:
    """An agent of the topology, with its figures under ``live`` where there are any."""
    plain = {name: value for name, value in node._asdict().items() if name != "attach"}
    return {**plain, **({"live": figures} if figures is not None else {})}


def _counted() -> dict[str, tuple[float, float, float]]:
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
