"""The commands' way into a running process: operations over a Unix socket in the data folder, for its owner alone."""

from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from runtime.context import Context
from runtime.operations import OPERATIONS, OperationError

log = structlog.get_logger(__name__)


async def serve_operations(context: Context, path: Path) -> web.AppRunner:
    """Serve ``POST /{operation}`` with the arguments as a JSON object; the answer is the operation's result as JSON."""

    async def perform(request: web.Request) -> web.Response:
        name = request.match_info["operation"]
        if name not in OPERATIONS:
            return _json({"error": f"There is no operation {name!r}."}, 404)
        try:
            result = await OPERATIONS[name](context, **msgspec.json.decode(await request.read()))
        except OperationError as error:
            return _json({"error": str(error)}, 400)
        except Exception as error:
            log.exception("operation_failed", operation=name)
            return _json({"error": f"{type(error).__name__}: {error}"}, 500)
        return _json(result, 200)

    app = web.Application()
    app.router.add_post("/{operation}", perform)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    path.unlink(missing_ok=True)
    await web.UnixSite(runner, str(path)).start()
    path.chmod(0o600)
    return runner


def _json(value: object, status: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")
