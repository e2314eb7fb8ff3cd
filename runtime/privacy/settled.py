"""Waits until all that was on the log at a moment has been applied and committed, so that nothing brings it back."""

from faust_app import TOPOLOGY
from runtime.context import Stream

#: Offsets that a topic's consumers have to reach, by (topic, partition).
Marks = dict[tuple[str, int], int]


class Settling:
    """Goes through the topics in flow order: once those who write a topic have committed what they read, its end is noted, and
    its own consumers have to commit up to there. So what was received before is stored in the end, and is not redelivered."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._topics = list(dict.fromkeys(node.consumes for node in TOPOLOGY))
        self._marks: Marks | None = None

    async def waits_for(self) -> str:
        """What is still on its way; empty once nothing is. To be called until then."""
        while self._topics:
            topic = self._topics[0]
            if self._marks is None:
                offsets = await self._stream.log.offsets(topic)
                self._marks = {(topic, at): end for at, (first, end) in offsets.items() if end > first}
            if behind := await self._behind(topic):
                return behind
            self._topics.pop(0)
            self._marks = None
        return ""

    async def _behind(self, topic: str) -> str:
        for stage in {node.stage for node in TOPOLOGY if node.consumes == topic}:
            if stage not in self._stream.stages:
                continue
            committed = await self._stream.log.committed(f"stacktide-{stage}")
            behind = sum(max(0, end - committed.get(place, 0)) for place, end in (self._marks or {}).items())
            if behind:
                return f"{stage} has {behind} records of {topic} to apply"
        return ""
