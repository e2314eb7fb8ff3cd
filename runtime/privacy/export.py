"""All that the stores have about one end user, as lines of JSON."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec

from runtime.privacy.archive import entries_about
from runtime.privacy.events import days_of, find_events, slices_of
from runtime.privacy.subject import Person
from stores.ports import AnalyticalStore, Archive

#: Events of one query: each takes up to some hundred KiB.
_PAGE = 100
_COLUMNS = ", issue_id, received, event"


class ExportedEvent(msgspec.Struct, frozen=True):
    """An event as it is shown and searched: normalised, without what scrubbing has taken out."""

    event_id: str
    issue_id: str
    received: datetime
    event: msgspec.Raw
    store: str = "clickhouse"


class ExportedPayload(msgspec.Struct, frozen=True):
    """An event as the client sent it, without what scrubbing has taken out."""

    event_id: str
    issue_id: str
    received: datetime
    client_address: str
    payload: msgspec.Raw
    store: str = "archive"


class ExportEnd(msgspec.Struct, frozen=True):
    """The last line: how many of each there were. An export without it is not complete."""

    events: int
    payloads: int
    complete: bool = True


async def export_person(
    events: AnalyticalStore, archive: Archive, project: int, person: Person
) -> AsyncIterator[ExportedEvent | ExportedPayload | ExportEnd]:
    """Everything about a person, day by day.

    Raises:
        StoreUnavailable: a store is away.
    """
    found = 0
    for day, number in await days_of(events, project):
        for issues in slices_of(number):
            after = ""
            while rows := await find_events(events, project, day, person, issues, _COLUMNS, after, _PAGE):
                for row in rows:
                    raw = msgspec.Raw(row["event"].encode())
                    yield ExportedEvent(row["event_id"], row["issue_id"], row["received"], raw)
                found, after = found + len(rows), rows[-1]["event_id"]
    payloads = 0
    async for name in archive.list(project):
        for entry in await entries_about(archive, name, person):
            received = datetime.fromtimestamp(entry.received, UTC)
            yield ExportedPayload(
                entry.event_id, entry.issue_id, received, entry.client_address, entry.payload
            )
            payloads += 1
    yield ExportEnd(found, payloads)
