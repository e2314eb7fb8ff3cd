"""The opensearch sink: keeps events where the search finds them.

A document's id is its event's and its index is the day of receipt, so writing an event twice changes nothing: this sink
needs neither a table nor to know how far it got.
"""

from typing import Any

from agents.batches import Linger, own_time, run_batches
from agents.guard import Guard, until_available
from agents.records import Incoming, concerns
from agents.sinks.opensearch.encode import document_of
from agents.stage import StageApp
from stores.errors import StoreRejected, StoreUnavailable
from stores.ports import SearchDocument, SearchSink

NAME = "opensearch"
SOURCE = "events-fingerprinted"

#: As for ClickHouse: what comes in singly is soon found, and what comes in floods is written in few requests.
_LINGER = Linger(0.05, 0.5)
_LIMIT = 5000
#: Values of one batch. A document is some half of the value that it is made of.
_BATCH_BYTES = 16 * 1024 * 1024

#: Documents with the record that each came from.
Documents = list[tuple[Incoming, SearchDocument]]


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    guard = Guard(NAME, SOURCE, app.config.settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(NAME):
            documents = _encode(batch, guard)
        await _write(_sink(app), documents, guard)
        if bad := guard.take_bad(len(batch)):
            await until_available(NAME, lambda: app.send_records(bad))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def store_documents(stream: Any) -> None:
        await run_batches(stream, NAME, handle, _LIMIT, _LINGER, _BATCH_BYTES)


def _sink(app: StageApp) -> SearchSink:
    if app.stores.search is None:
        raise RuntimeError("The stage opensearch needs a search store; only a cluster has one.")
    return app.stores.search


def _encode(batch: list[Incoming], guard: Guard) -> Documents:
    documents: Documents = []
    for record in batch:
        document = guard.attempt(record, _document_for_this_agent, record)
        if document is not None:
            documents.append((record, document))
    return documents


def _document_for_this_agent(record: Incoming) -> SearchDocument | None:
    return document_of(record) if concerns(record, NAME) else None


async def _write(sink: SearchSink, documents: Documents, guard: Guard) -> None:
    """Write documents; those that wait are tried again for as long as it takes, those that are refused the guard gets."""
    remaining = documents

    async def attempt() -> None:
        nonlocal remaining
        written = await sink.write([document for _, document in remaining])
        for place, reason in written.refused:
            guard.reject(remaining[place][0], StoreRejected(reason))
        remaining = [remaining[place] for place in written.waiting]
        if remaining:
            raise StoreUnavailable(written.reason)

    await until_available(NAME, attempt)
