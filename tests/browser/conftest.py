"""The dashboard in Chromium, on a whole server of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.browser import find_chromium, open_chromium
from benchmarks.part import Part
from benchmarks.server import Server
from infra.dashboard.build import build, is_built
from tests.browser.hostile import HOSTILE
from tests.browser.quarantine import quarantine_an_event
from tests.browser.tab import AXE, WIDE, Tab, Window, send


@pytest.fixture(scope="session")
def dashboard() -> None:
    """The dashboard, built."""
    if not is_built() or not AXE.exists():
        build(lambda step: None)


@pytest.fixture(scope="session")
def server(dashboard: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a hostile event, and another that an earlier version set aside."""
    data = tmp_path_factory.mktemp("browser") / "data"
    quarantine_an_event(data)
    server = Server(
        data,
        STACKTIDE_ARCHIVE_LINGER="0.3",
        STACKTIDE_KEY_CACHE_TTL="1",
        # So that channels may lead to this machine.
        STACKTIDE_NOTIFY_PRIVATE_ADDRESSES="true",
    )
    server.start()
    send(server, HOSTILE)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser without pages. It is not kept longer: its event loop is in the way of tests that have one."""
    if find_chromium() is None:
        pytest.skip("there is no Chromium on the PATH")
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def new_tab(chromium: Browser, server: Server) -> Iterator[Callable[..., Tab]]:
    """Opens tabs: of somebody who has logged in with a token, unless ``stranger``."""
    contexts = []

    def make(window: Window = WIDE, *, stranger: bool = False) -> Tab:
        context = chromium.new_context(
            viewport={"width": window.width, "height": window.height},
            color_scheme=window.scheme,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        if not stranger:
            context.add_init_script(f"sessionStorage.setItem('stacktide.token', '{server.token}')")
        return Tab(context.new_page(), server)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def first_owner_link(server: Part) -> str:
    """The link that the first start printed, without the address of the server."""
    log = Path(server.log_path).read_text()
    return "/invitation#" + log.split("/invitation#")[1].split()[0]
