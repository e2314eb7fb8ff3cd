"""What could be written at a place of a search: fields, and tags and values that were seen lately."""

from stores.events.where import HOUR, Where
from stores.ports import AnalyticalStore
from stores.search.completion import ISSUE_VALUES, Asked, field_names, written_value
from stores.search.syntax import COLUMNS, LISTS

MAX_ITEMS = 20
#: Seconds of the past that are looked at: of columns with few values, and of the others.
_SPAN, _SHORT_SPAN = 7 * 24 * HOUR, 24 * HOUR
_FEW_VALUES = {
    "level",
    "environment",
    "release",
    "dist",
    "platform",
    "logger",
    "sdk",
    "server_name",
    "type",
}
#: Rows of one look: values that are seen often come first among these.
_MAX_ROWS = 100_000


async def find_completions(
    store: AnalyticalStore, project: int, asked: Asked, of_issues: bool, members: list[str], now: float
) -> list[str]:
    """What could be written, at most ``MAX_ITEMS``. ``members`` are the addresses to which issues can be assigned."""
    if asked.field is None:
        tags = await _seen(
            store, _where(project, now - _SHORT_SPAN), "arrayJoin(mapKeys(tags))", asked.prefix
        )
        return field_names(asked, of_issues, tags)[:MAX_ITEMS]
    if of_issues and asked.field in ISSUE_VALUES and not asked.is_tag:
        values = [*ISSUE_VALUES[asked.field], *(members if asked.field == "assigned" else ())]
        return [value for value in values if value.startswith(asked.prefix)][:MAX_ITEMS]
    few = asked.field in _FEW_VALUES and not asked.is_tag
    where = _where(project, now - (_SPAN if few else _SHORT_SPAN))
    seen = await _seen(store, where, _expression(where, asked), asked.prefix)
    return [written_value(value) for value in seen]


def _where(project: int, start: float) -> Where:
    where = Where()
    where.equals("project", "UInt32", project)
    where.add(f"received >= {where.moment(max(start, 0.0))}")
    return where


def _expression(where: Where, asked: Asked) -> str:
    """The SQL of a field's value."""
    assert asked.field is not None
    if not asked.is_tag and (column := COLUMNS.get(asked.field)):
        return column
    if not asked.is_tag and (column := LISTS.get(asked.field)):
        return f"arrayJoin({column})"
    return f"tags[{where.parameter('String', asked.field)}]"


async def _seen(store: AnalyticalStore, where: Where, expression: str, prefix: str) -> list[str]:
    """Values that begin with a prefix, those that are seen most often first."""
    begins = f"startsWith(value, {where.parameter('String', prefix)})"
    rows = await store.query(
        f"""
        SELECT toString(value) AS value, count() AS times
        FROM (SELECT {expression} AS value FROM events {where.sql} AND value != '' AND {begins} LIMIT {_MAX_ROWS})
        GROUP BY value ORDER BY times DESC, value LIMIT {MAX_ITEMS}
        """,
        where.parameters,
    )
    return [row["value"] for row in rows]
