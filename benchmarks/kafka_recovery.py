"""How long a worker without local state takes to recover its tables, before and after Kafka has compacted the changelog."""

import asyncio
import time
import uuid

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agents.deduplicate.step import Seen
from agents.stamped_table import StampedRow
from benchmarks.cluster import Cluster
from cluster.connection import connection_options
from cluster.log import KafkaLog
from cluster.sender import Sender
from schemas.headers import Position
from settings import Settings
from stores.ports import LogRecord

CHANGELOG = "stacktide-process-seen-changelog"
#: How often each row is written: what compaction can remove is all but the last.
_VERSIONS = 3
_BATCH = 2000


def measure_recovery(cluster: Cluster, rows: int) -> dict[str, dict[str, float]]:
    """Seconds until a worker of the process stage is ready: with an empty changelog, before and after compaction, and with
    its local state in place."""
    worker = cluster.start_worker("recovery-0", "process")
    worker.stop()
    results = {"no state": _start(cluster, "recovery-empty", 0)}
    written = asyncio.run(_write(cluster, rows))
    results["before compaction"] = _start(cluster, "recovery-before", written)
    kept = asyncio.run(_compact(cluster, rows))
    results["after compaction"] = _start(cluster, "recovery-after", kept)
    started = time.monotonic()
    cluster.parts["recovery-after"].start()
    results["with local state"] = {"seconds": time.monotonic() - started, "records": 0.0}
    cluster.parts["recovery-after"].stop()
    return results


def _start(cluster: Cluster, name: str, records: int) -> dict[str, float]:
    started = time.monotonic()
    part = cluster.start_worker(name, "process")
    seconds = time.monotonic() - started
    cpu = part.cpu_seconds()
    part.stop()
    return {"seconds": seconds, "cpu_seconds": cpu, "records": float(records)}


async def _write(cluster: Cluster, rows: int) -> int:
    """Write each row several times; returns how many records that makes."""
    sender = Sender(Settings.from_environment(cluster.environment), "bench")
    await sender.start()
    keys = [f"1:{uuid.uuid4().hex}".encode() for _ in range(rows)]
    for version in range(_VERSIONS):
        for first in range(0, rows, _BATCH):
            position = Position(0, 1, version)
            row = StampedRow(position.stamp, Seen(position, time.time()).encode()).encode()
            await sender.send_many(
                CHANGELOG, [LogRecord(key, row, []) for key in keys[first : first + _BATCH]]
            )
    await sender.stop()
    return rows * _VERSIONS


async def _compact(cluster: Cluster, rows: int) -> int:
    """Have Kafka compact the changelog at once; returns how many records it keeps."""
    settings = Settings.from_environment(cluster.environment)
    admin = AIOKafkaAdminClient(**connection_options(settings))
    await admin.start()
    eager = {
        "cleanup.policy": "compact",
        "segment.ms": "1000",
        "min.cleanable.dirty.ratio": "0.001",
        "max.compaction.lag.ms": "1000",
    }
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, CHANGELOG, eager)])
    await admin.close()
    # A segment is closed by the next record that comes after its time.
    sender = Sender(settings, "bench")
    await sender.start()
    log = KafkaLog(settings, "bench")
    kept, deadline = rows * _VERSIONS, time.monotonic() + 180
    while kept > rows * 1.1 and time.monotonic() < deadline:
        for partition in range(16):
            row = StampedRow((1, _VERSIONS), b"").encode()
            await sender.send_many(CHANGELOG, [LogRecord(b"closing", row, [])], partition=partition)
        await asyncio.sleep(5)
        kept = await _count(log)
    await sender.stop()
    await log.close()
    return kept


async def _count(log: KafkaLog) -> int:
    """Records that one partition keeps, times sixteen."""
    first, end = (await log.offsets(CHANGELOG))[0]
    kept, offset = 0, first
    while offset < end and (records := await log.read(CHANGELOG, 0, offset, 50_000)):
        kept += len(records)
        offset = records[-1].offset + 1
    return kept * 16
