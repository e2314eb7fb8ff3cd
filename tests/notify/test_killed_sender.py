"""kill -9 in the middle of sending: every alert arrives, and what arrives twice can be told by its key."""

import asyncio
import random
import signal
import sys
from pathlib import Path

from agents.notify.render.webhook import new_secret
from schemas.channels import Channel, WebhookTarget
from stores.operational import SqlOperationalStore
from stores.operational.deliveries import DeliverySearch, NewDelivery
from stores.vault import Vault
from tests.notify.alerts import alert_event
from tests.notify.receivers import HttpReceiver
from tests.notify.sending_child import KEY

CHILD = Path(__file__).parent / "sending_child.py"
ALERTS, KILLS = 80, 2


async def start(url):
    child = await asyncio.create_subprocess_exec(
        sys.executable, CHILD, url, stdout=asyncio.subprocess.PIPE, cwd=CHILD.parents[2],
        env={"PYTHONPATH": str(CHILD.parents[2])},
    )  # fmt: skip
    await child.stdout.readline()
    return child


async def test_every_alert_arrives_although_the_sender_is_killed(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3"
    store = SqlOperationalStore(url, vault=Vault([KEY]))
    await store.migrate()
    await store.add_project("shop")
    async with HttpReceiver() as receiver:
        channels = []
        for path in ("/a", "/b"):
            target = WebhookTarget(receiver.url + path, new_secret())
            channels.append((await store.channels.add(Channel(0, 1, path, target))).channel.id)
        wanted = [
            NewDelivery(channel, "firing", alert_event(number))
            for number in range(ALERTS)
            for channel in channels
        ]
        await store.deliveries.queue(wanted, 3600.0)
        child = await start(url)
        for kill in range(1, KILLS + 1):
            while len(receiver.requests) < kill * 2 * ALERTS / (KILLS + 2):
                await asyncio.sleep(0.001)
            await asyncio.sleep(random.random() * 0.01)
            child.send_signal(signal.SIGKILL)
            await child.wait()
            child = await start(url)
        while await store.sending.pending():
            await asyncio.sleep(0.02)
        child.terminate()
        await child.wait()
    keys = [request.headers["Idempotency-Key"] for request in receiver.requests]
    assert len(set(keys)) == 2 * ALERTS
    assert len(keys) <= 2 * ALERTS + KILLS * len(channels), "more than what was under way was sent again"
    found = await store.deliveries.find(DeliverySearch(1, 0.0, None, 1000))
    assert {delivery.outcome for delivery in found} == {"delivered"}
    await store.close()
