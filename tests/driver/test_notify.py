"""notify on the whole log: each alert reaches its channels once, whatever is redelivered, copied or restarted."""

import asyncio

import pytest

from agents.notify.dispatch import Dispatcher
from agents.notify.render.webhook import new_secret
from agents.stage import Stores
from schemas.channels import Channel, WebhookTarget
from settings import Settings
from stores.archive.folder import FolderArchive
from stores.errors import StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.vault import Vault
from tests.notify.alerts import alert_event, encoded
from tests.notify.receivers import HttpReceiver

FLAVOURS = ["straight", "copied", "redelivered", "restarted", "everything"]


@pytest.fixture
async def operational(tmp_path):
    url = f"sqlite+aiosqlite:///{tmp_path}/operational.sqlite3"
    store = SqlOperationalStore(url, vault=Vault(["k" * 32]))
    await store.migrate()
    await store.add_project("shop")
    yield store
    await store.close()


@pytest.fixture
async def receiver():
    async with HttpReceiver() as receiver:
        yield receiver


def stores(operational, tmp_path):
    return Stores(None, FolderArchive(tmp_path / "archive"), operational=operational)


async def hook(operational, receiver, path):
    target = WebhookTarget(f"{receiver.url}{path}", new_secret())
    return (await operational.channels.add(Channel(0, 1, path, target))).channel.id


async def pipe(driver, *events):
    for event in events:
        await driver.pipe("alerts-evaluated", b"%d" % event.data.rule, encoded(event), [])


def dispatcher(operational):
    async def no_trend(told):
        return ()

    return Dispatcher(Settings(notify_private_addresses=True), operational, no_trend)


async def disturb(driver, flavour):
    if flavour in ("copied", "everything"):
        await driver.copy("alerts-evaluated")
    if flavour in ("redelivered", "everything"):
        await driver.redeliver(forget_state=True)
    if flavour == "restarted":
        await driver.restart()
    await driver.settle()


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_each_alert_reaches_each_channel_once(topology, operational, receiver, tmp_path, flavour):
    channels = [await hook(operational, receiver, path) for path in ("/a", "/b")]
    async with topology(["notify"], stores(operational, tmp_path)) as driver:
        sending = asyncio.ensure_future(dispatcher(operational).run())
        for number in range(12):
            event = alert_event(number, (*channels, 999), rule=number % 3)
            await pipe(driver, event)
            if number == 5:
                await driver.settle()
                await disturb(driver, flavour)
        await driver.settle()
        await disturb(driver, flavour)
        await pipe(
            driver, *(alert_event(n, tuple(channels), rule=n % 3, state="resolved") for n in range(12))
        )
        await driver.settle()
        while await operational.sending.pending():
            await asyncio.sleep(0.01)
        sending.cancel()
        await asyncio.wait({sending})
    for path in ("/a", "/b"):
        told = [r.json["id"] for r in receiver.requests if r.path == path]
        assert len(told) == 24 and len(set(told)) == 24
        for number in range(12):
            assert told.index(f"{number:032x}:firing") < told.index(f"{number:032x}:resolved")


async def test_what_is_no_alert_is_put_aside(topology, operational, receiver, tmp_path):
    channel = await hook(operational, receiver, "/a")
    async with topology(["notify"], stores(operational, tmp_path)) as driver:
        for bad in (b"", b"{}", encoded(alert_event(1, (channel,), alert_id="1 OR 1"))):
            await driver.pipe("alerts-evaluated", b"1", bad, [])
        await pipe(driver, alert_event(2, (channel,)))
        await driver.settle()
        assert len(await driver.read("alerts-evaluated-dlq")) == 3
    assert await operational.sending.pending() == {"webhook": 1}


async def test_a_store_that_is_away_is_waited_for(topology, operational, receiver, tmp_path, monkeypatch):
    channel = await hook(operational, receiver, "/a")
    queue, failures = operational.deliveries.queue, [StoreUnavailable("away")] * 3

    async def fail_at_first(*arguments):
        if failures:
            raise failures.pop()
        return await queue(*arguments)

    monkeypatch.setattr(operational.deliveries, "queue", fail_at_first)
    async with topology(["notify"], stores(operational, tmp_path)) as driver:
        await pipe(driver, alert_event(1, (channel,)))
        await driver.settle()
    assert await operational.sending.pending() == {"webhook": 1}
