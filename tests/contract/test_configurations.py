"""Configurations and the outbox, on both databases."""

import asyncio

import msgspec
import pytest

from schemas.filters import Filters
from schemas.project import ProjectConfiguration
from stores.errors import StoreRejected, StoreUnavailable
from stores.operational import SqlOperationalStore
from stores.operational.engine import make_engine, transaction
from stores.operational.outbox import Publication


def _with_levels(least):
    return lambda before: msgspec.structs.replace(before, filters=Filters(least_level=least))


async def _relayed(store: SqlOperationalStore, limit: int = 500) -> list[tuple[str, str, int]]:
    found = []

    async def send(publications):
        found.extend(publications)

    await store.outbox.relay(send, limit)
    return [(p.topic, p.key, msgspec.json.decode(p.value)["version"]) for p in found]


async def test_a_change_is_kept_and_published_with_a_new_version(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    assert await store.configurations.get(project) == ProjectConfiguration(project)
    first = await store.configurations.change(project, _with_levels("info"))
    second = await store.configurations.change(project, _with_levels("error"))
    assert (first.version, second.version) == (1, 2)
    assert await store.configurations.get(project) == second
    assert await _relayed(store, limit=1) == [("projects-configured", str(project), 1)]
    assert await _relayed(store) == [("projects-configured", str(project), 2)]
    assert await _relayed(store) == []


async def test_what_was_not_sent_or_not_changed_leaves_everything_as_it_was(operational_store):
    store = operational_store
    project = (await store.add_project("shop")).id
    with pytest.raises(StoreRejected, match="no project 99"):
        await store.configurations.change(99, _with_levels("info"))

    def refuse(before):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.configurations.change(project, refuse)
    assert (await store.configurations.get(project)).version == 0
    await store.configurations.change(project, _with_levels("info"))

    async def fail(_publications):
        raise StoreUnavailable("the log is away")

    with pytest.raises(StoreUnavailable, match="away"):
        await store.outbox.relay(fail)
    assert len(await _relayed(store)) == 1


async def test_whoever_relays_is_woken_once_a_change_is_committed(operational_store, database_url):
    """Woken before, it would find nothing, and come back only after its pause."""
    outbox, engine = operational_store.outbox, make_engine(database_url)
    outbox.filled.clear()
    with pytest.raises(ZeroDivisionError):
        async with transaction(engine, writes=True) as connection:
            await outbox.publish(connection, Publication("projects-configured", "1", None))
            raise ZeroDivisionError
    async with transaction(engine, writes=True) as connection:
        assert not outbox.filled.is_set()
    async with transaction(engine, writes=True) as connection:
        await outbox.publish(connection, Publication("projects-configured", "2", None))
        assert not outbox.filled.is_set()
    assert outbox.filled.is_set()
    await engine.dispose()


async def test_changes_at_once_are_published_in_the_order_of_their_versions(operational_store, database_url):
    project = (await operational_store.add_project("shop")).id
    other = SqlOperationalStore(database_url)
    changes = [
        store.configurations.change(project, _with_levels("info")) for store in (operational_store, other) * 5
    ]
    await asyncio.gather(*changes)
    both = await asyncio.gather(_relayed(operational_store), _relayed(other))
    versions = [version for _, _, version in (*both[0], *both[1], *await _relayed(other))]
    await other.close()
    assert sorted(set(versions)) == list(range(1, 11))
    assert all(list(relayed) == sorted(relayed) for relayed in both)
