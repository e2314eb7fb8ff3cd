"""What projects set, in the browser, and what comes of it."""

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
