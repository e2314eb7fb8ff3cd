"""Whose issues are shown, decisions about all that match, and what comes in meanwhile."""

import json
import urllib.request
import uuid

import pytest
from playwright.sync_api import expect

from tests.browser.tab import send, until

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

SOMEBODY = "ada@example.com"


def send_many(server, number, environment):
    """So many issues of an environment, with one request; waits until all are listed."""
    words = ("".join(chr(ord("a") + int(digit)) for digit in str(n)) for n in range(number))
    events = [
        {"event_id": uuid.uuid4().hex, "message": f"many {word}", "environment": environment}
        for word in words
    ]
    request = urllib.request.Request(
        f"http://{server.host}:{server.port}/api/v1/events",
        data=json.dumps(events).encode(),
        headers={"X-Stacktide-Key": server.key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert len(json.loads(answer.read())["accepted"]) == number
    path = f"/api/v1/projects/1/issues/ids?limit=1000&query=environment:{environment}"
    until(lambda: len(server.get(path)["items"]) == number)


def test_all_that_match_are_decided_about_not_only_those_shown(new_tab, server):
    send_many(server, 120, "bulk")
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues?query=environment:bulk", ".issue-row >> nth=49")
    page.get_by_label("Select all issues shown").check()
    expect(page.locator(".bulk strong")).to_have_text("50 issues selected")
    page.get_by_role("button", name="Select all that match").click()
    expect(page.locator(".bulk strong")).to_have_text("120 issues selected")
    expect(page.locator(".bulk").get_by_role("button", name="Merge")).to_have_count(0)
    assert tab.violations() == []
    page.locator(".issue-row .checkbox").first.uncheck()
    expect(page.locator(".bulk strong")).to_have_text("119 issues selected")
    page.locator(".bulk").get_by_role("button", name="Resolve").click()
    expect(page.locator(".toast")).to_contain_text("119 issues resolved.")
    expect(page.locator(".issue-row")).to_have_count(1)
    path = "/api/v1/projects/1/issues/ids?limit=1000&status=resolved&query=environment:bulk"
    assert len(server.get(path)["items"]) == 119
    assert tab.complaints == []


def test_issues_are_given_to_somebody_and_found_by_that(new_tab, server):
    send_many(server, 3, "given")
    tab = new_tab()
    page = tab.page
    listed = server.get("/api/v1/projects/1/issues?query=environment:given")["items"]
    change = {"ids": [listed[0]["id"]], "assignee": SOMEBODY}
    server.call("PATCH", "/api/v1/projects/1/issues", change)
    tab.open("/projects/default/issues?query=environment:given", ".issue-row >> nth=2")
    expect(page.locator(".issue-row", has_text=SOMEBODY)).to_have_count(1)
    page.get_by_role("button", name="Assigned").click()
    page.get_by_role("menuitem", name="Nobody").click()
    expect(page.locator(".issue-row")).to_have_count(2)
    assert "assigned=nobody" in page.url
    page.get_by_role("button", name="Assigned: nobody").click()
    assert tab.violations() == []
    page.get_by_role("menuitem", name="Anybody").click()
    expect(page.locator(".issue-row")).to_have_count(3)
    page.get_by_label("Select all issues shown").check()
    page.locator(".bulk").get_by_role("button", name="Assign").click()
    page.get_by_role("menuitem", name="Nobody").click()
    expect(page.locator(".toast")).to_contain_text("3 issues given to nobody.")
    expect(page.locator(".issue-row", has_text=SOMEBODY)).to_have_count(0)
    tab.open(f"/projects/default/issues?query=environment:given&assigned={SOMEBODY}", ".state")
    expect(page.get_by_role("heading", name="No issue matches")).to_be_visible()
    assert tab.complaints == []


def test_what_comes_in_is_told_and_moves_nothing_under_the_hand(new_tab, server):
    send(server, {"message": "steady", "environment": "arriving"})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues?query=environment:arriving", ".issue-row")
    page.get_by_label("Select all issues shown").check()
    send(server, {"message": "steady", "environment": "arriving"})
    send(server, {"message": "another", "environment": "arriving"})
    news = page.get_by_role("button", name="1 new issue, 1 new event")
    expect(news).to_be_visible(timeout=25_000)
    expect(page.locator(".issue-row")).to_have_count(1)
    news.click()
    expect(page.locator(".issue-row")).to_have_count(2)
    page.locator(".issue-link", has_text="steady").click()
    expect(page.get_by_text("Event 1 of 2")).to_be_visible()
    shown = page.locator(".event-id").inner_text()
    latest = send(server, {"message": "steady", "environment": "arriving"})
    news = page.get_by_role("button", name="1 new event")
    expect(news).to_be_visible(timeout=25_000)
    assert page.locator(".event-id").inner_text() == shown
    assert tab.violations() == []
    news.click()
    expect(page.locator(".event-id")).to_have_text(latest[:8])
    expect(news).to_have_count(0)
    assert tab.complaints == []
