"""Every page while it loads, where the server refuses, where it says something else than it should, and with too much."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.tab import send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

#: What surrounds a page asks for these; they are answered.
SURROUNDINGS = re.compile(r"/api/v1/(projects|session|organisations|issues/[0-9a-f]{32})(\?.*)?$")
IN_PROJECT = [
    "issues",
    "issues/{issue}",
    "issues/{issue}?tab=events",
    "issues/{issue}?tab=activity",
    "issues/{issue}?tab=grouping",
    "issues/{issue}?tab=similar",
    "explore",
    "alerts",
    "alerts?tab=rules",
    "alerts?tab=rules&rule=new",
    "alerts?tab=channels",
    "alerts?tab=deliveries",
    "alerts?tab=maintenance",
    "setup",
    "settings",
    "settings?tab=filters",
    "settings?tab=scrubbing",
    "settings?tab=grouping",
    "settings?tab=members",
    "settings?tab=teams",
    "settings?tab=privacy",
    "settings?tab=tokens",
    "settings?tab=audit",
]


@pytest.fixture
def pages(server):
    send(server, {"message": "of the states", "environment": "states"})
    (issue,) = server.get("/api/v1/projects/1/issues?query=environment:states")["items"]
    return [*(f"/projects/default/{page.format(issue=issue['id'])}" for page in IN_PROJECT), "/stream"]


def answering(tab, answer):
    """Have everything but what surrounds the page answered by ``answer``."""

    def handle(route):
        if SURROUNDINGS.search(route.request.url):
            route.continue_()
        else:
            answer(route)

    tab.page.route("**/api/v1/**", handle)


def test_each_page_says_what_went_wrong(new_tab, pages):
    tab = new_tab()
    refusal = {"error": {"code": "refused", "message": "It is refused today.", "detail": None}}
    answering(tab, lambda route: route.fulfill(status=409, json=refusal))
    for path in pages:
        tab.open(path, "main [role=alert]")
        alerts = tab.page.locator("main [role=alert]", has_text="It is refused today.")
        expect(alerts.first).to_be_visible()
        expect(tab.page.locator("main [role=status]", has_text="Loading")).to_have_count(0)
        expect(tab.page.get_by_role("link", name="Stream").first).to_be_visible()
    assert not [complaint for complaint in tab.complaints if "409" not in complaint]


def test_each_page_says_that_it_loads(new_tab, pages):
    tab = new_tab()
    answering(tab, lambda route: None)
    for path in pages:
        tab.open(path, "main [role=status]")
        said = tab.page.locator("main [role=status]", has_text=re.compile("Loading|Waiting"))
        expect(said.first).to_be_attached()
        tab.page.unroute_all()
        answering(tab, lambda route: None)
    assert tab.complaints == []


def test_a_page_that_breaks_leaves_the_way_to_others(new_tab):
    tab = new_tab()
    answering(tab, lambda route: route.fulfill(json={"items": "none"}))
    tab.open("/projects/default/explore", "main [role=alert]")
    expect(tab.page.get_by_role("heading", name="That did not work")).to_be_visible()
    tab.page.unroute_all()
    tab.page.get_by_role("link", name="Alerts").click()
    expect(tab.page.get_by_role("heading", name="Alerts", level=1)).to_be_visible()


def test_too_many_rows_are_shown_when_they_are_asked_for(new_tab):
    tab = new_tab()
    page = tab.page
    key = {"last_characters": "beef", "rate_limit": None, "created": 1.0, "revoked": None}
    keys = [{"id": str(number), "label": f"key {number}", **key} for number in range(450)]
    page.route("**/projects/*/keys", lambda route: route.fulfill(json={"items": keys, "next_cursor": None}))
    tab.open("/projects/default/settings", "section[aria-label=Keys] table")
    rows = page.locator("section[aria-label=Keys] tbody tr")
    expect(rows).to_have_count(200)
    page.get_by_role("button", name="Show all 450").click()
    expect(rows).to_have_count(450)
    assert tab.complaints == []


def test_an_issue_without_events_says_so(new_tab, server, pages):
    tab = new_tab()
    page = tab.page
    nothing = {"items": [], "next_cursor": None}
    page.route(
        re.compile("/issues/[0-9a-f]{32}/(events|activity)"), lambda route: route.fulfill(json=nothing)
    )
    for path, title in zip(pages[1:5], ["No event is left"] * 2 + ["Nothing has happened yet"], strict=False):
        tab.open(path, "main .state")
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert tab.complaints == []
