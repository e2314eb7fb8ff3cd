"""Error rates."""

from aiohttp import web

from api.call import Call
from api.errors import bad_parameter
from api.formats import accepted_format, encode_rates
from api.models import ErrorRates
from api.parameters import duration, issue_ids, limit, values, words
from api.queries.error_rates import FACETS, Selection, Windows, error_rates
from api.route import Route

DEFAULT_SPAN = 86_400
DEFAULT_WINDOW = 60
DEFAULT_SERIES = 50
#: Most points of one answer, over all its series.
MAX_POINTS = 200_000


async def show_error_rates(call: Call) -> web.Response:
    """Windowed counts and rates, as JSON, CSV or Parquet."""
    project = await call.project()
    query = call.query
    bucket = call.api.settings.count_bucket
    width = duration(query, "window", DEFAULT_WINDOW, bucket)
    step = duration(query, "step", width, bucket)
    start, end = call.time_range(DEFAULT_SPAN)
    windows = Windows.over(start, call.api.clock() if end is None else end, width, step)
    group_by = words(query, "group_by", tuple(FACETS))
    series = limit(query, DEFAULT_SERIES) if group_by else 1
    if max(windows.points * series, windows.panes) > MAX_POINTS:
        raise bad_parameter(
            "step",
            f"{step} s with {series} series",
            f"a step of at most {MAX_POINTS} points over all series: widen it, shorten the range, or lower 'limit'",
        )
    filters = {FACETS[name]: values(query, name) for name in ("environment", "release", "level")}
    filters["issue_id"] = issue_ids(query, "issue")
    selection = Selection(project.id, filters, group_by, series)
    rates = await error_rates(call.api.events, selection, windows)
    media_type = accepted_format(call.request.headers.get("Accept", "*/*"))
    return web.Response(
        body=encode_rates(rates, group_by, media_type), content_type=media_type, headers={"Vary": "Accept"}
    )


ROUTES = (Route("GET", "/api/v1/projects/{project}/error-rates", show_error_rates, gives=ErrorRates),)
