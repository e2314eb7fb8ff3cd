"""Export and erasure of what is known of one end user, and what became of requests to erase."""

import asyncio

import msgspec
import structlog
from aiohttp import web

from api.call import Call
from api.declarations import PAGED
from api.errors import ApiError, not_found
from api.models import Page
from api.parameters import cursor, encode_cursor, limit, number_of
from api.route import Route
from api.routes.bodies import refusals
from api.routes.organisations import organisation_of
from runtime.privacy.export import export_person
from runtime.privacy.subject import Person
from schemas.accounts import ADMIN
from schemas.privacy import Erasure, Subject
from stores.errors import StoreError

log = structlog.get_logger(__name__)

#: Seconds for which a client may leave what it is sent unread.
_PATIENCE = 60.0


async def export_user(call: Call) -> web.StreamResponse:
    """Export all that is kept about one end user, as lines of JSON."""
    project = await call.project()
    person = await _person(call, project.id, await call.body(Subject))
    response = web.StreamResponse(
        headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"}
    )
    response.enable_chunked_encoding()
    lines = export_person(call.api.events, call.api.archive, project.id, person)
    try:
        first = await anext(lines)  # an error of a store is still answered as one
        await response.prepare(call.request)
        await response.write(msgspec.json.encode(first) + b"\n")
        async for line in lines:
            await asyncio.wait_for(response.write(msgspec.json.encode(line) + b"\n"), _PATIENCE)
    except StoreError as error:
        if not response.prepared:
            raise
        # The last line is missing, and so is the end of the chunked body.
        log.warning("an export was not finished", project=project.id, error=str(error))
        if call.request.transport is not None:
            call.request.transport.abort()
    return response


async def erase_user(call: Call) -> Erasure:
    """Erase all that is kept about one end user."""
    project = await call.project()
    subject = await call.body(Subject)
    await _person(call, project.id, subject)
    with refusals():
        return await call.api.operational.erasures.add(
            project.id, project.organisation, subject, call.caller.name
        )


async def list_erasures(call: Call) -> Page[Erasure]:
    """The requests to erase of a project, the latest first."""
    return await _page(call, project=(await call.project()).id)


async def show_erasure(call: Call) -> Erasure:
    """A request to erase, with its receipt once it is done."""
    project = await call.project()
    given = call.request.match_info["erasure"]
    erasure = await call.api.operational.erasures.get(project.id, number_of(given) or 0)
    if erasure is None:
        raise not_found(f"erasure {given[:100]!r}")
    return erasure


async def list_erasures_of_organisation(call: Call) -> Page[Erasure]:
    """The requests to erase of an organisation, those of removed projects among them, the latest first."""
    return await _page(call, organisation=await organisation_of(call))


async def _page(call: Call, **of: int) -> Page[Erasure]:
    size = limit(call.query)
    after = cursor(call.query, "erasures")
    found = await call.api.operational.erasures.find(after[0] if after else None, size + 1, **of)
    following = encode_cursor("erasures", int(found[size - 1].id), "") if len(found) > size else None
    return Page(found[:size], following)


async def _person(call: Call, project: int, subject: Subject) -> Person:
    configuration = await call.api.operational.configurations.get(project)
    try:
        return Person(subject, configuration.scrubbing.hash_key)
    except ValueError as error:
        raise ApiError(400, "bad_body", str(error)) from error


_PATH = "/api/v1/projects/{project}/privacy"
ROUTES = (
    Route(
        "POST",
        f"{_PATH}/export",
        export_user,
        ADMIN,
        takes=Subject,
        gives=str,
        media=("application/x-ndjson",),
    ),
    Route("POST", f"{_PATH}/erase", erase_user, ADMIN, takes=Subject, gives=Erasure),
    Route("GET", f"{_PATH}/erasures", list_erasures, ADMIN, gives=Page[Erasure], query=PAGED),
    Route("GET", f"{_PATH}/erasures/{{erasure}}", show_erasure, ADMIN, gives=Erasure),
    Route(
        "GET",
        "/api/v1/organisations/{organisation}/erasures",
        list_erasures_of_organisation,
        ADMIN,
        gives=Page[Erasure],
        query=PAGED,
    ),
)
