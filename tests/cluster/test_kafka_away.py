"""Kafka is away while a stage runs: the stage waits, and goes on where it was."""

import asyncio
from pathlib import Path

import pytest

from infra.servers.kafka import Kafka
from tests.contract.stages import add_counter, counts, numbered, on_kafka, running

pytestmark = [pytest.mark.servers, pytest.mark.slow]

#: More than the consumer's session, so that the group has to be joined again.
AWAY_SECONDS = 8.0


async def test_a_stage_outlives_its_broker(tmp_path: Path) -> None:
    server = Kafka(tmp_path / "kafka")
    await asyncio.to_thread(server.start)
    bench = on_kafka(server.addresses, tmp_path)
    try:
        await bench.make_topic()
        app = bench.stage()
        table = add_counter(app, bench.topic)
        async with running(app):
            await bench.send(numbered(100))
            await bench.until_committed(100)
            server.kill()
            await asyncio.sleep(AWAY_SECONDS)
            await asyncio.to_thread(server.restart)
            other = on_kafka(server.addresses, tmp_path)
            await other.log.send(bench.topic, numbered(100, first=100))
            await other.log.close()
            await bench.until_committed(200, 60)
            assert counts(table) == {b"k%d" % key: 40 for key in range(5)}
    finally:
        await bench.log.close()
        await asyncio.to_thread(server.stop)
