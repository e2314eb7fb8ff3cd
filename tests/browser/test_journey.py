"""From the first start to the first event, its resolution, and the alert when it is back: on a server that is started from
nothing, through the page alone, with the real SDK of Python."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from benchmarks.part import Part, free_port
from tests.browser.receiver import Receiver
from tests.browser.tab import until

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

PASSWORD = " a good password"


@pytest.fixture(scope="module")
def server(dashboard, tmp_path_factory):
    """A server that nobody has ever used, and that was told nothing."""
    folder = tmp_path_factory.mktemp("journey")
    port = free_port()
    environment = {
        "STACKTIDE_DATA": str(folder / "data"),
        "STACKTIDE_PORT": str(port),
        # So that a channel may lead to this machine.
        "STACKTIDE_NOTIFY_PRIVATE_ADDRESSES": "true",
    }
    server = Part("stacktide up", ["up"], port, folder / "up.log", environment)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def test_from_the_first_start_to_the_alert_of_a_regression(new_tab, first_owner_link, receiver, tmp_path):
    tab = new_tab(stranger=True)
    page = tab.page
    become_the_owner(tab, first_owner_link)
    program = set_up_a_project(page)
    run(tmp_path, program)
    see_the_first_event(page)
    alerts = page.get_by_role("link", name="Alerts")
    alerts.click()
    secret = make_a_channel(page, receiver)
    make_a_rule(page)
    page.get_by_role("link", name="Issues").first.click()
    resolve(page)
    alerts.click()
    expect(page.locator(".page-head .chip")).to_have_text("live")
    # Nothing on the page says when the rule is known to every agent, which takes some hundred milliseconds, more on a busy
    # machine.
    page.wait_for_timeout(8_000)
    run(tmp_path, program.replace("my-app@1.0.0", "my-app@1.1.0"))
    see_the_alert(page, receiver, secret)
    see_that_it_is_back(page)
    assert tab.complaints == []


def become_the_owner(tab, link):
    page = tab.page
    tab.open("/", ".door form")
    expect(page.locator(".door")).to_contain_text("printed a link for the first owner")
    tab.open(link, "form")
    expect(page.locator(".door")).to_contain_text("You become an owner.")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("button", name="Log out")).to_contain_text("Ada")


def set_up_a_project(page):
    """Make a project; the program for Python that the page shows for it, with the DSN that it shows."""
    page.get_by_role("button", name="Project:").click()
    page.get_by_role("menuitem", name="New project").click()
    page.get_by_label("Name").fill("Shop <api>")
    page.get_by_role("button", name="Make the project").click()
    page.get_by_role("group", name="Platform").get_by_role("button", name="Python").click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").first.click()
    dsn = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"http://[0-9a-f]{32}@127\.0\.0\.1:\d+/2", dsn)
    page.get_by_role("button", name="Copy").last.click()
    program = page.evaluate("navigator.clipboard.readText()")
    assert dsn in program
    expect(page.locator(".arrival")).to_contain_text("Waiting")
    return program


def run(folder: Path, program: str) -> None:
    """Run a program that fails, as its SDK reports."""
    file = folder / "shop.py"
    file.write_text(program)
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, timeout=60, check=False)
    assert "ZeroDivisionError" in done.stderr


def see_the_first_event(page):
    arrival = page.locator(".arrival a")
    expect(arrival).to_contain_text("ZeroDivisionError", timeout=30_000)
    arrival.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ZeroDivisionError")
    expect(page.locator(".frames")).to_contain_text("shop.py")
    expect(page.locator(".source .current")).to_contain_text("1 / 0  # a first error")
    expect(page.locator(".issue-figures")).to_contain_text("my-app@1.0.0")


def make_a_channel(page, receiver):
    """Make a webhook and test it; the secret that the page shows once."""
    page.get_by_role("tab", name="Channels").click()
    page.get_by_role("button", name="New channel").click()
    page.get_by_label("Name").fill("on call")
    page.get_by_label("Kind").select_option("webhook")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Make the channel").click()
    secret = page.locator(".shown-once code").inner_text()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator(".test-result")).to_contain_text("delivered in")
    (test,) = receiver.calls
    assert test.is_signed_with(secret)
    return secret


def make_a_rule(page):
    page.get_by_role("tab", name="Rules").click()
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name").fill("It is back")
    page.get_by_label("Fires for").select_option("regression")
    page.get_by_label("on call (webhook)").check()
    page.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_role("button", name="It is back")).to_be_visible()


def resolve(page):
    page.locator(".issue-link").click()
    page.get_by_role("button", name="Resolve", exact=True).click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    expect(page.locator(".issue-facts")).to_contain_text("resolved")


def see_the_alert(page, receiver, secret):
    row = page.locator(".alert", has_text="It is back")
    expect(row).to_contain_text("ZeroDivisionError", timeout=30_000)
    until(lambda: len(receiver.calls) > 1)
    call = receiver.calls[1]
    assert call.is_signed_with(secret)
    assert not call.is_signed_with("whsec_" + "A" * 32)
    assert "ZeroDivisionError" in call.body.decode()
    row.locator(".alert-title").click()
    expect(row.get_by_role("row", name=re.compile("on call"))).to_contain_text("delivered")
    page.get_by_role("tab", name="Deliveries").click()
    expect(page.get_by_role("cell", name="delivered")).to_have_count(2)
    page.get_by_role("tab", name="What fired").click()


def see_that_it_is_back(page):
    page.locator(".alert-issues a").click()
    expect(page.locator(".issue-facts")).to_contain_text("regressed", timeout=30_000)
    page.get_by_role("tab", name="Activity").click()
    activity = page.locator(".activity")
    expect(activity.first).to_contain_text("back after it was resolved", timeout=30_000)
    expect(activity.first).to_contain_text("my-app@1.1.0")
    expect(activity.filter(has_text="Ada")).to_have_count(1)
