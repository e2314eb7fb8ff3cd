"""Logging in through a real provider of OpenID Connect (npm's oidc-provider), by its own pages."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.part import free_port
from benchmarks.server import Server
from tests.browser.tab import WIDE, Tab
from tests.conformance.toolchains import node_program

# The dashboard may have to be built, and packages installed.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

CLIENT, SECRET = "stacktide", "a secret of the client"
_SCRIPT = Path(__file__).parent / "openid" / "provider.js"


@pytest.fixture(scope="module")
def server(dashboard, tmp_path_factory):
    """A server that a provider is set for, with one member."""
    folder, port = tmp_path_factory.mktemp("openid"), free_port()
    server = Server(
        folder / "data",
        STACKTIDE_OIDC_ISSUER=f"http://127.0.0.1:{port}",
        STACKTIDE_OIDC_CLIENT_ID=CLIENT,
        STACKTIDE_OIDC_CLIENT_SECRET=SECRET,
    )
    callback = f"http://127.0.0.1:{server.port}/api/v1/session/openid/callback"
    command = [*node_program("openid-provider", _SCRIPT), str(port), CLIENT, SECRET, callback]
    with (folder / "provider.log").open("w") as log:
        provider = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert provider.stdout.readline() == "listening\n"
            server.start()
            invited = server.command("user", "add", "ada@example.com", "--role", "member")
            assert invited.returncode == 0, invited.stderr
            yield server
        finally:
            server.stop()
            provider.kill()
            provider.communicate()


@pytest.fixture
def tab(chromium, server):
    """A page of somebody whom nobody knows."""
    with chromium.new_context(viewport={"width": WIDE.width, "height": WIDE.height}) as context:
        yield Tab(context.new_page(), server)


def go_to_the_provider(tab):
    tab.open("/", ".door form")
    tab.page.get_by_role("link", name="Log in with your organisation").click()
    tab.page.locator("input[name=login]").wait_for()


def log_in_there(page, name):
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any at all")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def test_who_is_invited_logs_in_again_and_again(tab, server):
    page = tab.page
    for _ in range(2):
        tab.open("/", ".door form")
        page.get_by_role("link", name="Log in with your organisation").click()
        if page.locator("input[name=login]").count():
            log_in_there(page, "ada")
        leave = page.get_by_role("button", name="Log out")
        expect(leave).to_contain_text("Ada Invited")
        leave.click()
        page.locator(".door form").wait_for()
    # The provider's pages look for fonts elsewhere, which is none of ours.
    assert [one for one in tab.complaints if f":{server.port}/" in one] == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [("eve", "There is no user eve@example.com. Ask an admin"), ("mallory", "does not vouch for an e-mail")],
)
def test_who_is_unknown_or_unverified_is_refused(tab, name, reason):
    go_to_the_provider(tab)
    log_in_there(tab.page, name)
    expect(tab.page.locator("body")).to_contain_text(reason)
    tab.page.get_by_role("link", name="Back").click()
    expect(tab.page.get_by_role("link", name="Log in with your organisation")).to_be_visible()


def test_an_answer_to_another_log_in_is_refused(tab, server):
    """As when somebody is led to an address with a code that an attacker got."""
    go_to_the_provider(tab)
    begin_another_log_in(tab, server)
    log_in_there(tab.page, "ada")
    expect(tab.page.locator("body")).to_contain_text("could not be completed")


def begin_another_log_in(tab, server):
    other = tab.page.context.new_page()
    Tab(other, server).open("/api/v1/session/openid", "input[name=login]")
    other.close()


def test_an_answer_that_nobody_waits_for_is_refused(tab):
    go_to_the_provider(tab)
    tab.page.context.clear_cookies(name="stacktide_openid")
    log_in_there(tab.page, "ada")
    expect(tab.page.locator("body")).to_contain_text("was not begun here")
    tab.open("/", ".door form")
