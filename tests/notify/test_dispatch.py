"""Queued deliveries are sent once each, in order, within budgets; a dead channel holds up only itself."""

import asyncio

import pytest
from msgspec.structs import replace

from agents.notify.dispatch import Dispatcher
from agents.notify.render.webhook import new_secret
from schemas.channels import Channel, PagerDutyTarget, SlackTarget, WebhookTarget
from settings import Settings
from stores.errors import StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.operational.deliveries import DeliverySearch, NewDelivery
from stores.vault import Vault
from tests.driver.topology_driver import NOW
from tests.notify.alerts import alert_event
from tests.notify.receivers import HttpReceiver

DAY = 86_400.0


class Notifying:
    """A store with one project, a receiver, and a clock that a test moves."""

    def __init__(self, store, receiver):
        self.store, self.receiver = store, receiver
        self.now = NOW

    def dispatcher(self, **settings):
        given = {
            "notify_private_addresses": True,
            "pagerduty_url": self.receiver.url,
            "notification_timeout": 2.0,
        }

        async def no_trend(told):
            return ()

        return Dispatcher(Settings(**{**given, **settings}), self.store, no_trend, lambda: self.now)

    async def webhook(self, path="/hook", url=None, **fields):
        target = WebhookTarget(url or f"{self.receiver.url}{path}", new_secret())
        return (await self.store.channels.add(Channel(0, 1, "hook", target, **fields))).channel.id

    async def slack(self, **fields):
        target = SlackTarget(webhook_url=f"{self.receiver.url}/slack")
        return (await self.store.channels.add(Channel(0, 1, "slack", target, **fields))).channel.id

    async def queue(self, *channels, number=1, state="firing"):
        event = alert_event(number, channels, state=state)
        return await self.store.deliveries.queue([NewDelivery(c, state, event) for c in channels], DAY)

    async def dispatch(self, dispatcher=None, **settings):
        dispatcher = dispatcher or self.dispatcher(**settings)
        begun = await dispatcher.start_due()
        await dispatcher.finish()
        return begun

    async def deliveries(self, **search):
        return await self.store.deliveries.find(DeliverySearch(1, 0.0, None, 1000, **search))

    async def outcomes(self, **search):
        return [d.outcome for d in reversed(await self.deliveries(**search))]

    def received(self, path="/hook"):
        return [request for request in self.receiver.requests if request.path == path]


@pytest.fixture
async def notifying(tmp_path):
    async with HttpReceiver() as receiver:
        store = SqlOperationalStore(
            f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3", lambda: made.now, vault=Vault(["k" * 32])
        )
        made = Notifying(store, receiver)
        await store.migrate()
        await store.add_project("shop")
        yield made
        await store.close()


async def test_each_state_of_an_alert_is_sent_once_and_in_order(notifying):
    channel = await notifying.webhook()
    assert await notifying.queue(channel) == 1
    assert await notifying.queue(channel) == 0
    await notifying.queue(channel, state="resolved")
    assert await notifying.dispatch() == 1
    assert await notifying.dispatch() == 0
    assert [r.json["data"]["state"] for r in notifying.received()] == ["firing", "resolved"]
    assert await notifying.queue(channel) == 0
    assert await notifying.outcomes() == ["delivered", "delivered"]
    (attempt,) = (await notifying.deliveries())[0].attempts
    assert attempt.outcome == "delivered" and "200" in attempt.detail


async def test_a_dead_channel_holds_up_only_itself(notifying):
    dead = await notifying.webhook(url="http://127.0.0.1:1/")
    live = await notifying.webhook()
    for number in range(5):
        await notifying.queue(dead, live, number=number)
    await notifying.dispatch()
    assert len(notifying.received()) == 5
    assert await notifying.outcomes(channel=dead) == ["pending"] * 5
    attempts = [len(d.attempts) for d in await notifying.deliveries(channel=dead)]
    assert sum(attempts) == 1, "a channel that is away was tried again at once"
    notifying.now += 4
    assert await notifying.dispatch() == 0
    notifying.now += 2
    assert await notifying.dispatch() == 1
    await notifying.queue(dead, live, number=9)
    await notifying.dispatch()
    assert len(notifying.received()) == 6
    notifying.now += DAY
    await notifying.dispatch()
    assert await notifying.outcomes(channel=dead) == ["expired"] * 6


async def test_a_resolved_alert_waits_for_its_firing(notifying):
    channel = await notifying.webhook()
    notifying.receiver.answering = lambda request: (503, b"", {"Retry-After": "60"})
    await notifying.queue(channel)
    await notifying.dispatch()
    await notifying.queue(channel, state="resolved")
    await notifying.queue(channel, number=2)
    notifying.receiver.answering = lambda request: (200, b"", {})
    notifying.now += 59
    assert await notifying.dispatch() == 0, "the receiver asked for a minute"
    notifying.now += 2
    notifying.receiver.requests.clear()
    await notifying.dispatch()
    told = [(r.json["data"]["alert_id"][-1], r.json["data"]["state"]) for r in notifying.received()]
    assert told.index(("1", "firing")) < told.index(("1", "resolved")) and len(told) == 3
    keys = [r.headers["Idempotency-Key"] for r in notifying.received()]
    assert len(set(keys)) == 3


async def test_what_is_refused_is_not_tried_again_and_holds_up_nothing(notifying):
    channel = await notifying.webhook()
    notifying.receiver.answering = lambda request: (
        400 if request.json["data"]["alert_id"].endswith("1") else 200,
        b"no",
        {},
    )
    await notifying.queue(channel, number=1)
    await notifying.queue(channel, number=2)
    await notifying.dispatch()
    assert await notifying.outcomes() == ["refused", "delivered"]


