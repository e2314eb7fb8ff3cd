"""The routes of the API, on an aiohttp application that others share."""

from aiohttp import web

from api import routes
from api.auth import READ
from api.call import Api, Handler, endpoint, method_not_allowed

__all__ = ["Api", "add_api_routes"]

ROUTES: tuple[tuple[str, Handler], ...] = (
    ("/api/v1/projects", routes.list_projects),
    ("/api/v1/projects/{project}/issues", routes.list_issues),
    ("/api/v1/projects/{project}/search", routes.search_events),
    ("/api/v1/projects/{project}/error-rates", routes.show_error_rates),
    ("/api/v1/projects/{project}/events/{event_id}", routes.show_event),
    ("/api/v1/projects/{project}/events/{event_id}/raw", routes.show_payload),
    ("/api/v1/issues/{issue}", routes.show_issue),
    ("/api/v1/issues/{issue}/events", routes.list_issue_events),
)


def add_api_routes(app: web.Application, api: Api) -> None:
    """Add every route of the API to an application."""
    for path, handler in ROUTES:
        resource = app.router.add_resource(path)
        handle = endpoint(api, path, READ, handler)
        resource.add_route("GET", handle)
        resource.add_route("HEAD", handle)
        resource.add_route("*", method_not_allowed)
