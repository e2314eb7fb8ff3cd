"""Error rates, and the health of releases. docs/rates.md says what is counted."""

from datetime import UTC

from aiohttp import web

from api.call import Call
from api.declarations import (
    BETWEEN,
    ENVIRONMENT,
    ISSUE,
    LEVEL,
    PAGED,
    RELEASE,
    TIME_ZONE,
    any_of,
    length,
    most,
    one_of,
)
from api.errors import bad_parameter
from api.formats import CSV, JSON, PARQUET, accepted_format, encode_rates
from api.models import ErrorRates, Page, ReleaseHealth
from api.parameters import (
    choice,
    cursor,
    duration,
    encode_cursor,
    issue_ids,
    limit,
    time_zone,
    values,
    words,
)
from api.queries.rates import MEASURES, Measure, error_rates
from api.queries.release_health import release_health
from api.queries.selection import FACETS, Selection
from api.queries.unique_users import MAX_OVERLAP
from api.queries.windows import DAY, Windows
from api.route import Route
from schemas.records import ROLLUP_WIDTH

DEFAULT_SPAN = DAY
DEFAULT_HEALTH_SPAN = 14 * DAY
DEFAULT_WINDOW = 60
DEFAULT_SERIES = 50
#: Most points of one answer, over all its series.
MAX_POINTS = 200_000


async def show_error_rates(call: Call) -> web.Response:
    """A measure by windows, as JSON, CSV or Parquet."""
    media_type = accepted_format(call.request.headers.get("Accept", "*/*"))
    body = encode_rates(await rates_of(call), words(call.query, _GROUP_BY), media_type)
    return web.Response(body=body, content_type=media_type, headers={"Vary": "Accept"})


async def rates_of(call: Call) -> ErrorRates:
    """A measure by windows."""
    project = await call.project()
    query = call.query
    measure = choice(query, _MEASURE)
    kind = MEASURES[measure]
    windows = _windows(call, kind)
    compare = choice(query, _COMPARE) == "previous"
    group_by = words(query, _GROUP_BY, kind.group_by)
    series = limit(query, DEFAULT_SERIES) if group_by else 1
    asked = windows.with_previous() if compare else windows
    if max(asked.points, asked.panes) * series > MAX_POINTS:
        raise bad_parameter(
            "step",
            f"{windows.step} s with {series} series",
            f"a step of at most {MAX_POINTS} points over all series: widen it, shorten the range, or lower 'limit'",
        )
    filters = _filters(call, measure, kind)
    merged = await call.api.operational.merges.of(project.id)
    filters["issue_id"] = merged.expand(filters["issue_id"])
    selection = Selection(project.id, filters, group_by, series, roots=merged.roots)
    return await error_rates(call.api.events, measure, selection, windows, compare)


async def list_release_health(call: Call) -> Page[ReleaseHealth]:
    """Releases with sessions, and what became of these, those with the most sessions first."""
    project = await call.project()
    size = limit(call.query)
    start, end = call.time_range(DEFAULT_HEALTH_SPAN)
    windows = Windows.over(start, call.api.clock() if end is None else end, ROLLUP_WIDTH, ROLLUP_WIDTH, UTC)
    filters = {FACETS[one.name]: values(call.query, one) for one in (ENVIRONMENT, RELEASE)}
    selection = Selection(project.id, filters, [], size)
    found = await release_health(call.api.events, selection, windows, cursor(call.query, "health"))
    next_cursor = None
    if len(found) > size:
        last = found[size - 1]
        next_cursor = encode_cursor("health", last.sessions, last.tie)
    return Page([item.health for item in found[:size]], next_cursor)


def _windows(call: Call, kind: Measure) -> Windows:
    query = call.query
    unit = ROLLUP_WIDTH if kind.quarters else call.api.settings.count_bucket
    width = duration(query, _WINDOW, max(DEFAULT_WINDOW, unit), unit)
    step = duration(query, _STEP, width, unit)
    zone = time_zone(query)
    start, end = call.time_range(DEFAULT_SPAN)
    windows = Windows.over(start, call.api.clock() if end is None else end, width, step, zone)
    if kind.of_sets and windows.overlap > MAX_OVERLAP:
        raise bad_parameter(
            "step", f"{step} s", f"a step of at least a {MAX_OVERLAP}th of the window for this measure"
        )
    if kind.quarters and not windows.in_rollups:
        raise bad_parameter(
            "timezone", query.get("timezone", ""), "a zone that is whole quarters of an hour from UTC"
        )
    return windows


def _filters(call: Call, measure: str, kind: Measure) -> dict[str, list[str]]:
    filters = {FACETS[one.name]: values(call.query, one) for one in (ENVIRONMENT, RELEASE, LEVEL)}
    filters["issue_id"] = issue_ids(call.query, ISSUE)
    for name, column in FACETS.items():
        if filters[column] and name not in kind.filters:
            raise bad_parameter(
                name, filters[column][0], f"nothing: the measure {measure} is not known by {name}"
            )
    return filters


_MEASURE = one_of("measure", "What is counted: docs/rates.md.", tuple(MEASURES), "count")
_COMPARE = one_of("compare", "What each series is put beside.", ("none", "previous"), "none")
_WINDOW = length("window", f"Length of a window; {DEFAULT_WINDOW} seconds by default.")
_STEP = length("step", "How far apart windows begin; the window's length by default.")
_GROUP_BY = any_of("group_by", "What there is a series for each value of.", tuple(FACETS))
_SERIES = most("How many series there are at most, the largest first.")

ROUTES = (
    Route(
        "GET",
        "/api/v1/projects/{project}/error-rates",
        show_error_rates,
        gives=ErrorRates,
        query=(
            *BETWEEN,
            _MEASURE,
            _COMPARE,
            _WINDOW,
            _STEP,
            TIME_ZONE,
            _GROUP_BY,
            ENVIRONMENT,
            RELEASE,
            LEVEL,
            ISSUE,
            _SERIES,
        ),
        media=(JSON, CSV, PARQUET),
    ),
    Route(
        "GET",
        "/api/v1/projects/{project}/release-health",
        list_release_health,
        gives=Page[ReleaseHealth],
        query=(*BETWEEN, ENVIRONMENT, RELEASE, *PAGED),
    ),
)
