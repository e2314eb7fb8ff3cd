"""Search in ClickHouse's events table: all there is when embedded, and what filters lists of issues in both modes."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from stores.events.where import Where, widening
from stores.ports import AnalyticalStore, EventSearch, EventSummary
from stores.search.syntax import COLUMNS, LISTS, WORD, Term, text_pattern

_SUMMARY_COLUMNS = """
    project, issue_id, event_id, received, timestamp, title, culprit, message, level, platform, environment, release,
    user_key, tags, fingerprint
"""

#: What the text index takes for a word: its tokenizer is splitByNonAlpha.
_TOKEN = re.compile(f"[{WORD}]+")
_LIKE_SPECIAL = re.compile(r"([\\%_])")


class ClickHouseSearch:
    """The port ``SearchStore`` on the analytical store. ``clock_skew``: see ``Where.within``; ``clock`` gives Unix seconds."""

    def __init__(
        self, store: AnalyticalStore, clock_skew: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._clock_skew = clock_skew
        self._clock = clock

    async def find_events(self, search: EventSearch) -> list[EventSummary]:
        """Events that match, newest first by their own time, then by id."""
        latest = self._clock() if search.end is None else search.end
        if search.after is not None:
            latest = min(latest, search.after[0] / 1_000_000)
        found: list[EventSummary] = []
        for start in widening(search.start, latest):
            found = await self._find_since(start, search)
            if len(found) >= search.limit:
                break
        return found

    async def _find_since(self, start: float, search: EventSearch) -> list[EventSummary]:
        where = Where()
        where.equals("project", "UInt32", search.project)
        where.within(start, search.end, self._clock_skew)
        if search.issue_ids is not None:
            where.one_of("issue_id", list(search.issue_ids))
        add_terms(where, search.terms)
        if search.after is not None:
            moment = f"fromUnixTimestamp64Micro({where.parameter('Int64', search.after[0])}, 'UTC')"
            # The first condition follows from the second, and is one that parts can be left out by.
            where.add(f"timestamp <= {moment}")
            where.add(f"(timestamp, event_id) < ({moment}, {where.parameter('String', search.after[1])})")
        rows = await self._store.query(
            f"SELECT {_SUMMARY_COLUMNS} FROM events {where.sql}"
            f" ORDER BY timestamp DESC, event_id DESC LIMIT {where.parameter('UInt32', search.limit)}",
            where.parameters,
        )
        return [_summary(row) for row in rows]


def add_terms(where: Where, terms: Sequence[Term]) -> None:
    """Add the conditions of a search on the table ``events``."""
    for term in terms:
        condition = _condition(where, term)
        where.add(f"NOT ({condition})" if term.negated else condition)


def _condition(where: Where, term: Term) -> str:
    if term.field is None:
        return _text_condition(where, term.parts)
    if not term.is_tag:
        if column := COLUMNS.get(term.field):
            return _value_condition(where, column, term.parts)
        if column := LISTS.get(term.field):
            return _list_condition(where, column, term.parts)
    tag = f"tags[{where.parameter('String', term.field)}]"
    return _value_condition(where, tag, term.parts)


def _text_condition(where: Where, parts: tuple[str, ...]) -> str:
    """The text is stored in lower case. The index finds whole words; a pattern tells what stands around them."""
    parts = tuple(part.lower() for part in parts)
    tokens = _TOKEN.findall(parts[0]) if len(parts) == 1 else []
    conditions = []
    if tokens:
        conditions.append(f"hasAllTokens(search_text, {where.parameter('Array(String)', tokens)})")
    if tokens != [parts[0]]:
        conditions.append(f"match(search_text, {where.parameter('String', text_pattern(parts))})")
    return " AND ".join(conditions)


def _value_condition(where: Where, column: str, parts: tuple[str, ...]) -> str:
    if len(parts) == 1:
        return f"{column} = {where.parameter('String', parts[0])}"
    if not any(parts):
        return f"{column} != ''"
    return f"{column} LIKE {where.parameter('String', _like_pattern(parts))}"


def _list_condition(where: Where, column: str, parts: tuple[str, ...]) -> str:
    if parts == ("",):
        return f"empty({column})"
    if len(parts) == 1:
        return f"has({column}, {where.parameter('String', parts[0])})"
    if not any(parts):
        return f"notEmpty({column})"
    return f"arrayExists(x -> x LIKE {where.parameter('String', _like_pattern(parts))}, {column})"


def _like_pattern(parts: tuple[str, ...]) -> str:
    return "%".join(_LIKE_SPECIAL.sub(r"\\\1", part) for part in parts)


def _summary(row: dict[str, Any]) -> EventSummary:
    return EventSummary(
        event_id=row["event_id"],
        issue_id=row["issue_id"],
        project=str(row["project"]),
        received=row["received"],
        timestamp=row["timestamp"],
        title=row["title"],
        culprit=row["culprit"],
        message=row["message"],
        level=row["level"],
        platform=row["platform"],
        environment=row["environment"],
        release=row["release"],
        user=row["user_key"],
        tags=row["tags"],
        fingerprint=row["fingerprint"],
    )
