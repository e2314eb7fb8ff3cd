"""Reports that browsers send by themselves: Content-Security-Policy and its kin, and the Reporting API's
arrays.
"""

import msgspec
from aiohttp import web

from ingest.auth import dsn_claim, sentry_claim
from ingest.edge import Call, Incoming, header_text
from ingest.errors import Malformed, TooLarge
from ingest.event import new_id, read_head
from ingest.responses import answered
from ingest.sentry import project_of

MAX_REPORTS = 100
"""Reports in one array; browsers batch a few."""

_array = msgspec.json.Decoder(list[msgspec.Raw])


async def take_report(call: Call) -> web.Response:
    """``POST /api/{project}/security/``: 200 ``{"id": …}`` once all reports are durable, the id that of the
    first.

    The report becomes an event by what ``fingerprint`` makes of it; here its bytes are only checked to be
    JSON objects.
    """
    project = project_of(call.request)
    claim = sentry_claim(call.request.headers, call.request.query_string) or dsn_claim(None)
    await call.authenticate(claim, project)
    max_bytes = call.edge.settings.max_event_bytes
    body = bytes(await call.body.read(call.request, max_bytes))
    content_type = header_text(call.request.headers.get("Content-Type", ""))
    reports = _split(body) if body.lstrip()[:1] == b"[" else [body]
    for report in reports:
        read_head(report, max_bytes)
    events = [Incoming(new_id(), report, content_type) for report in reports]
    await call.deliver(events)
    return answered(200, {"id": events[0].event_id} if events else {})


def _split(body: bytes) -> list[bytes]:
    try:
        reports = [bytes(raw) for raw in _array.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("invalid_json", f"The array of reports cannot be read: {error}.") from error
    if len(reports) > MAX_REPORTS:
        raise TooLarge(
            "too_many_events",
            f"The request has {len(reports)} reports; at most {MAX_REPORTS} are taken at once.",
            {"limit": MAX_REPORTS},
            quantity=len(reports),
        )
    return reports
