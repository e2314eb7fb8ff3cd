"""Windows of sessions as rules about crashes judge them, from what is stored."""

from typing import NamedTuple

from agents.evaluate.replay import CountedSessions
from agents.rules.compiled import CompiledRule
from schemas.rules import CrashFree
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: In how many windows a session may lie at most: longer windows move on by more than a bucket at a time.
_OVERLAP = 100

_STATE, _SIZE = "uniqCombined64MergeState(12)", "uniqCombined64Merge(12)"


class SessionWindows(NamedTuple):
    """``windows`` in the order of time, with ``sessions`` that began in them."""

    windows: list[CountedSessions]
    sessions: int


def step_of(condition: CrashFree, width: int) -> int:
    """Seconds from one window to the next: ``width``, or about a hundredth of a long window."""
    return -(-condition.window // (width * _OVERLAP)) * width


async def session_windows(
    store: AnalyticalStore, compiled: CompiledRule, where: Where, scope: str, limit: int
) -> SessionWindows:
    """The windows that hold any of the sessions ``where``, by ``scope`` (the SQL of a column); at most ``limit``."""
    condition = compiled.rule.condition
    assert isinstance(condition, CrashFree)
    of_users = condition.measure == "users"
    sets = f", {_STATE}(users) AS seen, {_STATE}(crashed_users) AS seen_crashed" if of_users else ""
    sizes = (f"{_SIZE}(seen)", f"{_SIZE}(seen_crashed)") if of_users else ("sum(started)", "sum(fallen)")
    width, step = compiled.width, step_of(condition, compiled.width)
    rows = await store.query(
        f"""
        WITH counters AS
        (
            SELECT toUnixTimestamp(bucket) AS begin, {scope} AS scope, max(sessions) AS started, max(crashed) AS fallen{sets}
            FROM session_counts {where.sql}
            GROUP BY bucket, release, environment, partition, opened
        )
        SELECT scope, end, {sizes[0]} AS total, {sizes[1]} AS fell, sumIf(started, end = first) AS begun
        FROM
        (
            SELECT *,
                intDiv(begin + {width + step - 1}, {step}) * {step} AS first,
                arrayJoin(range(first, begin + {condition.window + 1}, {step})) AS end
            FROM counters
        )
        GROUP BY scope, end
        ORDER BY end, scope
        LIMIT {limit:d}
        """,
        where.parameters,
    )
    windows = [
        CountedSessions(int(row["end"]), str(row["scope"]), int(row["total"]), int(row["fell"]))
        for row in rows
    ]
    return SessionWindows(windows, sum(int(row["begun"]) for row in rows))
