"""How far each agent is behind, and whether it moves."""

import asyncio
import time
from typing import NamedTuple

import structlog

import metrics
from faust_app import TOPOLOGY
from runtime.context import Context, Stream
from stores.errors import StoreError

log = structlog.get_logger(__name__)

_INTERVAL = 2.0


class AgentLag(NamedTuple):
    """Of one agent: records not yet committed, and for how many seconds none was although there was work."""

    agent: str
    topic: str
    lag: int
    stuck: float


async def measure(stream: Stream) -> dict[str, tuple[str, int, int]]:
    """By agent: its topic, the sum of its committed offsets, and its lag in records."""
    measured = {}
    committed_by_stage = {stage: await stream.log.committed(f"stacktide-{stage}") for stage in stream.stages}
    for node in TOPOLOGY:
        if node.stage not in stream.stages:
            continue
        committed = committed_by_stage[node.stage]
        done = lag = 0
        for partition, (first, end) in (await stream.log.offsets(node.consumes)).items():
            at = min(max(committed.get((node.consumes, partition), first), first), end)
            done += at
            lag += end - at
        measured[node.agent] = (node.consumes, done, lag)
    return measured


class LagMonitor:
    """Measures the lag of every agent every two seconds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._moved: dict[str, tuple[int, float]] = {}
        self.agents: list[AgentLag] = []

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            try:
                await self.update()
            except StoreError as error:
                log.warning("lag_unknown", error=str(error))
            await asyncio.sleep(_INTERVAL)

    async def update(self) -> None:
        """Measure once."""
        now = time.monotonic()
        agents = []
        for agent, (topic, done, lag) in (await measure(self._context)).items():
            before, since = self._moved.get(agent, (-1, now))
            if done != before or lag == 0:
                since = now
            self._moved[agent] = done, since
            metrics.AGENT_LAG.labels(agent, topic).set(lag)
            agents.append(AgentLag(agent, topic, lag, now - since))
        self.agents = agents
