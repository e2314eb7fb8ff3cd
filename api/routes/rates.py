"""Error rates, and the health of releases. docs/rates.md says what is counted."""

from datetime import UTC

from aiohttp import web

from api.call import Call
from api.errors import bad_parameter
from api.formats import accepted_format, encode_rates
from api.models import ErrorRates, Page
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
    project = await call.project()
    query = call.query
    measure = choice(query, "measure", tuple(MEASURES), "count")
    kind = MEASURES[measure]
    windows = _windows(call, kind)
    compare = choice(query, "compare", ("none", "previous"), "none") == "previous"
    group_by = words(query, "group_by", kind.group_by)
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
    rates = await error_rates(call.api.events, measure, selection, windows, compare)
    media_type = accepted_format(call.request.headers.get("Accept", "*/*"))
    return web.Response(
        body=encode_rates(rates, group_by, media_type), content_type=media_type, headers={"Vary": "Accept"}
    )


async def list_release_health(call: Call) -> Page:
    """Releases with sessions, and what became of these, those with the most sessions first."""
    project = await call.project()
    size = limit(call.query)
    start, end = call.time_range(DEFAULT_HEALTH_SPAN)
    windows = Windows.over(start, call.api.clock() if end is None else end, ROLLUP_WIDTH, ROLLUP_WIDTH, UTC)
    filters = {FACETS[name]: values(call.query, name) for name in ("environment", "release")}
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
    width = duration(query, "window", max(DEFAULT_WINDOW, unit), unit)
    step = duration(query, "step", width, unit)
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
    filters = {FACETS[name]: values(call.query, name) for name in ("environment", "release", "level")}
    filters["issue_id"] = issue_ids(call.query, "issue")
    for name, column in FACETS.items():
        if filters[column] and name not in kind.filters:
            raise bad_parameter(
                name, filters[column][0], f"nothing: the measure {measure} is not known by {name}"
            )
    return filters


ROUTES = (
    Route("GET", "/api/v1/projects/{project}/error-rates", show_error_rates, gives=ErrorRates),
    Route("GET", "/api/v1/projects/{project}/release-health", list_release_health, gives=Page),
)
