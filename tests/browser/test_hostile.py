"""Texts that people and programs give beside events, which would like to run in the page too, or to burst it: names,
comments, commits, what a receiver of webhooks said. Events themselves are in test_pages.py, quarantined ones in
test_roles.py."""

import json
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.hostile import BACKWARDS, HOSTILE, LINK, SCRIPT
from tests.browser.receiver import Receiver
from tests.browser.tab import NARROW, WIDE, send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

NAME = f"{SCRIPT} {BACKWARDS.rstrip(chr(7)).rstrip(chr(0))} {'n' * 80}"
SETTINGS = "/projects/default/settings"
ALERTS = "/projects/default/alerts"
#: Where the texts are shown, and in which element. ISSUE and PROJECT are the paths of a hostile issue and project.
PLACES = {
    "teams": (f"{SETTINGS}?tab=teams", ".table"),
    "tokens": (f"{SETTINGS}?tab=tokens", ".table"),
    "keys": (SETTINGS, ".table"),
    "audit log": (f"{SETTINGS}?tab=audit", ".table"),
    "rules": (f"{ALERTS}?tab=rules", ".table"),
    "channels": (f"{ALERTS}?tab=channels", ".table"),
    "channels of a rule": (f"{ALERTS}?tab=rules&rule=new", ".rule-form"),
    "deliveries": (f"{ALERTS}?tab=deliveries", ".table"),
    "maintenance": (f"{ALERTS}?tab=maintenance", ".table"),
    "activity": ("ISSUE?tab=activity", ".activity"),
    "suspect commits": ("ISSUE", ".suspect"),
    "first release": ("ISSUE", ".issue-release"),
    "releases": ("/projects/default/explore?by=release", ".rates-table"),
    "project": ("PROJECT/settings?tab=privacy", ".panel[aria-label='Removing the project']"),
}


@pytest.fixture(scope="module")
def addresses(server):
    """What ISSUE and PROJECT stand for, once there is everything that is to be shown."""
    path, organisation = "/api/v1/projects/1", "/api/v1/organisations/1"
    add_a_release(server)
    event = send(server, {**HOSTILE, "fingerprint": ["hostile texts"]})
    issue = server.get(f"{path}/events/{event}")["issue_id"]
    server.call("POST", f"{organisation}/teams", {"name": NAME})
    server.call("POST", f"{path}/keys", {"label": NAME})
    with Receiver(said=f"{SCRIPT}{'w' * 500}") as receiver:
        target = {"kind": "webhook", "url": f"{receiver.url}/{'u' * 200}"}
        channel = server.call("POST", f"{path}/channels", {"name": NAME, "target": target})
        assert server.call("POST", f"{path}/channels/{channel['id']}/test")["outcome"] == "delivered"
    rule = {"name": NAME, "condition": {"kind": "new_issue"}, "environment": SCRIPT, "enabled": False}
    server.call("POST", f"{path}/rules", rule)
    window = {"name": NAME, "start": "2037-01-01T00:00:00Z", "end": "2037-01-02T00:00:00Z"}
    server.call("POST", f"{path}/maintenance", window)
    token = {"name": NAME, "scopes": ["read", "write"]}
    comment(server, issue, server.call("POST", f"{organisation}/tokens", token)["token"])
    project = server.call("POST", "/api/v1/projects", {"name": NAME, "organisation": "1"})["project"]
    yield {"ISSUE": f"/projects/default/issues/{issue}", "PROJECT": f"/projects/{project['slug']}"}
    server.call("DELETE", f"/api/v1/projects/{project['id']}", {"name": NAME})


def add_a_release(server):
    """Announce the release of the hostile event, with a commit of the file in its stack trace."""
    commit = {
        "id": "<img src=x onerror=\"window.ran='commit'\">",
        "author": NAME,
        "message": NAME,
        "files": [f"{LINK}//{SCRIPT}"],
    }
    release = {"version": HOSTILE["release"], "commits": [commit]}
    server.call("POST", "/api/v1/projects/1/releases", release)


def comment(server, issue, token):
    """Comment on an issue as somebody with a hostile name."""
    request = urllib.request.Request(
        f"http://{server.host}:{server.port}/api/v1/issues/{issue}/activity",
        json.dumps({"text": f"{NAME}\n{'c' * 500}"}).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    urllib.request.urlopen(request, timeout=30).close()


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide, light", "narrow, dark"])
def test_no_name_runs_or_bursts_a_page(new_tab, addresses, window):
    tab = new_tab(window)
    page = tab.page
    for place, (path, shown) in PLACES.items():
        for name, address in addresses.items():
            path = path.replace(name, address)
        tab.open(path, shown)
        expect(page.locator(shown).first).to_contain_text("onerror")
        tab.check_width(place)
        assert page.evaluate("window.ran") is None, place
        assert page.locator("a[href^='javascript' i], img[src='x'], main script").count() == 0, place
        assert tab.complaints == [], place
    if window is NARROW:
        page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Project:").click()
    expect(page.get_by_role("menuitem").filter(has_text="onerror")).to_be_visible()
    tab.check_width("projects")


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide, light", "narrow, dark"])
def test_no_completion_of_a_search_runs(new_tab, addresses, window):
    tab = new_tab(window)
    page = tab.page
    tab.open("/projects/default/issues", ".issue-row")
    for field in ("release", "environment"):
        page.get_by_label("Search issues").fill(f"{field}:")
        option = page.get_by_role("option").filter(has_text="onerror")
        expect(option).to_be_visible()
        tab.check_width(field)
        option.click()
        page.keyboard.press("Enter")
        expect(page.locator(".issue-row").first).to_be_visible()
        expect(page.locator(".search-mistake")).to_have_count(0)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_label("Name").fill(NAME)
    page.get_by_role("button", name="Save").click()
    # The view that is shown names the button.
    page.locator("button", has_text="onerror").click()
    expect(page.get_by_role("menuitem").filter(has_text="onerror").first).to_be_visible()
    tab.check_width("views")
    page.keyboard.press("Escape")
    assert page.evaluate("window.ran") is None
    assert tab.complaints == []
