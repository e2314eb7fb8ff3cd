"""A page of the dashboard under test, and events for it to show."""

import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from playwright.sync_api import Page

from benchmarks.part import Part
from benchmarks.server import Server
from infra.dashboard.build import FOLDER

AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
#: What axe calls serious or worse fails a test.
_SERIOUS = {"serious", "critical"}


class Window(NamedTuple):
    """How large a page is, and whether it is light or dark."""

    width: int
    height: int
    scheme: str


WIDE = Window(1280, 900, "light")
NARROW = Window(360, 760, "dark")


def send(server: Server, event: dict[str, Any]) -> str:
    """Send an event to project 1; its id, once it has been stored."""
    event_id = uuid.uuid4().hex
    request = urllib.request.Request(
        f"http://{server.host}:{server.port}/api/v1/events",
        data=json.dumps({**event, "event_id": event_id}).encode(),
        headers={"X-Stacktide-Key": server.key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.loads(answer.read())["accepted"] == [event_id]
    until(lambda: server.get(f"/api/v1/projects/1/search?q=event:{event_id}")["items"])
    return event_id


def until(condition: Callable[[], Any], timeout: float = 30.0) -> Any:
    """What a condition gives once it gives something."""
    end = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


class Tab:
    """A page of the dashboard. What its console says against it is kept in ``complaints``."""

    def __init__(self, page: Page, server: Part) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._base = f"http://{server.host}:{server.port}"
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning")
                and self.complaints.append(f"{message.text} ({message.location['url']})")
            ),
        )

    def open(self, path: str, wait_for: str) -> None:
        """Open an address and wait for an element; that the page fits its window is checked."""
        self.page.goto(self._base + path)
        self.page.wait_for_selector(wait_for)
        self.check_width(path)

    def check_width(self, place: str) -> None:
        """Check that the page, as it is now, fits its window."""
        width = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], f"{place} is {width[0]} wide in a window of {width[1]}"

    def violations(self) -> list[str]:
        """What axe finds that is serious, a line each."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run()")
        assert found["passes"]
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            if violation["impact"] in _SERIOUS
            for node in violation["nodes"]
        ]
