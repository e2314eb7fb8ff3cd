"""The routes of the API, on an aiohttp application that others share."""

from itertools import groupby

from aiohttp import web

from api.call import Api, endpoint, method_not_allowed
from api.routes import ROUTES

__all__ = ["Api", "add_api_routes"]


def add_api_routes(app: web.Application, api: Api) -> None:
    """Add every route of the API to an application."""

    async def clean_up(_app: web.Application) -> None:
        api.pieces.close()

    app.on_cleanup.append(clean_up)

    async def end_streams(_app: web.Application) -> None:
        api.feed.closing.set()

    app.on_shutdown.append(end_streams)
    for path, routes in groupby(sorted(ROUTES, key=lambda route: route.path), lambda route: route.path):
        resource = app.router.add_resource(path)
        methods = []
        for route in routes:
            handle = endpoint(api, route)
            for method in ("GET", "HEAD") if route.method == "GET" else (route.method,):
                resource.add_route(method, handle)
                methods.append(method)
        resource.add_route("*", method_not_allowed(methods))
