"""What projects set, in the browser, and what comes of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

FRAME = {"filename": "shop/cart.py", "lineno": 40, "function": "total", "in_app": True}
SHA = "0123456789abcdef0123456789abcdef01234567"


def test_frames_lead_to_the_repository_at_the_commit_of_their_release(new_tab, server):
    release = {"version": "links@1", "commits": [{"id": SHA}]}
    server.call("POST", "/api/v1/projects/1/releases", release)
    error = {"type": "LinkError", "value": "here", "stacktrace": {"frames": [FRAME]}}
    send(server, {"release": "links@1", "exception": {"values": [error]}})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/settings", "section[aria-label=Repository] form")
    page.get_by_label("Address of its page").fill("https://github.com/example/shop.git")
    page.get_by_label("Where files lie").fill("shop/ => services/shop/")
    page.locator("section[aria-label=Repository]").get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    expect(page.get_by_label("Address of its page")).to_have_value("https://github.com/example/shop")
    assert tab.violations() == []
    tab.open("/projects/default/issues?query=type:LinkError", ".issue-row")
    page.locator(".issue-link").first.click()
    link = page.get_by_role("link", name="shop/cart.py:40 in the repository")
    expect(link).to_have_attribute(
        "href", f"https://github.com/example/shop/blob/{SHA}/services/shop/cart.py#L40"
    )
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert tab.violations() == []
    assert tab.complaints == []


def test_a_channel_leads_elsewhere_and_keeps_its_secret(new_tab, server):
    target = {"kind": "webhook", "url": "https://example.org/first"}
    made = server.call("POST", "/api/v1/projects/1/channels", {"name": "changing", "target": target})
    ending = made["new_secret"][-4:]
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/alerts?tab=channels", "table")
    row = page.get_by_role("row", name="changing")
    row.get_by_role("button", name="Change").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Address")).to_have_value("https://example.org/first")
    expect(dialog.get_by_label("Secret")).to_have_value("")
    expect(dialog).to_contain_text(f"set, ends with {ending}, and stays")
    dialog.get_by_label("Address").fill("https://example.org/second")
    dialog.get_by_label("Most messages an hour").fill("30")
    assert tab.violations() == []
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text(f"https://example.org/second · secret set, ends with {ending}")
    (changed,) = [
        channel
        for channel in server.get("/api/v1/projects/1/channels")["items"]
        if channel["name"] == "changing"
    ]
    assert (changed["budget"], changed["secrets"]) == (30, made["secrets"])
    row.get_by_role("button", name="Remove").click()
    row.get_by_role("button", name="Really remove?").click()
    expect(row).to_have_count(0)
    assert tab.complaints == []


def test_another_version_of_grouping_is_tried_before_one_moves(new_tab, server):
    """There is one version as yet: the page is told of a second one."""
    issue = {"issue_id": "0" * 32, "events": 6, "stay": 4, "move": 2, "splits": True, "renewed": False}
    trial = {"events": 9, "issues_now": 3, "issues_then": 4, "split": 1, "merged": 0, "renewed": 0}
    trial |= {"unchanged": 2, "issues": [{**issue, "merges_with": [], "into": []}]}
    asked = []

    def answer(route):
        asked.append((route.request.url.rpartition("/")[2], route.request.post_data_json))
        if asked[-1][0] == "versions":
            route.fulfill(json={"items": ["v1", "v2"], "default": "v1"})
        elif asked[-1][0] == "preview":
            route.fulfill(json=trial)
        else:
            route.fulfill(json=server.get("/api/v1/projects/1/configuration"))

    tab = new_tab()
    page = tab.page
    page.route(re.compile("/grouping/(versions|preview|move)$"), answer)
    tab.open("/projects/default/settings?tab=grouping", "section[aria-label='Version of grouping'] select")
    version = page.get_by_role("region", name="Version of grouping")
    expect(version.get_by_role("button", name="Move to v2")).to_have_count(0)
    version.get_by_role("button", name="Try v2").click()
    expect(version).to_contain_text("3 issues would be 4: 1 split, 0 merged, 0 renewed, 2 unchanged")
    assert tab.violations() == []
    version.get_by_role("button", name="Move to v2").click()
    version.get_by_role("button", name="Really move to v2?").click()
    expect(page.locator(".toast")).to_contain_text("Moved to v2.")
    assert asked[-1] == ("move", {"version": "v2"})
    assert asked[-2][1]["settings"]["version"] == "v2"
    assert tab.complaints == []
