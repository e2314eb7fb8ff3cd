"""OpenSearch itself: what is written stays what it is, whatever events hold and whatever fails."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from opensearchpy.exceptions import (
    AuthenticationException,
    ConnectionTimeout,
    RequestError,
    SerializationError,
    TransportError,
)

from agents.sinks.opensearch.encode import document_of
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import EventSearch
from stores.search.opensearch.faults import store_error
from stores.search.opensearch.store import OpenSearchStore
from tests.event_factory import START, hex_id, make_record

DAY = 86_400
SEARCH = EventSearch(1, 0.0, None, [], None, 1000)
NOTHING_FAILED = ([], [], "")


@pytest.fixture
async def store(opensearch_server):
    store = OpenSearchStore(opensearch_server.url, replicas=0, name=f"store-{uuid.uuid4().hex[:8]}")
    yield store
    await store.drop_days_before("9999-12-31")
    await store._client.indices.delete_index_template(name=store._name, ignore=404)
    await store.close()


def documents(count, **fields):
    return [document_of(make_record(n, **fields)) for n in range(count)]


async def found(store):
    await store._client.indices.refresh(index=f"{store._name}-*")
    return {event.event_id for event in await store.find_events(SEARCH)}


def ids(*serials):
    return {hex_id(("event", 1, serial)) for serial in serials}


def broken(serial):
    """A document that never fits: its time is no number."""
    document = document_of(make_record(serial))
    body = msgspec.json.decode(document.body)
    return document._replace(body=msgspec.json.encode({**body, "timestamp": "yesterday"}))


@pytest.mark.servers
async def test_the_template_is_put_once_and_never_by_an_earlier_version(store):
    await asyncio.gather(*(store.migrate() for _ in range(4)))
    later = {**store._template, "version": 99}
    await store._client.indices.put_index_template(name=store._name, body=later)
    await store.migrate()
    answer = await store._client.indices.get_index_template(name=store._name)
    assert answer["index_templates"][0]["index_template"]["version"] == 99


@pytest.mark.servers
async def test_ten_thousand_names_of_tags_leave_the_mapping_as_it_was(store):
    assert await store.write(documents(1)) == NOTHING_FAILED
    before = await store._client.indices.get_mapping(index=f"{store._name}-*")
    records = [make_record(n, tags={f"name-{n}.{k}": f"value {k}" for k in range(200)}) for n in range(1, 51)]
    assert await store.write([document_of(record) for record in records]) == NOTHING_FAILED
    assert await store._client.indices.get_mapping(index=f"{store._name}-*") == before
    (mapping,) = before.values()
    assert set(mapping["mappings"]["properties"]) == set(
        store._template["template"]["mappings"]["properties"]
    )
    assert await found(store) == ids(*range(51))


@pytest.mark.servers
async def test_an_event_written_again_is_there_once(store):
    for _ in range(3):
        assert await store.write(documents(5)) == NOTHING_FAILED
    assert await found(store) == ids(*range(5))
    count = await store._client.count(index=f"{store._name}-*")
    assert count["count"] == 5


@pytest.mark.servers
async def test_whole_days_of_receipt_are_dropped(store):
    records = [make_record(n, at=START, received=START - n * DAY) for n in range(4)]
    assert await store.write([document_of(record) for record in records]) == NOTHING_FAILED
    first_kept = datetime.fromtimestamp(START, UTC).date() - timedelta(days=1)
    assert await store.drop_days_before(first_kept.isoformat()) == 2
    assert await found(store) == ids(0, 1)
    assert await store.drop_days_before(first_kept.isoformat()) == 0


@pytest.mark.servers
async def test_what_is_refused_is_named_and_the_rest_written(store):
    given = documents(4)
    given[1] = broken(1)
    written = await store.write(given)
    ((place, reason),) = written.refused
    assert place == 1 and "timestamp" in reason and written.waiting == []
    assert await found(store) == ids(0, 2, 3)


@pytest.mark.servers
async def test_what_is_no_json_is_refused(store):
    given = documents(3)
    given[2] = given[2]._replace(body=b'{"event_id": ')
    written = await store.write(given)
    assert [place for place, _ in written.refused] == [2] and written.waiting == []
    assert await found(store) == ids(0, 1)


@pytest.mark.servers
@pytest.mark.parametrize("fault", ["full disk", "closed index"])
async def test_what_the_cluster_cannot_take_now_waits(store, fault):
    other_day = document_of(make_record(7, at=START, received=START - DAY))
    assert await store.write(documents(1)) == NOTHING_FAILED
    (index,) = await store._client.indices.get(index=f"{store._name}-*")
    block = "index.blocks.read_only_allow_delete"
    if fault == "full disk":  # what OpenSearch does to an index when the disk runs full
        await store._client.indices.put_settings(index=index, body={block: True})
    else:
        await store._client.indices.close(index=index)
    written = await store.write([*documents(3), other_day, broken(8)._replace(day=other_day.day)])
    assert written.waiting == [0, 1, 2] and written.reason
    assert [place for place, _ in written.refused] == [4], "the other index is not concerned"
    if fault == "full disk":
        await store._client.indices.put_settings(index=index, body={block: None})
    else:
        await store._client.indices.open(index=index)
        await store._client.cluster.health(index=index, params={"wait_for_status": "green"})
    assert await store.write(documents(3)) == NOTHING_FAILED
    assert await found(store) == ids(0, 1, 2, 7)


@pytest.mark.servers
async def test_large_batches_are_written_in_several_requests(store):
    given = documents(1000, message="m" * 8192, value="v" * 8192)
    assert sum(len(document.body) for document in given) > 24 * 2**20
    assert await store.write(given) == NOTHING_FAILED
    assert len(await found(store)) == 1000


@pytest.mark.servers
async def test_a_node_that_is_away_is_passed_over(store, opensearch_server, unused_tcp_port):
    dead = f"http://127.0.0.1:{unused_tcp_port}"
    both = OpenSearchStore(f"{dead}, {opensearch_server.url}", replicas=0, name=store._name)
    for serial in range(4):
        assert await both.write([document_of(make_record(serial))]) == NOTHING_FAILED
    await both.close()
    assert await found(store) == ids(*range(4))


async def test_without_a_cluster_documents_wait_and_searches_say_so(unused_tcp_port):
    store = OpenSearchStore(f"http://127.0.0.1:{unused_tcp_port}")
    written = await store.write(documents(3))
    assert written.waiting == [0, 1, 2] and written.refused == [] and "OpenSearch" in written.reason
    with pytest.raises(StoreUnavailable):
        await store.find_events(SEARCH)
    with pytest.raises(StoreUnavailable):
        await store.drop_days_before("2026-01-01")
    await store.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RequestError(400, "parsing_exception", {}), StoreRejected),
        (RequestError(400, "validation_exception", {}), StoreUnavailable),
        (AuthenticationException(401, "", {}), StoreUnavailable),
        (TransportError(413, "", {}), StoreRejected),
        (TransportError(503, "cluster_block_exception", {}), StoreUnavailable),
        (ConnectionTimeout("TIMEOUT", "", TimeoutError()), StoreUnavailable),
        (SerializationError({}, TypeError("no")), StoreRejected),
        (RuntimeError("session is closed"), StoreUnavailable),
    ],
)
def test_errors_of_the_client(error, expected):
    assert type(store_error(error, "in a test")) is expected


@pytest.mark.servers
async def test_events_and_projects_are_dropped(store):
    day = document_of(make_record(0)).day
    await store.write(documents(4) + documents(3, project=2) + documents(2, at=START - 3 * DAY, project=3))
    assert await store.drop_events(1, day, [hex_id(("event", 1, 1)), hex_id(("event", 2, 2))]) == 1
    assert await found(store) == ids(0, 2, 3)
    assert await store.drop_events(1, "2001-01-01", [hex_id(("event", 1, 0))]) == 0
    assert await store.drop_project(3, "2001-01-01") == 0
    assert await store.drop_project(3, day) == 2
    assert await store.drop_project(2) == 3
    assert await store.count() == 3
