"""How the values of an issue's fields and tags are spread over its latest events."""

from typing import Any

from api.models import TagDistribution, Tags, TagValue
from api.queries.issue_events import IssueEvents, since_when
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: Fields that are shown like tags, with their columns.
FIELDS = {
    "release": "release",
    "environment": "environment",
    "level": "level",
    "platform": "platform",
    "dist": "dist",
    "server_name": "server_name",
    "transaction": "transaction",
    "user": "user_key",
}
#: The latest events that are looked at, tags that are shown, and values of each.
MAX_EVENTS = 20_000
MAX_TAGS = 50
MAX_VALUES = 10


async def find_tags(store: AnalyticalStore, events: IssueEvents) -> Tags:
    """The distributions over the latest ``MAX_EVENTS`` of some issues' ``events``."""
    since = await since_when(store, events, MAX_EVENTS)
    where = Where()
    where.equals("project", "UInt32", events.project)
    where.one_of("issue_id", list(events.issue_ids or []))
    where.within(since, events.range.end, events.clock_skew)
    fields = ", ".join(f"('{name}', toString({column}))" for name, column in FIELDS.items())
    rows = await store.query(
        f"""
        SELECT source, key, sum(count) AS events, count() AS distinct,
            arraySlice(arrayReverseSort(groupArray((count, value, first, last))), 1, {MAX_VALUES}) AS values
        FROM
        (
            SELECT item.1 AS source, item.2 AS key, item.3 AS value, count() AS count, min(timestamp) AS first,
                max(timestamp) AS last
            FROM
            (
                SELECT timestamp, arrayJoin(arrayConcat(
                    arrayMap(field -> ('field', field.1, field.2), [{fields}]),
                    arrayMap(key -> ('tag', toString(key), tags[key]), mapKeys(tags))
                )) AS item
                FROM
                (
                    SELECT timestamp, tags, {", ".join(FIELDS.values())} FROM events {where.sql}
                    ORDER BY timestamp DESC LIMIT {MAX_EVENTS}
                )
            )
            GROUP BY source, key, value
        )
        GROUP BY source, key
        ORDER BY source, events DESC, key
        LIMIT {MAX_TAGS} BY source
        """,
        where.parameters,
    )
    # Every event has every field, if only as empty text.
    total = max((int(row["events"]) for row in rows if row["source"] == "field"), default=0)
    return Tags(total, _distributions(rows, "field"), _distributions(rows, "tag"))


def _distributions(rows: list[dict[str, Any]], source: str) -> list[TagDistribution]:
    found = []
    for row in rows:
        if row["source"] != source:
            continue
        values = [TagValue(value, count, first, last) for count, value, first, last in row["values"]]
        if any(value.value for value in values):
            found.append(TagDistribution(row["key"], int(row["events"]), int(row["distinct"]), values))
    return found
