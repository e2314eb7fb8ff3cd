"""The bodies of bulk requests, and what their answers say: pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stores.ports import SearchDocument
from stores.search.opensearch.faults import is_refused, reason_of

#: Most bytes of one request. Larger ones hold up the event loop (aiohttp warns of them) and gain little: with 8 MiB some
#: 10 % more documents a second were measured. An event is far smaller.
LONGEST_BODY = 1024 * 1024


def index_of(name: str, day: str) -> str:
    """The index of a day, ``YYYY-MM-DD``."""
    return f"{name}-{day.replace('-', '.')}"


def day_of_index(name: str, index: str) -> str:
    """The inverse of ``index_of``."""
    return index.removeprefix(f"{name}-").replace(".", "-")


def encode_document(name: str, document: SearchDocument) -> bytes:
    """Two lines: where the document goes, and the document. Its id is the event's, so that the same event replaces it."""
    return b'{"index":{"_index":"%b","_id":"%d:%b"}}\n%b\n' % (
        index_of(name, document.day).encode(),
        document.project,
        document.event_id.encode(),
        document.body,
    )


def bodies(entries: Sequence[bytes], longest: int = LONGEST_BODY) -> Iterator[slice]:
    """Slices of consecutive entries of at most ``longest`` bytes in all; a longer one has its own."""
    start = size = 0
    for index, entry in enumerate(entries):
        if size and size + len(entry) > longest:
            yield slice(start, index)
            start, size = index, 0
        size += len(entry)
    if size:
        yield slice(start, len(entries))


def failures(answer: Mapping[str, Any]) -> Iterator[tuple[int, bool, str]]:
    """Of each document that was not written: its place in the request, whether it never will be, and why."""
    if not answer["errors"]:
        return
    for place, item in enumerate(answer["items"]):
        result = item["index"]
        if error := result.get("error"):
            yield place, is_refused(result["status"], error.get("type", "")), reason_of(error)
