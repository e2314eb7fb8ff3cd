"""Channels, deliveries and the leases of those that send, on both databases."""

import asyncio

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from schemas.channels import AppriseTarget, Channel, EmailTarget, SlackTarget
from stores.errors import StoreRejected
from stores.operational import SqlOperationalStore
from stores.operational.deliveries import Attempt, DeliverySearch, NewDelivery
from stores.operational.engine import make_engine
from stores.operational.sending import Rest, Result
from stores.vault import Vault
from tests.notify.alerts import alert_event

BOT = SlackTarget(bot_token="xoxb-1234-secret", channel="#ops")
NOW = 1_790_000_000.0


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def store(database_url, clock):
    store = SqlOperationalStore(database_url, clock, vault=Vault(["first-key" * 5]))
    await store.migrate()
    for name in ("shop", "other shop"):
        await store.add_project(name)
    yield store
    await store.close()


async def texts(database_url):
    """All that the table holds, as text."""
    engine = make_engine(database_url)
    async with engine.connect() as connection:
        rows = (await connection.execute(sa.text("SELECT * FROM channels"))).all()
    await engine.dispose()
    return str(rows)


async def test_secrets_are_encrypted_and_only_hinted_at(store, database_url):
    info = await store.channels.add(Channel(0, 1, "ops", BOT))
    assert info.channel.target == SlackTarget(channel="#ops")
    assert info.hints == {"bot_token": "cret"}
    await store.channels.add(Channel(0, 1, "short", AppriseTarget("x://y")))
    assert [i.hints for i in await store.channels.of_project(1)] == [{"bot_token": "cret"}, {"url": ""}]
    assert (await store.channels.get(1, info.channel.id)).target == BOT
    stored = await texts(database_url)
    assert "xoxb" not in stored and "x://y" not in stored


async def test_a_channel_belongs_to_its_project(store):
    made = (await store.channels.add(Channel(0, 1, "ops", BOT))).channel
    assert await store.channels.show(2, made.id) is None
    assert await store.channels.get(2, made.id) is None
    assert await store.channels.change(2, made.id, lambda before: before) is None
    assert not await store.channels.remove(2, made.id)
    with pytest.raises(StoreRejected, match="no project 9"):
        await store.channels.add(Channel(0, 9, "ops", BOT))
    event = alert_event(1, (made.id,), project=2)
    assert await store.deliveries.queue([NewDelivery(made.id, "firing", event)], 60.0) == 0


async def test_a_change_keeps_what_it_does_not_name(store):
    made = (await store.channels.add(Channel(0, 1, "ops", BOT))).channel
    changed = await store.channels.change(1, made.id, lambda before: replace(before, name="night"))
    assert (changed.channel.name, changed.channel.version) == ("night", 2)
    assert (await store.channels.get(1, made.id)).target == BOT
    assert await store.channels.remove(1, made.id)
    assert await store.channels.of_project(1) == [] and not await store.channels.remove(1, made.id)


async def test_keys_are_replaced_one_after_the_other(store, database_url, clock):
    made = (await store.channels.add(Channel(0, 1, "ops", BOT))).channel
    keys = ["second-key" * 4, "first-key" * 5]
    both = SqlOperationalStore(database_url, clock, vault=Vault(keys))
    assert (await both.channels.get(1, made.id)).target == BOT
    assert (await both.channels.rotate(), await both.channels.rotate()) == (1, 0)
    second = SqlOperationalStore(database_url, clock, vault=Vault(keys[:1]))
    assert (await second.channels.get(1, made.id)).target == BOT
    with pytest.raises(StoreRejected, match="STACKTIDE_SECRET_KEY"):
        await store.channels.get(1, made.id)
    without = SqlOperationalStore(database_url, clock)
    with pytest.raises(StoreRejected, match="STACKTIDE_SECRET_KEY"):
        await without.channels.add(Channel(0, 1, "ops", BOT))
    await without.channels.add(Channel(0, 1, "mail", EmailTarget(("a@example.org",))))
    for other in (both, second, without):
        await other.close()


async def test_deliveries_are_queued_once_and_listed_with_their_attempts(store, clock):
    channel = (await store.channels.add(Channel(0, 1, "ops", BOT))).channel.id
    wanted = [NewDelivery(channel, "firing", alert_event(number, (channel,))) for number in range(5)]
    assert sum(await asyncio.gather(*(store.deliveries.queue(wanted, 60.0) for _ in range(4)))) == 5
    claim = await store.sending.claim(channel, "me", 10.0)
    due = await store.sending.due(claim, 10.0, 10)
    assert [one.event.data.title for one in due] == [f"Alert {n}" for n in range(5)]
    attempt = Attempt(NOW, 0.25, "unavailable", "503")
    await store.sending.record([Result(due[0].id, "pending", "503", NOW + 5, attempt)])
    await store.sending.record([Result(due[1].id, "delivered", "taken", None, attempt)])
    # Whoever was slower does not undo what has ended.
    await store.sending.record([Result(due[1].id, "pending", "late", NOW + 5)])
    assert len(await store.sending.due(claim, 10.0, 10)) == 3
    assert await store.sending.pending() == {"slack": 4}
    search = DeliverySearch(1, 0.0, None, 2)
    page = await store.deliveries.find(search)
    assert [one.alert_id for one in page] == [f"{n:032x}" for n in (4, 3)]
    rest = await store.deliveries.find(search._replace(before=page[-1].id, limit=9))
    assert [(one.outcome, one.attempts) for one in rest[1:]] == [
        ("delivered", (attempt,)),
        ("pending", (attempt,)),
    ]
    assert [one.due for one in rest] == [NOW, None, NOW + 5]
    assert len(await store.deliveries.find(search._replace(outcome="delivered"))) == 1
    assert await store.deliveries.find(search._replace(project=2)) == []
    assert await store.deliveries.find(search._replace(end=NOW)) == []
    clock.now += 60
    assert (await store.sending.expire(claim), await store.sending.expire(claim)) == (4, 0)
    assert await store.sending.pending() == {}
    assert await store.deliveries.drop_before(NOW + 1) == 5
    assert await store.deliveries.find(search) == []


async def test_a_channel_is_one_senders_at_a_time(store, clock):
    channel = (await store.channels.add(Channel(0, 1, "ops", BOT))).channel.id
    await store.deliveries.queue([NewDelivery(channel, "firing", alert_event())], 60.0)
    claims = await asyncio.gather(*(store.sending.claim(channel, f"w{n}", 10.0) for n in range(4)))
    (claim,) = [one for one in claims if one is not None]
    assert await store.sending.due_channels(10) == []
    assert claim.channel.target == BOT and claim.tokens is None
    await store.sending.release(claim, Rest(3.5, NOW, 2, NOW + 30))
    assert await store.sending.due_channels(10) == []
    clock.now += 31
    assert await store.sending.due_channels(10) == [(channel, 2)]
    again = await store.sending.claim(channel, "next", 10.0)
    assert (again.tokens, again.tokens_at, again.failures) == (3.5, NOW, 2)
    clock.now += 11
    assert await store.sending.claim(channel, "other", 10.0) is not None
    assert await store.sending.due(again, 10.0, 10) == []
    await store.sending.release(again, Rest(None, NOW, 0))
    assert await store.sending.due_channels(10) == [], "a lease that was lost was given back"
    await store.sending.forget_leases()
    assert await store.sending.due_channels(10) == [(channel, 2)]
