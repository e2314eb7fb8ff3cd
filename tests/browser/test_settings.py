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
