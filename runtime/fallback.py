"""The first page, the dashboard's pages, and the answer to paths that there are not."""

import html

import msgspec
from aiohttp import web

from runtime.dashboard import Dashboard, wants_page

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Stacktide</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem }
  code, pre { font: 0.9rem/1.5 ui-monospace, monospace }
  pre { padding: 0.8rem 1rem; border: 1px solid color-mix(in srgb, currentColor 25%, transparent); overflow-x: auto }
</style>
<h1>Stacktide is running</h1>
<p>Point an SDK's DSN at this address, and read what arrives through the API. The dashboard has not been built here:
<code>make dashboard</code> builds it.</p>
<pre>stacktide send DSN "a test error"
stacktide token add NAME
curl -H "Authorization: Bearer TOKEN" ORIGIN/api/v1/projects/1/issues</pre>
<p><a href="/readyz">Readiness</a> · <a href="/healthz">health</a> · <a href="/metrics">metrics</a></p>
</html>
"""


def add_fallback_routes(app: web.Application, dashboard: Dashboard | None = None) -> None:
    """Add them, after all other routes. Where there is a dashboard, it answers to browsers."""

    async def first_page(request: web.Request) -> web.Response:
        if dashboard is not None:
            return dashboard.page(request)
        page = _PAGE.replace("ORIGIN", html.escape(f"{request.scheme}://{request.host}"))
        headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def not_found(request: web.Request) -> web.Response:
        if dashboard is not None:
            if file := dashboard.file(request):
                return file
            if wants_page(request):
                return dashboard.page(request)
        error = {"code": "not_found", "message": "There is nothing at this path.", "detail": None}
        return web.Response(
            body=msgspec.json.encode({"error": error}), status=404, content_type="application/json"
        )

    app.router.add_get("/", first_page)
    app.router.add_route("*", "/{path:.*}", not_found)
