"""People browsing while events arrive, embedded: how long both wait.

    python -m benchmarks.browsing [--folder FOLDER] [--people N] [--rate N] [--seconds N]

On the store of ``benchmarks.pages`` each of N people looks at the list of issues, opens one of it, looks through its events,
explores rates, searches, and pauses for two to ten seconds after each; a list or an issue that is open for longer is asked for
again every ten seconds. Meanwhile N events a second of ``benchmarks.events`` are sent to the real edge, one a request, at
a steady pace.

It prints the milliseconds of each kind of request and of an event's POST, and the cores that the server kept busy.
"""

import argparse
import asyncio
import gzip
import json
import os
import random
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.events import KINDS, make_event
from benchmarks.http import Connection
from benchmarks.pages import Browser, Store, period_start, serve
from benchmarks.server import Server

_PAUSE = (2.0, 10.0)
_POLL = 10.0
_SENDERS = 16
_BODIES = 2_000
_DAY = 86_400


class Person:
    """Somebody with a browser, whose requests are timed by what they ask for."""

    def __init__(self, browser: Browser, chosen: random.Random, until: float) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.failures: list[str] = []
        self._browser, self._chosen, self._until = browser, chosen, until

    async def browse(self, store: Store) -> None:
        """Go from page to page until the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._until - time.monotonic()):
                await self._go_on(store)

    async def _go_on(self, store: Store) -> None:
        await asyncio.sleep(self._chosen.uniform(0, _PAUSE[1]))
        while True:
            page = await self._with_polling(self._list)
            if page and page["items"]:
                issue = self._chosen.choice(page["items"])["id"]
                await self._with_polling(lambda issue=issue: self._issue(issue))
            await self._explore()
            await self._pause()
            await self._get(
                "search", "/projects/1/search", q=f"part{self._chosen.randrange(1, 900)}", limit=100
            )
            await self._pause()

    async def _with_polling(self, look: Any) -> Any:
        """Look at a page for a while; it looks again by itself."""
        page = await look()
        leave = time.monotonic() + self._chosen.uniform(*_PAUSE) * 2
        while (left := leave - time.monotonic()) > 0:
            await asyncio.sleep(min(left, _POLL))
            if left > _POLL:
                page = await look()
        return page

    async def _pause(self) -> None:
        await asyncio.sleep(self._chosen.uniform(*_PAUSE))

    async def _list(self) -> Any:
        start = period_start(14 * _DAY, 21_600)
        return await self._get(
            "list",
            "/projects/1/issues",
            **{"status": "unresolved", "sort": "last_seen", "from": start, "limit": 50},
        )

    async def _issue(self, issue: str) -> None:
        issue_path = f"/issues/{issue}"
        await asyncio.gather(
            self._get("issue", issue_path),
            self._get("issue's tags", f"{issue_path}/tags"),
            self._get("issue's events", f"{issue_path}/events", **{"from": 0, "limit": 100}),
        )

    async def _explore(self) -> None:
        start, end = period_start(14 * _DAY, 21_600), period_start(0, 21_600)
        asked = {"from": start, "to": end, "window": 21_600, "group_by": "release"}
        await self._get("rates", "/projects/1/error-rates", **asked)

    async def _get(self, kind: str, path: str, **parameters: Any) -> Any:
        began = time.perf_counter()
        answer = None
        try:
            answer = await self._browser.get(path, **parameters)
        except RuntimeError as error:
            self.failures.append(str(error)[:200])
        self.times[kind].append(1000 * (time.perf_counter() - began))
        return answer


async def send_events(server: Server, rate: float, until: float, times: list[float]) -> int:
    """Send events one a request at a steady pace, over a few connections; returns how many the edge refused."""
    bodies = [_body(number) for number in range(_BODIES)]
    made = server.call("POST", "/api/v1/projects/1/keys", {"label": "browsing"})
    key = urlsplit(made["dsn"]).username
    headers = {"X-Stacktide-Key": key, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    began, sent, refused = time.monotonic(), 0, 0

    async def sender() -> None:
        nonlocal sent, refused
        async with Connection(server.host, server.port) as connection:
            while time.monotonic() < until:
                number, sent = sent, sent + 1
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                at = time.perf_counter()
                status, _ = await connection.request(
                    "POST", "/api/v1/events", headers, bodies[number % _BODIES]
                )
                times.append(1000 * (time.perf_counter() - at))
                refused += status >= 300

    await asyncio.gather(*(sender() for _ in range(_SENDERS)))
    return refused


def _body(number: int) -> bytes:
    """An event without an id, which the edge gives it: it may be sent many times."""
    event = make_event(number % KINDS, number, 2048)
    del event["event_id"]
    return gzip.compress(json.dumps(event).encode(), 1)


async def run(server: Server, store: Store, people: int, rate: float, seconds: float) -> dict[str, Any]:
    """Browse and send at once; the figures of both."""
    until = time.monotonic() + seconds
    browsers = [Browser(server) for _ in range(people)]
    everybody = [
        Person(await browser.__aenter__(), random.Random(number), until)
        for number, browser in enumerate(browsers)
    ]
    posts: list[float] = []
    busy, began = server.cpu_seconds(), time.monotonic()
    refused, *_ = await asyncio.gather(
        send_events(server, rate, until, posts), *(person.browse(store) for person in everybody)
    )
    lasted = time.monotonic() - began
    found: dict[str, list[float]] = defaultdict(list)
    for person in everybody:
        for kind, times in person.times.items():
            found[kind] += times
    for browser in browsers:
        await browser.__aexit__()
    return {
        "requests": {kind: _figures(times) for kind, times in sorted(found.items())},
        "posts": _figures(posts),
        "events_per_second": round(len(posts) / seconds, 1),
        "refused": refused,
        "failures": [failure for person in everybody for failure in person.failures][:5],
        "failed": sum(len(person.failures) for person in everybody),
        "cpu": round((server.cpu_seconds() - busy) / lasted, 2),
    }


def _figures(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "count": len(ordered),
        "p50": round(ordered[len(ordered) // 2], 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "slowest": round(ordered[-1], 1),
    }


def main() -> None:
    """Fill, browse and send, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browsing")
    parser.add_argument("--folder", type=Path, required=True, help="where the store is kept")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--issues", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rate", type=float, default=500.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=120.0)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    server, store = serve(given.folder, given.events, given.issues)
    try:
        found = asyncio.run(run(server, store, given.people, given.rate, given.seconds))
        print(json.dumps({**found, "load": os.getloadavg()[0]}, indent=1))
        print(f"resident {server.memory() / 2**20:.0f} MB, at most {server.peak_memory() / 2**20:.0f} MB")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
