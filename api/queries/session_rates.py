"""Sessions by window, and errors relative to them."""

from api.queries.error_rates import Totals, error_counts, latest_totals
from api.queries.selection import Selection, Values
from api.queries.unique_users import crash_free
from api.queries.windows import Windows
from stores.ports import AnalyticalStore

SESSIONS = Totals("session_counts", ("sessions", "errored", "abnormal", "crashed"))


async def session_counts(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """Sessions that started in each window."""
    found = await latest_totals(store, SESSIONS, selection, windows)
    return {key: windows.sums(sessions) for key, (sessions, *_) in found.items()}


async def crash_free_sessions(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """The part of the sessions that started in each window and did not crash; None where there are none."""
    found = await latest_totals(store, SESSIONS, selection, windows)
    return {
        key: list(map(crash_free, windows.sums(sessions), windows.sums(crashed)))
        for key, (sessions, _, _, crashed) in found.items()
    }


async def errors_per_session(store: AnalyticalStore, selection: Selection, windows: Windows) -> Values:
    """Errors in each window for each session that started in it; None where there are no sessions.

    ``issue_id`` and ``level`` choose among the errors.
    """
    shared = {name: selection.filters.get(name, []) for name in ("environment", "release")}
    sessions = await session_counts(store, selection._replace(filters=shared), windows)
    # The series with the most sessions need not be those with the most errors.
    errors = await error_counts(store, selection._replace(keys=list(sessions)), windows)
    none = [0] * windows.points
    return {
        key: [
            count / started if started else None
            for count, started in zip(errors.get(key, none), counts, strict=True)
        ]
        for key, counts in sessions.items()
    }
