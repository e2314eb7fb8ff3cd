"""``stacktide worker notify`` on a real Kafka and a real PostgreSQL: two of them, one of which is killed."""

import asyncio
import os
import sys
import uuid
from collections import Counter

import asyncpg

from agents.notify.render.webhook import new_secret
from cluster.log import KafkaLog
from schemas.channels import Channel, WebhookTarget
from settings import Settings
from stores.operational import SqlOperationalStore
from stores.ports import LogRecord
from stores.vault import Vault, keys_of
from tests.driver.topology_driver import delete_topics
from tests.notify.alerts import alert_event, encoded
from tests.notify.receivers import HttpReceiver
from topics import planned_topics

KEY = "0123456789abcdef0123456789abcdef"
ALERTS = 60


async def new_database(server):
    name = f"d{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(server.url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await connection.close()
    return f"{server.url.rpartition('/')[0]}/{name}"


async def start(environment, folder):
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "commands", "worker", "notify", "--data", str(folder)),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def test_two_workers_share_the_channels_and_one_may_die(kafka_server, postgres_server, tmp_path):
    await delete_topics(kafka_server.addresses)
    database = await new_database(postgres_server)
    environment = {
        "STACKTIDE_KAFKA": kafka_server.addresses,
        "STACKTIDE_DATABASE_URL": database,
        "STACKTIDE_SECRET_KEY": KEY,
        "STACKTIDE_KAFKA_SESSION_TIMEOUT": "6",
        "STACKTIDE_NOTIFY_PRIVATE_ADDRESSES": "true",
        "STACKTIDE_NOTIFICATION_TIMEOUT": "2",
    }
    log = KafkaLog(Settings(kafka=kafka_server.addresses), "test")
    await log.create_topics(planned_topics(3))
    store = SqlOperationalStore(database, vault=Vault(keys_of(KEY)))
    await store.migrate()
    await store.add_project("shop")
    async with HttpReceiver() as receiver:
        targets = [WebhookTarget(f"{receiver.url}/{n}", new_secret()) for n in range(4)]
        channels = tuple(
            [(await store.channels.add(Channel(0, 1, "hook", target))).channel.id for target in targets]
        )
        workers = [await start(environment, tmp_path / f"w{n}") for n in range(2)]

        async def fire(first, last):
            for number in range(first, last):
                event = alert_event(number, channels, rule=number % 7)
                await log.send("alerts-evaluated", [LogRecord(b"%d" % (number % 7), encoded(event), [])])

        async def received(count):
            while len({request.headers["Idempotency-Key"] for request in receiver.requests}) < count:
                await asyncio.sleep(0.05)

        await fire(0, ALERTS // 2)
        await received(8)
        workers[0].kill()
        await fire(ALERTS // 2, ALERTS)
        await received(4 * ALERTS)
        workers[1].terminate()
        assert await asyncio.wait_for(workers[1].wait(), 30) == 0
        await workers[0].wait()
    assert await store.sending.pending() == {}
    times = Counter(request.headers["Idempotency-Key"] for request in receiver.requests)
    assert len(times) == 4 * ALERTS
    # Of each channel at most the message that was under way.
    assert sum(times.values()) <= 4 * ALERTS + len(channels)
    await store.close()
    await log.close()
