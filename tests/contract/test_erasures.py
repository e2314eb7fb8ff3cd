"""Requests to erase and removed projects, on both databases."""

import pytest

from schemas.privacy import Receipt, Subject
from stores.errors import StoreRejected


async def test_a_request_is_worked_on_by_one_and_forgets_whom_it_was_about(operational_store):
    erasures = operational_store.erasures
    made = await erasures.add(1, 1, Subject(email="ada@example.com"), "somebody")
    claimed = await erasures.claim("one", 60.0)
    assert (claimed.subject, claimed.lease) == (Subject(email="ada@example.com"), "one")
    assert await erasures.claim("two", 60.0) is None
    assert await erasures.advance(claimed, 2, 5, 60.0)
    assert not await erasures.advance(claimed._replace(lease="two"), 3, 5, 60.0)
    await erasures.put_back(claimed, "a store is away", pause=0.0)
    assert (await erasures.get(1, int(made.id))).problem == "a store is away"
    claimed = await erasures.claim("two", 60.0)
    assert await erasures.under_way(1)
    await erasures.finish(claimed, Receipt({"archive": 3}, 1.0, 2.0, []))
    assert not await erasures.under_way(1)
    assert await erasures.claim("three", 60.0) is None
    (done,) = await erasures.find(None, 10, organisation=1)
    assert (done.state, done.receipt.erased, done.step) == ("done", {"archive": 3}, 2)


async def test_erased_origins_are_remembered_for_a_time(operational_store):
    origins = operational_store.erased_origins
    for _ in range(2):
        await origins.add(["0:1:2", "0:1:3"], 60.0)
    assert await origins.among({"0:1:2", "0:1:4"}) == {"0:1:2"}
    await origins.forget()
    assert await origins.among(["0:1:2", "0:1:3"]) == {"0:1:2", "0:1:3"}
    await origins.add([f"9:1:{offset}" for offset in range(1_000)], -1.0)
    await origins.forget()
    assert await origins.among([f"9:1:{offset}" for offset in range(1_000)]) == frozenset()


async def test_a_removed_project_takes_what_it_configured_off_the_stream_and_its_id_is_not_given_again(
    operational_store,
):
    store = operational_store
    project = (await store.add_project("shop")).id
    key = await store.add_key(project)
    await store.configurations.change(project, lambda before: before)
    await store.remove_project(project, "somebody")
    assert await store.find_key(key.public_key) is None and await store.projects() == []
    for refused in (
        store.remove_project(project, "somebody"),
        store.rename_project(project, "again"),
        store.add_key(project),
        store.configurations.change(project, lambda before: before),
    ):
        with pytest.raises(StoreRejected, match="no project"):
            await refused
    sent = []

    async def send(publications):
        sent.extend(publications)

    await store.outbox.relay(send)
    assert (sent[-1].topic, sent[-1].key, sent[-1].value) == ("projects-configured", str(project), None)
    await store.rules.acknowledge(project, "a" * 32, "somebody")
    await store.rules.acknowledge(project + 1, "b" * 32, "somebody")
    for _ in range(2):
        await store.removals.forget(project)
    assert list(await store.rules.acknowledged(["a" * 32, "b" * 32])) == ["b" * 32]
    await store.rules.drop_acknowledged_before(1e12)
    assert await store.rules.acknowledged(["b" * 32]) == {}
    assert await store.removals.removed() == [project]
    assert (await store.add_project("shop")).id > project
