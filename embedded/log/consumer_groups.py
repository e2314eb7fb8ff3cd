"""The consumer groups of a log: their members and their offsets."""

import asyncio
from collections.abc import Mapping

from embedded.log.offsets import CommittedOffset
from embedded.log.open_log import OpenLog
from stores.errors import StoreRejected


class ConsumerGroups(OpenLog):
    """Keeps how far each group has come, and who is in it."""

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """Next offset to be consumed by a consumer group, by (topic, partition).

        Offsets of a topic that has been made anew since are left out.
        """
        return {
            (offset.topic, offset.partition): offset.offset
            for offset in self._offsets.committed(group)
            if offset.topic in self._topics and self._generation_of(offset.topic) == offset.generation
        }

    async def commit(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Commit the next offsets to be consumed by a group, by (topic, partition): all durably, or none.

        Raises:
            StoreRejected: an offset lies beyond what is durable, or there is no such partition.
            StoreUnavailable: they could not be written.
        """
        for (topic, partition), offset in offsets.items():
            if not 0 <= offset <= self._topics.partition(topic, partition).end:
                raise StoreRejected(
                    f"Offset {offset} of {topic}/{partition} cannot be committed: it does not exist."
                )
        if offsets:
            await asyncio.shield(
                self._writer.commit(
                    CommittedOffset(group, topic, partition, self._generation_of(topic), offset)
                    for (topic, partition), offset in offsets.items()
                )
            )

    def join(self, group: str, member: object) -> None:
        """Take a consumer group for one member.

        Raises:
            StoreRejected: another has it.
        """
        if self._members.setdefault(group, member) is not member:
            raise StoreRejected(
                f"The consumer group {group} has a member already. A group of the embedded log has one: give the other app "
                "an id of its own, or stop the first."
            )

    def leave(self, group: str, member: object) -> None:
        """Give a group up."""
        if self._members.get(group) is member:
            del self._members[group]

    def _generation_of(self, topic: str) -> int:
        return self._topics.get(topic).metadata.generation
