"""How healthy releases are: their sessions, how many crashed, and their errors."""

from typing import NamedTuple

from api.models import ReleaseHealth
from api.queries.selection import Selection
from api.queries.unique_users import crash_free
from api.queries.windows import Windows
from stores.events.where import Where
from stores.ports import AnalyticalStore

#: What tells releases with as many sessions apart, in a form that a cursor can hold.
_TIE = "lower(hex(MD5(release)))"


class RankedRelease(NamedTuple):
    """A release with what it is sorted by."""

    health: ReleaseHealth
    sessions: int
    tie: str


async def release_health(
    store: AnalyticalStore, selection: Selection, windows: Windows, after: tuple[int, str] | None
) -> list[RankedRelease]:
    """The releases with sessions in a range, those with the most sessions first, one more than the limit if there are more.
    ``after`` is where the page before ended."""
    where = selection.where()
    windows.limit(where, "bucket")
    having = ""
    if after is not None:
        count, tie = where.parameter("UInt64", after[0]), where.parameter("String", after[1])
        having = f"HAVING (sessions, tie) < ({count}, {tie})"
    rows = await store.query(
        f"""
        SELECT release, {_TIE} AS tie, sum(s) AS sessions, sum(e) AS errored, sum(a) AS abnormal, sum(c) AS crashed,
            uniqCombined64Merge(12)(u) AS users, uniqCombined64Merge(12)(cu) AS crashed_users,
            min(bucket) AS first, max(bucket) AS last
        FROM
        (
            SELECT release, bucket, max(sessions) AS s, max(errored) AS e, max(abnormal) AS a, max(crashed) AS c,
                uniqCombined64MergeState(12)(users) AS u, uniqCombined64MergeState(12)(crashed_users) AS cu
            FROM session_counts {where.sql}
            GROUP BY project, bucket, release, environment, partition, opened
        )
        GROUP BY release
        {having}
        ORDER BY sessions DESC, tie DESC
        LIMIT {where.parameter("UInt32", selection.limit + 1)}
        """,
        where.parameters,
    )
    errors = await _errors(store, selection, windows, [row["release"] for row in rows])
    return [_ranked(row, errors.get(row["release"], 0)) for row in rows]


async def _errors(
    store: AnalyticalStore, selection: Selection, windows: Windows, releases: list[str]
) -> dict[str, int]:
    where: Where = selection.where()
    windows.limit(where, "bucket")
    where.one_of("release", releases)
    rows = await store.query(
        f"""
        SELECT release, sum(latest) AS errors
        FROM
        (
            SELECT release, max(total) AS latest FROM project_error_counts {where.sql}
            GROUP BY project, bucket, environment, release, level, partition, opened
        )
        GROUP BY release
        """,
        where.parameters,
    )
    return {row["release"]: int(row["errors"]) for row in rows}


def _ranked(row: dict[str, object], errors: int) -> RankedRelease:
    sessions, errored, abnormal, crashed, users, crashed_users = (
        int(str(row[name]))
        for name in ("sessions", "errored", "abnormal", "crashed", "users", "crashed_users")
    )
    health = ReleaseHealth(
        release=str(row["release"]),
        sessions=sessions,
        healthy=sessions - errored,
        errored=errored - abnormal,
        abnormal=abnormal - crashed,
        crashed=crashed,
        users=users,
        crash_free_sessions=crash_free(sessions, crashed),
        crash_free_users=crash_free(users, crashed_users),
        errors=errors,
        errors_per_session=errors / sessions if sessions else None,
        first_session=row["first"],  # type: ignore[arg-type]
        last_session=row["last"],  # type: ignore[arg-type]
    )
    return RankedRelease(health, sessions, str(row["tie"]))
