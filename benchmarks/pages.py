"""How long the dashboard's pages wait for the API, embedded, with 5 million events and 20,000 issues in the store.

    python -m benchmarks.pages [--folder FOLDER] [--events N] [--issues N] [--repeats N] [--only WORD] [--json]

The store is filled as ``benchmarks.fill`` says, which takes some minutes, once in a FOLDER that is kept. Then ``stacktide up``
runs on it in a process of its own and is asked what the pages ask for, with the same parameters: a page's requests go out as
a browser sends them, those that need an earlier answer after it. Repetitions differ: lists begin further back, issues are
drawn by Zipf's law, words of searches change.

It prints the milliseconds until the last answer, and the CPU time that the server took for it, all threads, as a mean.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from benchmarks.fill import make_folder, shares
from benchmarks.http import Connection
from benchmarks.server import Server

PROJECTS = 5
_TOKEN = "5" * 64
_CONNECTIONS = 6
_DAY = 86_400
_MADE = "filled.json"


class Store(NamedTuple):
    """What a folder holds: issues of the first project, and until when (Unix seconds) there are events."""

    events: int
    issues: int
    until: int

    def issue(self, chosen: random.Random) -> str:
        """An issue of the first project, each as likely as an event to be one of it."""
        rank = int((self.issues * 3 // 4) ** chosen.random())
        return hashlib.md5(f"1:{rank}".encode(), usedforsecurity=False).hexdigest()


class Browser:
    """Asks as one browser does: over a few connections, as many requests at once as these allow."""

    def __init__(self, server: Server, token: str = _TOKEN) -> None:
        self._connections: asyncio.Queue[Connection] = asyncio.Queue()
        self._server, self._headers = server, {"Authorization": f"Bearer {token}"}
        self._opened = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Browser":
        for _ in range(_CONNECTIONS):
            connection = Connection(self._server.host, self._server.port)
            self._connections.put_nowait(await self._opened.enter_async_context(connection))
        return self

    async def __aexit__(self, *of_error: Any) -> None:
        await self._opened.aclose()

    async def get(self, path: str, **parameters: Any) -> Any:
        """The JSON that a path answers with.

        Raises:
            RuntimeError: it answered otherwise than 200.
        """
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        connection = await self._connections.get()
        try:
            status, body = await connection.request("GET", f"/api/v1{path}{query}", self._headers)
        finally:
            self._connections.put_nowait(connection)
        if status != 200:
            raise RuntimeError(f"{path}{query} answered {status}: {body[:300]!r}")
        return json.loads(body)


Visit = Callable[[Browser, Store, random.Random], Awaitable[Any]]


def period_start(seconds: int, bar: int) -> int:
    """From when on the dashboard asks for a period; see ``dashboard/src/lib/time.ts``."""
    return (int(time.time()) // bar + 1) * bar - seconds


async def issue_list(browser: Browser, _: Store, chosen: random.Random, **asked: Any) -> Any:
    """The first page of the list of the last 14 days, or of what else is asked for."""
    start = period_start(14 * _DAY, 21_600) - chosen.randrange(4) * 21_600
    parameters = {"status": "unresolved", "sort": "last_seen", "from": start, "limit": 50, **asked}
    if "query" in asked and "is:" in asked["query"]:
        del parameters["status"]
    return await browser.get("/projects/1/issues", **parameters)


async def later_list(browser: Browser, store: Store, chosen: random.Random) -> Any:
    """The list's fourth page."""
    cursor = ""
    for _ in range(4):
        page = await issue_list(browser, store, random.Random(0), cursor=cursor)
        cursor = page["next_cursor"]
    return page


async def list_page(browser: Browser, store: Store, chosen: random.Random) -> Any:
    """All that the page of issues asks for before anybody does anything."""
    start, end = period_start(14 * _DAY, 21_600), period_start(0, 21_600)
    return await asyncio.gather(
        browser.get("/projects"),
        issue_list(browser, store, chosen),
        browser.get("/projects/1/error-rates", **{"window": 21_600, "from": start, "to": end}),
    )


async def issue_page(browser: Browser, store: Store, chosen: random.Random) -> Any:
    """All that an issue's page asks for before anybody does anything."""
    return await show_issue(browser, store.issue(chosen))


async def largest_issue_page(browser: Browser, store: Store, chosen: random.Random) -> Any:
    """The same for one of the issues with the most events."""
    rank = chosen.randrange(1, 6)
    return await show_issue(browser, hashlib.md5(f"1:{rank}".encode(), usedforsecurity=False).hexdigest())