async def test_budgets_make_digests_for_people_but_not_for_programs(notifying):
    slack, hook = await notifying.slack(budget=4), await notifying.webhook(budget=4)
    for number in range(20):
        await notifying.queue(slack, hook, number=number)
    await notifying.dispatch()
    texts = [r.json["text"] for r in notifying.received("/slack")]
    assert texts == ["Alert 0", "19 alerts of 1 rule"]
    assert len(notifying.received()) == 20
    assert set(await notifying.outcomes()) == {"delivered"}
    for number in range(30, 33):
        await notifying.queue(slack, number=number)
    assert await notifying.dispatch() == 1
    assert len(notifying.received("/slack")) == 2
    notifying.now += 1801
    await notifying.dispatch()
    assert notifying.received("/slack")[-1].json["text"] == "3 alerts of 1 rule"
    assert "In a digest of 3" in (await notifying.deliveries())[0].detail


async def test_a_crash_between_sending_and_noting_sends_the_same_again(notifying, monkeypatch):
    channel = await notifying.webhook()
    await notifying.queue(channel)
    record = notifying.store.sending.record

    async def crash(results):
        raise StoreUnavailable("the store went away just now")

    monkeypatch.setattr(notifying.store.sending, "record", crash)
    await notifying.dispatch()
    monkeypatch.setattr(notifying.store.sending, "record", record)
    await notifying.dispatch()
    first, again = notifying.received()
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]
    assert first.body == again.body
    assert await notifying.outcomes() == ["delivered"]


async def test_one_sender_at_a_time_works_on_a_channel(notifying):
    channel = await notifying.webhook()
    for number in range(30):
        await notifying.queue(channel, number=number)
    others = [notifying.dispatcher() for _ in range(4)]
    await asyncio.gather(*(notifying.dispatch(one) for one in others))
    assert [r.json["data"]["alert_id"] for r in notifying.received()] == [f"{n:032x}" for n in range(30)]
    # A worker that died leaves its lease to run out.
    claim = await notifying.store.sending.claim(channel, "dead", 6.0)
    await notifying.queue(channel, number=40)
    assert claim is not None and await notifying.dispatch() == 0
    notifying.now += 7
    assert await notifying.dispatch() == 1
    # It was only paused: what it goes on with is not its any more.
    assert await notifying.store.sending.due(claim, 6.0, 10) == []


async def test_a_channel_that_is_switched_off_or_removed_gets_nothing_more(notifying):
    dead = await notifying.webhook(url="http://127.0.0.1:1/")
    other = await notifying.webhook(url="http://127.0.0.1:1/")
    await notifying.queue(dead, other)
    await notifying.dispatch()
    await notifying.store.channels.remove(1, dead)
    await notifying.store.channels.change(1, other, lambda before: replace(before, enabled=False))
    notifying.now += 60
    await notifying.dispatch()
    assert await notifying.outcomes() == ["cancelled", "cancelled"]
    assert await notifying.queue(dead, other, number=2) == 0


async def test_a_changed_channel_is_tried_at_once_as_it_is_now(notifying):
    channel = await notifying.webhook(url="http://127.0.0.1:1/")
    await notifying.queue(channel, number=1)
    await notifying.dispatch()
    await notifying.queue(channel, number=2)
    target = WebhookTarget(f"{notifying.receiver.url}/hook", new_secret())
    await notifying.store.channels.change(1, channel, lambda before: replace(before, target=target))
    await notifying.dispatch()
    assert len(notifying.received()) == 1


async def test_an_acknowledgement_reaches_pagerduty_alone(notifying):
    target = PagerDutyTarget("k" * 32)
    pager = (await notifying.store.channels.add(Channel(0, 1, "pager", target))).channel.id
    hook = await notifying.webhook()
    await notifying.queue(pager, hook)
    for _ in range(2):
        await notifying.store.deliveries.acknowledge(1, f"{1:032x}", DAY)
        await notifying.store.deliveries.acknowledge(2, f"{1:032x}", DAY)
    await notifying.dispatch()
    actions = [r.json["event_action"] for r in notifying.received("/v2/enqueue")]
    assert actions == ["trigger", "acknowledge"] and len(notifying.received()) == 1


async def test_the_dispatcher_sends_what_is_queued_and_ends_in_order(notifying):
    channel = await notifying.webhook()
    running = asyncio.ensure_future(notifying.dispatcher().run())
    await asyncio.sleep(0)
    await notifying.queue(channel)
    while not notifying.received():
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    assert await notifying.outcomes() == ["delivered"]
    assert (await notifying.store.sending.claim(channel, "next", 1.0)) is not None


async def test_a_channel_whose_secrets_cannot_be_read_holds_up_no_other(notifying, tmp_path):
    unreadable, live = await notifying.slack(), await notifying.webhook()
    other = SqlOperationalStore(
        f"sqlite+aiosqlite:///{tmp_path}/o.sqlite3", lambda: notifying.now, vault=Vault(["other" * 8])
    )
    hook = await other.channels.add(
        Channel(0, 1, "h", WebhookTarget(f"{notifying.receiver.url}/b", new_secret()))
    )
    await notifying.queue(unreadable, live, hook.channel.id)
    await notifying.dispatch()
    assert len(notifying.received()) == 1 and len(notifying.received("/b")) == 0
    await other.close()
