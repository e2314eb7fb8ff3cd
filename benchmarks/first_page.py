"""How soon the first page can be used: ``python -m benchmarks.first_page [FOLDER]``.

Chromium opens the list of issues as somebody who has logged in, on a server of its own: on a fresh one with 1,000 issues
of 10,000 events, or on an existing data folder. From the navigation's start (the browser's own clock, Performance API) to the
moment at which the first issue stands on the screen and the page has time for a key again: two frames after its row, and
after the tasks that were due. With an empty cache, and again with a full one; on localhost as it is, and with the network that
Chrome's developer tools call Fast 3G and Slow 3G.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext

from benchmarks.browser import open_chromium
from benchmarks.events import KINDS, make_event
from benchmarks.server import Server, until
from infra.dashboard.build import build, is_built

ISSUES_A_KIND = 5
EVENTS_AN_ISSUE = 10
RUNS = 5
PATH = "/projects/1/issues"
_PASSWORD = "correct horse battery"
_TIMEOUT = 120_000


class Network(NamedTuple):
    """A network: bytes a second and milliseconds, 0 for no limit.

    The throttled ones are the presets of Chrome's developer tools (``front_end/core/sdk/NetworkManager.ts``), which allow for
    what emulation above TCP leaves out.
    """

    name: str
    download: float
    upload: float
    latency: float
    runs: int = RUNS


NETWORKS = (
    Network("localhost", 0, 0, 0),
    Network("Fast 3G", 1.6e6 / 8 * 0.9, 750e3 / 8 * 0.9, 150 * 3.75, 3),
    Network("Slow 3G", 500e3 / 8 * 0.8, 500e3 / 8 * 0.8, 400 * 5, 3),
)


class Load(NamedTuple):
    """One load of the page: milliseconds to the first paint of anything, and until it can be used; requests and bytes."""

    painted: float
    usable: float
    requests: int
    bytes: int


#: Notes when the first issue stands on the screen and nothing else is due.
_WATCH = """
new MutationObserver((_changes, observer) => {
  if (!document.querySelector(".issue-row a.issue-link")) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => { window.usable = performance.now(); })));
}).observe(document, {childList: true, subtree: true});
"""
_LOAD = """() => {
  const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .filter((one) => one.startTime < window.usable);
  const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return [painted, window.usable, files.length, files.reduce((sum, one) => sum + one.transferSize, 0)];
}"""


def main(folder: Path | None) -> None:
    """Measure, and print a line for each network and cache."""
    if not is_built():
        build(lambda step: None)
    with tempfile.TemporaryDirectory() as own:
        server = Server(folder or Path(own) / "data")
        server.start()
        try:
            if folder is None:
                _fill(server)
            link = _invite(server)
            _print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            with open_chromium() as browser:
                _measure(browser, server, link)
        finally:
            server.stop()


def _measure(browser: Browser, server: Server, link: str) -> None:
    cookies = _log_in(browser, server, link)
    for network in NETWORKS:
        loads = [_visit(browser, server, cookies, network) for _ in range(network.runs)]
        for cache, which in (("empty", 0), ("full", 1)):
            _print(f"{network.name}, cache {cache}: {_summary([load[which] for load in loads])}")


def _visit(browser: Browser, server: Server, cookies: list[Any], network: Network) -> tuple[Load, Load]:
    """Open the page with an empty cache, and once more."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_cookies(cookies)
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.set_default_timeout(_TIMEOUT)
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        client.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": network.latency,
                "downloadThroughput": network.download or -1,
                "uploadThroughput": network.upload or -1,
            },
        )
        loads = []
        for _ in range(2):
            page.goto("about:blank")
            page.goto(f"http://{server.host}:{server.port}{PATH}", wait_until="commit")
            while not page.evaluate("window.usable"):
                page.wait_for_timeout(100)
            loads.append(Load(*page.evaluate(_LOAD)))
    return loads[0], loads[1]


def _summary(loads: list[Load]) -> str:
    usable = [load.usable for load in loads]
    painted = statistics.median(load.painted for load in loads)
    last = loads[-1]
    return (
        f"usable after {statistics.median(usable):,.0f} ms (of {len(loads)} loads {min(usable):,.0f} to "
        f"{max(usable):,.0f}), first paint after {painted:,.0f} ms, {last.requests} requests, "
        f"{last.bytes / 1000:,.0f} kB"
    )


def _fill(server: Server) -> None:
    """Send events and wait until all are stored."""
    issues = KINDS * ISSUES_A_KIND
    now = time.time()
    for serial in range(EVENTS_AN_ISSUE):
        for first in range(0, issues, 200):
            numbers = range(first, first + 200)
            _send(server, [_event(number, serial, now - 60 * serial) for number in numbers])
    stored = f"{PATH}?limit=1000".replace("/projects", "/api/v1/projects")

    def all_are_stored() -> bool:
        counts = [issue["count"] for issue in server.get(stored)["items"]]
        return bool(sum(counts) == issues * EVENTS_AN_ISSUE)

    asyncio.run(until(all_are_stored, 120, 0.5))


def _event(number: int, serial: int, timestamp: float) -> dict[str, Any]:
    event = make_event(number % KINDS, serial * 10_000 + number, timestamp=timestamp)
    return {**event, "fingerprint": ["{{ default }}", str(number // KINDS)]}


def _send(server: Server, events: list[dict[str, Any]]) -> None:
    request = urllib.request.Request(
        f"http://{server.host}:{server.port}/api/v1/events",
        json.dumps(events).encode(),
        {"X-Stacktide-Key": server.key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.loads(answer.read())["rejected"] == []


def _invite(server: Server) -> str:
    """The secret of an invitation."""
    email = f"first-page-{time.time_ns()}@example.com"
    done = server.command("user", "add", email, "--role", "viewer")
    if "/invitation#" not in done.stdout:
        raise RuntimeError(f"nobody could be invited: {done.stdout}{done.stderr}")
    return done.stdout.split("/invitation#")[1].split()[0]


def _log_in(browser: Browser, server: Server, secret: str) -> list[Any]:
    """The cookies of whoever accepts an invitation."""
    context: BrowserContext
    with browser.new_context() as context:
        answer = context.request.post(
            f"http://{server.host}:{server.port}/api/v1/invitation",
            data={"secret": secret, "name": "Measured", "password": _PASSWORD},
        )
        assert answer.ok, answer.text()
        return list(context.cookies())


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