async def show_issue(browser: Browser, issue: str) -> None:
    """What the page of an issue asks for: chart and tags once it knows the issue, an event once it knows the latest."""
    start, end = period_start(14 * _DAY, 21_600), period_start(0, 21_600)
    chart = {"window": 21_600, "issue": issue, "group_by": "release", "limit": 50, "from": start, "to": end}

    async def head() -> None:
        await browser.get(f"/issues/{issue}")
        await asyncio.gather(
            browser.get("/projects/1/error-rates", **chart), browser.get(f"/issues/{issue}/tags")
        )

    async def latest() -> None:
        page = await browser.get(f"/issues/{issue}/events", **{"from": 0, "limit": 100})
        await browser.get(f"/projects/1/events/{page['items'][0]['event_id']}")

    await asyncio.gather(head(), latest())


def _list(query: str = "", **asked: Any) -> Visit:
    async def visit(browser: Browser, store: Store, chosen: random.Random) -> Any:
        more = {"query": query.format(number=chosen.randrange(1, 900))} if query else {}
        return await issue_list(browser, store, chosen, **asked, **more)

    return visit


def _search(query: str) -> Visit:
    async def visit(browser: Browser, store: Store, chosen: random.Random) -> Any:
        asked = query.format(number=chosen.randrange(1, 900))
        return await browser.get("/projects/1/search", q=asked, limit=100)

    return visit


VISITS: dict[str, Visit] = {
    "list": _list(),
    "list, fourth page and those before": later_list,
    "list, page with chart": list_page,
    "list by count": _list(sort="count"),
    "list by users": _list(sort="users"),
    "list by first seen": _list(sort="first_seen"),
    "list of resolved": _list(status="resolved"),
    "list of an environment": _list(environment="staging"),
    "list with words": _list("timeout{number}"),
    "list with frequent word": _list("connection"),
    "list with part": _list("part{number}"),
    "list with release and level": _list("release:billing@1.2.0 level:error"),
    "list with times": _list("is:unresolved times:>500"),
    "issue page": issue_page,
    "issue page, many events": largest_issue_page,
    "search part": _search("part{number}"),
    "search words": _search("connection reset"),
    "search tag": _search("tenant:t7 environment:staging"),
    "search user": _search("user.id:{number}"),
}


class Figures(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    slowest: float
    cpu: float


async def measure(server: Server, store: Store, visit: Visit, repeats: int) -> Figures:
    """Ask again and again, one after the other."""
    walls = []
    chosen = random.Random(7)
    async with Browser(server) as browser:
        await visit(browser, store, random.Random(99))
        busy = server.cpu_seconds()
        for _ in range(repeats):
            began = time.perf_counter()
            await visit(browser, store, chosen)
            walls.append(1000 * (time.perf_counter() - began))
        cpu = 1000 * (server.cpu_seconds() - busy) / repeats
    walls.sort()
    return Figures(walls[len(walls) // 2], walls[int(len(walls) * 0.95)], walls[-1], cpu)


def serve(folder: Path, events: int, issues: int) -> tuple[Server, Store]:
    """A server on the folder, ready, which has been filled."""
    data, made = folder / "data", folder / _MADE
    # What is measured must not be dropped as too old while it is.
    server = Server(data, STACKTIDE_BOOTSTRAP_TOKEN=_TOKEN, STACKTIDE_EVENTS_RETENTION=str(90 * _DAY))
    server.token = _TOKEN
    server.start()
    while len(projects := server.get("/api/v1/projects")["items"]) < PROJECTS:
        server.call("POST", "/api/v1/projects", {"name": f"Service {len(projects) + 1}"})
    if made.exists():
        return server, Store(*json.loads(made.read_text()))
    server.stop()
    store = Store(events, issues, int(time.time()) // 60 * 60)
    make_folder(data, shares(list(range(1, PROJECTS + 1)), events, issues), store.until)
    made.write_text(json.dumps(store))
    server.start()
    return server, store


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages")
    parser.add_argument("--folder", type=Path, help="where the store is kept; a temporary one without")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--only", default="", help="only visits whose names have this in them")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with _folder(given.folder) as folder:
        server, store = serve(folder, given.events, given.issues)
        try:
            found = {}
            for name, visit in VISITS.items():
                if given.only not in name:
                    continue
                found[name] = figures = asyncio.run(measure(server, store, visit, given.repeats))
                if not given.json:
                    print(
                        f"{name:40} p50 {figures.p50:6.0f}  p95 {figures.p95:6.0f}  slowest {figures.slowest:6.0f} ms"
                        f"  CPU {figures.cpu:6.0f} ms  load {os.getloadavg()[0]:.1f}",
                        flush=True,
                    )
            if given.json:
                print(json.dumps({name: figures._asdict() for name, figures in found.items()}))
            print(f"resident {server.memory() / 2**20:.0f} MB, at most {server.peak_memory() / 2**20:.0f} MB")
        finally:
            server.stop()


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="stacktide-pages-") as name:
        yield Path(name)


if __name__ == "__main__":
    main()
