"""The log against a model: whatever happens in whatever order, what was acknowledged is there."""

import asyncio
import random
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from embedded.log import Log, TopicConfig
from stores.ports import LogRecord

PARTITIONS = 2


class LogMachine(RuleBasedStateMachine):
    """A topic that keeps everything, one that is compacted, and a consumer group."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        self.kept: list[list[bytes]] = [[] for _ in range(PARTITIONS)]
        self.latest: dict[bytes, bytes | None] = {}
        self.table_end = 0
        self.committed = -1
        self.open()

    def open(self) -> None:
        self.log = Log.open(
            self.folder, fsync=False, segment_bytes=2000, maintenance_interval=3600.0, linger=0.0
        )
        self.loop.run_until_complete(self.log.start())
        self.log.create_topic("kept", PARTITIONS)
        self.log.create_topic("table", 1, TopicConfig(compact=True, delete=False))

    @rule(
        partition=st.integers(0, PARTITIONS - 1), sizes=st.lists(st.integers(0, 400), min_size=1, max_size=8)
    )
    def append(self, partition: int, sizes: list[int]) -> None:
        values = [b"%d " % len(self.kept[partition]) + b"x" * size for size in sizes]

        async def append() -> int:
            return await self.log.append("kept", partition, [LogRecord(None, value, []) for value in values])

        assert self.loop.run_until_complete(append()) == len(self.kept[partition])
        self.kept[partition] += values

    @rule(key=st.sampled_from([b"a", b"b", b"c"]), size=st.one_of(st.none(), st.integers(0, 300)))
    def change(self, key: bytes, size: int | None) -> None:
        self.latest[key] = None if size is None else b"x" * size
        self.loop.run_until_complete(self.log.send("table", [LogRecord(key, self.latest[key], [])]))
        self.table_end += 1

    @rule(part=st.floats(0, 1))
    def commit(self, part: float) -> None:
        self.committed = int(len(self.kept[0]) * part)
        self.loop.run_until_complete(self.log.commit("group", {("kept", 0): self.committed}))

    @rule()
    def maintain(self) -> None:
        self.loop.run_until_complete(self.log.maintain())

    @rule()
    def reopen(self) -> None:
        self.loop.run_until_complete(self.log.close())
        self.open()

    @rule(torn=st.binary(max_size=80))
    def crash(self, torn: bytes) -> None:
        """The process dies; the newest segments may have got bytes that were never acknowledged."""
        self.log.abandon()
        self.loop.run_until_complete(asyncio.sleep(0))
        for partition in range(PARTITIONS):
            if newest := self.newest(partition):
                newest.write_bytes(newest.read_bytes() + torn)
        self.open()

    @rule(partition=st.integers(0, PARTITIONS - 1), part=st.floats(0, 1))
    def lose_the_end(self, partition: int, part: float) -> None:
        """The disk loses the end of a file: a prefix is left, and the log goes on behind it."""
        self.log.abandon()
        self.loop.run_until_complete(asyncio.sleep(0))
        if newest := self.newest(partition):
            content = newest.read_bytes()
            newest.write_bytes(content[: int(len(content) * part)])
        self.open()
        left = self.read("kept", partition)
        assert left == self.kept[partition][: len(left)]
        del self.kept[partition][len(left) :]
        if partition == 0:
            self.committed = -1 if self.committed < 0 else min(self.committed, len(left))
            if self.committed >= 0:
                self.loop.run_until_complete(self.log.commit("group", {("kept", 0): self.committed}))

    def newest(self, partition: int) -> Path | None:
        paths = sorted((self.folder / "topics/kept" / str(partition)).glob("*.log"))
        return paths[-1] if paths else None

    def read(self, topic: str, partition: int) -> list[bytes | None]:
        return [record.value for record in self.records(topic, partition)]

    def records(self, topic: str, partition: int) -> list:
        found: list = []
        step = random.Random(len(self.kept[0])).randrange(1, 9)
        offset = 0
        while batch := self.loop.run_until_complete(self.log.read(topic, partition, offset, step)):
            found += batch
            offset = batch[-1].offset + 1
        return found

    @invariant()
    def everything_acknowledged_is_there(self) -> None:
        for partition in range(PARTITIONS):
            assert self.read("kept", partition) == self.kept[partition]
        table = self.records("table", 0)
        assert {record.key: record.value for record in table} == self.latest
        assert not table or table[-1].offset == self.table_end - 1
        committed = self.loop.run_until_complete(self.log.committed("group"))
        assert committed.get(("kept", 0), -1) == self.committed

    def teardown(self) -> None:
        self.loop.run_until_complete(self.log.close())
        self.loop.close()
        shutil.rmtree(self.folder)


LogMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestLogModel = LogMachine.TestCase
