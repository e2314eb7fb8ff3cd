"""The ports ``SearchStore`` and ``SearchSink`` on OpenSearch 2 or 3."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import NotFoundError

from stores.errors import StoreError, StoreRejected, StoreUnavailable
from stores.ports import EventSearch, EventSummary, SearchDocument, Written
from stores.search.opensearch.bulk import bodies, day_of_index, encode_document, failures, index_of
from stores.search.opensearch.faults import store_error
from stores.search.opensearch.template import VERSION, index_template
from stores.search.opensearch.terms import conditions

T = TypeVar("T")

#: Seconds until an answer is given up, and, before that, until the cluster gives up on its own.
_TIMEOUT = 9
_CLUSTER_TIMEOUT = "6s"
#: Documents that one request may delete.
_DELETED_AT_ONCE = 5_000
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


class OpenSearchStore:
    """Events in the indices ``name-YYYY.MM.DD``, one a UTC day of receipt.

    ``url`` is that of a node, or those of several separated by commas: ``http(s)://user:password@host:9200``. A node that
    cannot be reached is passed over. ``shards`` and ``replicas`` are each index's.
    """

    def __init__(self, url: str, shards: int = 1, replicas: int = 1, name: str = "stacktide-events") -> None:
        nodes = [node.strip() for node in url.split(",") if node.strip()]
        self._name = name
        self._template = index_template(name, shards, replicas)
        self._migrated = False
        # Only a connection that fails is worth another node: what the cluster answered, it would answer again, and what
        # took too long would take as long.
        self._client = AsyncOpenSearch(
            hosts=nodes,
            timeout=_TIMEOUT,
            max_retries=len(nodes) - 1,
            retry_on_status=(),
            retry_on_timeout=False,
        )

    async def migrate(self) -> None:
        """Put the index template, unless there is the same or a later one. Safe to run twice and from several processes.

        Raises:
            StoreUnavailable: OpenSearch cannot be reached.
        """
        await self._asked("on the index template", self._put_template())
        self._migrated = True

    async def find_events(self, search: EventSearch) -> list[EventSummary]:
        """Events that match, newest first by their own time, then by id, from the highest.

        Raises:
            StoreRejected: the search is more than OpenSearch takes.
            StoreUnavailable: it cannot be reached, lacks a shard, or took too long.
        """
        answer = await self._asked(
            "on a search",
            self._client.search(
                index=f"{self._name}-*",
                body=_search_body(search),
                params={"ignore_unavailable": "true", "allow_partial_search_results": "false"},
            ),
        )
        if answer["timed_out"]:
            raise StoreUnavailable(f"OpenSearch failed on a search: it took more than {_CLUSTER_TIMEOUT}.")
        return [_summary(hit["_source"]) for hit in answer["hits"]["hits"]]

    async def write(self, documents: Sequence[SearchDocument]) -> Written:
        """Write documents, in requests of at most 1 MiB; the same event again replaces its document. Does not raise."""
        entries = [encode_document(self._name, document) for document in documents]
        written = Written([], [], "")
        for part in bodies(entries):
            places = list(range(len(entries)))[part]
            written = _add(written, await self._write(entries, places))
        return written

    async def drop_days_before(self, day: str) -> int:
        """Remove the indices of earlier days; returns how many.

        Raises:
            StoreUnavailable: OpenSearch cannot be reached.
        """
        old = await self._days_before(day)
        for index in old:
            # Another process may have removed it meanwhile.
            removal = self._client.indices.delete(index=index, params={"ignore_unavailable": "true"})
            await self._asked(f"removing {index}", removal)
        return len(old)

    async def drop_events(self, project: int, day: str, event_ids: Sequence[str]) -> int:
        """Remove some events of a project, received on a UTC day; returns how many were there.

        Raises:
            StoreUnavailable: OpenSearch cannot be reached.
        """
        names = [f"{project}:{event_id}" for event_id in event_ids]
        return await self._delete(index_of(self._name, day), {"ids": {"values": names}}) if names else 0

    async def drop_project(self, project: int, before: str | None = None) -> int:
        """Remove all events of a project, or those received on days before ``before``; returns how many there were.

        Raises:
            StoreUnavailable: OpenSearch cannot be reached.
        """
        query = {"term": {"project": str(project)}}
        if before is None:
            return await self._delete(f"{self._name}-*", query)
        # By index, since when an event was received is not searched for.
        return sum([await self._delete(index, query) for index in await self._days_before(before)])

    async def count(self) -> int:
        """How many events there are, the latest among them.

        Raises:
            StoreUnavailable: OpenSearch cannot be reached.
        """
        await self._asked("refreshing", self._client.indices.refresh(index=f"{self._name}-*"))
        counted = await self._asked("counting", self._client.count(index=f"{self._name}-*"))
        return int(counted["count"])

    async def close(self) -> None:
        """Close the connections."""
        pool = self._client.transport.connection_pool
        await self._client.close()
        # The client forgets those of nodes that were away.
        for connection in getattr(pool, "orig_connections", ()):
            await connection.close()

    async def _days_before(self, day: str) -> list[str]:
        """The indices of earlier days."""
        found = await self._asked(
            "listing the indices",
            self._client.cat.indices(index=f"{self._name}-*", params={"format": "json", "h": "index"}),
        )
        return [row["index"] for row in found if day_of_index(self._name, row["index"]) < day]

    async def _delete(self, index: str, query: dict[str, Any]) -> int:
        """Delete what matches, some at a time so that each request is answered in time."""
        missing = {"ignore_unavailable": "true"}
        # What was written just now is not found before.
        await self._asked("refreshing", self._client.indices.refresh(index=index, params=missing))
        how = {**missing, "conflicts": "proceed", "refresh": "true", "max_docs": str(_DELETED_AT_ONCE)}
        deleted = 0
        while True:
            answer = await self._asked(
                "deleting events",
                self._client.delete_by_query(index=index, body={"query": query}, params=how),
            )
            deleted += int(answer["deleted"])
            if answer.get("failures"):
                raise StoreUnavailable("OpenSearch failed deleting events.")
            if not answer["total"]:
                return deleted

    async def _put_template(self) -> None:
        try:
            found = await self._client.indices.get_index_template(name=self._name)
            if found["index_templates"][0]["index_template"].get("version", 0) >= VERSION:
                return
        except NotFoundError:
            pass
        await self._client.indices.put_index_template(name=self._name, body=self._template)
        log.info("put the template of the search indices", template=self._name, version=VERSION)

    async def _write(self, entries: list[bytes], places: list[int]) -> Written:
        """One request. One that is refused as a whole is halved, down to the document that is to blame."""
        try:
            if not self._migrated:
                # An index that is made without the template would take a field for every tag.
                await self.migrate()
        except StoreError as error:
            return Written([], places, str(error))
        try:
            answer = await self._asked("writing events", self._bulk(b"".join(entries[at] for at in places)))
        except StoreUnavailable as error:
            return Written([], places, str(error))
        except StoreRejected as error:
            if len(places) == 1:
                return Written([(places[0], str(error))], [], "")
            middle = len(places) // 2
            first = await self._write(entries, places[:middle])
            return _add(first, await self._write(entries, places[middle:]))
        failed = list(failures(answer))
        waiting = [(places[at], reason) for at, refused, reason in failed if not refused]
        return Written(
            refused=[(places[at], reason) for at, refused, reason in failed if refused],
            waiting=[at for at, _ in waiting],
            reason=f"OpenSearch failed writing events: {waiting[0][1]}" if waiting else "",
        )

    async def _bulk(self, body: bytes) -> Any:
        # Not by the client's ``bulk``, which takes the parameter ``timeout`` for its own.
        return await self._client.transport.perform_request(
            "POST",
            "/_bulk",
            params={"timeout": _CLUSTER_TIMEOUT, "filter_path": "errors,items.*.status,items.*.error"},
            headers={"content-type": "application/x-ndjson"},
            body=body,
            timeout=_TIMEOUT,
        )

    async def _asked(self, doing: str, call: Awaitable[T]) -> T:
        try:
            return await call
        except asyncio.CancelledError:
            raise
        except Exception as error:
            raise store_error(error, doing) from error


def _search_body(search: EventSearch) -> dict[str, Any]:
    time = {"gte": round(search.start * 1_000_000)}
    if search.end is not None:
        time["lt"] = round(search.end * 1_000_000)
    wanted: list[dict[str, Any]] = [
        {"term": {"project": str(search.project)}},
        {"range": {"timestamp": time}},
        *conditions(search.terms),
    ]
    if search.issue_ids is not None:
        wanted.append({"terms": {"issue_id": list(search.issue_ids)}})
    body: dict[str, Any] = {
        "query": {"bool": {"filter": wanted}},
        "sort": [{"timestamp": "desc"}, {"event_id": "desc"}],
        "size": search.limit,
        "track_total_hits": False,
        "timeout": _CLUSTER_TIMEOUT,
    }
    if search.after is not None:
        body["search_after"] = list(search.after)
    return body


def _add(one: Written, other: Written) -> Written:
    return Written(one.refused + other.refused, one.waiting + other.waiting, one.reason or other.reason)


def _summary(source: dict[str, Any]) -> EventSummary:
    return EventSummary(
        event_id=source["event_id"],
        issue_id=source["issue_id"],
        project=source["project"],
        received=_moment(source["received"]),
        timestamp=_moment(source["timestamp"]),
        title=source["title"],
        culprit=source["culprit"],
        message=source["message"],
        level=source["level"],
        platform=source["platform"],
        environment=source["environment"],
        release=source["release"],
        user=source["user_key"],
        tags=source["tags"],
        fingerprint=source["fingerprint"],
    )


def _moment(microseconds: int) -> datetime:
    """Exact, unlike from a float of seconds."""
    return _EPOCH + microseconds * _MICROSECOND
