"""People at work: around the list without a mouse, triage, searches, and what a project wants done with its events."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.tab import send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]


def test_around_the_list_by_keyboard(new_tab, server):
    for number in range(3):
        send(server, {"message": f"keyboard {'abc'[number]}", "level": "warning", "environment": "keys"})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues", ".issue-row")
    page.keyboard.press("/")
    page.keyboard.type("environment:keys")
    page.keyboard.press("Enter")
    expect(page.locator(".issue-row")).to_have_count(3)
    assert parse_qs(urlsplit(page.url).query)["query"] == ["environment:keys"]
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".issue-row").nth(1)).to_have_class(re.compile("selected"))
    second = page.locator(".issue-link").nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(second)
    page.keyboard.press("u")
    expect(page.locator(".issue-row").first).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert tab.complaints == []


def test_issues_are_resolved_and_opened_again(new_tab, server):
    for number in range(2):
        send(server, {"message": f"triage {'ab'[number]}", "level": "warning", "environment": "triage"})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues?query=environment:triage", ".issue-row >> nth=1")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(".toast")).to_contain_text("1 issue resolved")
    expect(page.locator(".issue-row")).to_have_count(1)
    page.get_by_role("group", name="Status").get_by_role("button", name="Resolved", exact=True).click()
    expect(page.locator(".issue-row")).to_contain_text(["triage b"])
    page.get_by_label("Select all issues shown").check()
    page.get_by_role("button", name="Open again").click()
    expect(page.locator(".issue-row")).to_have_count(0)
    tab.open("/projects/default/issues?query=environment:triage", ".issue-row >> nth=1")
    assert tab.complaints == []


def test_an_issue_is_muted_assigned_commented_on_and_merged(new_tab, server):
    for number in range(2):
        send(server, {"message": f"care {'ab'[number]}", "level": "warning", "environment": "care"})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues?query=environment:care", ".issue-row >> nth=1")
    page.get_by_label("Select all issues shown").check()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator(".issue-row")).to_have_count(1)
    page.locator(".issue-link").first.click()
    page.get_by_role("button", name="Mute").click()
    page.get_by_role("menuitem", name="Other conditions…").click()
    page.get_by_label("So many more events").fill("100")
    page.get_by_label("Within").select_option("3600")
    assert tab.violations() == []
    page.get_by_role("dialog").get_by_role("button", name="Mute").click()
    expect(page.locator(".issue-facts")).to_contain_text("until 100 events within 1 h")
    page.get_by_role("tab", name="Activity").click()
    page.get_by_label("A comment").fill("<b>looking</b> at it")
    page.get_by_role("button", name="Write it").click()
    expect(page.locator(".comment")).to_have_text("<b>looking</b> at it")
    expect(page.locator(".activity", has_text="muted it until 100 events")).to_be_visible()
    assert tab.violations() == []
    page.get_by_role("tab", name="Similar").click()
    page.get_by_role("button", name="Make it an issue of its own again").click()
    expect(page.locator(".merged")).to_have_count(0)
    assert tab.complaints == []


def test_a_search_is_completed_and_kept_under_a_name(new_tab, server):
    send(server, {"message": "completed", "level": "warning", "environment": "completion"})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/issues", ".issue-row")
    page.keyboard.press("/")
    page.keyboard.type("envi")
    expect(page.get_by_role("option", name="environment:")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("comp")
    expect(page.get_by_role("option", name="completion")).to_be_visible()
    assert tab.violations() == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search issues")).to_have_value("environment:completion ")
    page.keyboard.press("Enter")
    expect(page.locator(".issue-row")).to_have_count(1)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save this view…").click()
    page.get_by_label("Name").fill("<b>mine</b>")
    page.get_by_role("button", name="Save").click()
    tab.open("/projects/default/issues", ".issue-row >> nth=1")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="<b>mine</b>").click()
    expect(page.locator(".issue-row")).to_have_count(1)
    assert tab.complaints == []


def test_what_a_project_wants_done_with_its_events(new_tab, server):
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/settings?tab=filters", ".part-form")
    page.get_by_label("Crawlers").check()
    page.get_by_label("Releases", exact=True).fill("*-dev\n\n *-wip ")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    saved = server.get("/api/v1/projects/1/configuration")
    filters = saved["filters"]
    assert (filters["crawlers"], filters["releases"]) == (True, ["*-dev", "*-wip"])
    page.get_by_role("button", name="JSON").click()
    page.get_by_label("As JSON").fill("{")
    assert server.get("/api/v1/projects/1/configuration")["version"] == saved["version"], "saved once"
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    page.get_by_role("tab", name="Grouping").click()
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Name", exact=True).fill("all in one")
    page.get_by_label("Fingerprint").fill("everything")
    page.get_by_label("Matches one of").fill("*")
    page.get_by_role("button", name="Try these rules").click()
    expect(page.locator(".trial li").first).to_contain_text("renewed")
    assert tab.violations() == []
    page.get_by_label("Matches one of").fill("")
    page.get_by_label("or the pattern (RE2)").fill("(")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("RE2 refuses it")
    # The one complaint is the browser's own, of what was refused.
    assert all("400" in complaint for complaint in tab.complaints), tab.complaints


def test_an_end_user_is_exported_and_erased(new_tab, server):
    send(server, {"message": "of somebody", "user": {"id": "somebody <b>"}})
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/settings?tab=privacy", ".wide-table, .managed-new")
    page.get_by_label("Known by").select_option("user_id")
    page.get_by_label("Which is").fill("somebody <b>")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert "of somebody" in download.value.path().read_text()
    expect(page.locator(".toast")).to_contain_text("Exported.")
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("button", name="Really erase?").click()
    expect(page.get_by_text("clickhouse 1, archive 1")).to_be_visible(timeout=60_000)
    assert tab.violations() == []
    assert tab.complaints == []


def test_a_new_error_appears_by_itself(new_tab, server):
    tab = new_tab()
    tab.open("/projects/default/issues", ".issue-row")
    send(server, {"message": "fresh from the stream", "level": "error"})
    expect(tab.page.locator(".issue-row").first).to_contain_text("fresh from the stream", timeout=25_000)


def test_a_search_that_cannot_be_read_is_marked_where_it_fails(new_tab):
    tab = new_tab()
    tab.open('/projects/default/issues?query=level:error "open', ".search-mistake")
    assert tab.page.locator(".search-mistake mark").count() == 1


def test_a_page_says_that_the_server_is_away_and_comes_back(new_tab):
    tab = new_tab()
    page = tab.page
    refusal = {"error": {"code": "unavailable", "message": "A store could not answer.", "detail": None}}
    page.route("**/error-rates?**", lambda route: route.fulfill(status=503, json=refusal))
    tab.open("/projects/default/explore", ".state.error")
    expect(page.locator(".state.error")).to_contain_text("A store could not answer.")
    page.unroute("**/error-rates?**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".rates-table")).to_be_visible()


def test_rates_are_shared_by_address_and_saved_as_csv(new_tab):
    tab = new_tab()
    page = tab.page
    tab.open("/projects/default/explore", ".rates-table")
    page.get_by_role("group", name="Group by").get_by_role("button", name="Level").click()
    page.get_by_label("Period", exact=True).select_option("1h")
    expect(page.get_by_role("columnheader", name="Level")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"by": ["level"], "period": ["1h"]}
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert (
        download.value.path().read_text().startswith('"level"')
        or "level" in download.value.path().read_text()
    )


def test_a_stranger_is_sent_to_the_log_in_and_back(new_tab, server):
    tab = new_tab(stranger=True)
    page = tab.page
    tab.open("/projects/default/explore", ".door form")
    page.get_by_role("button", name="Log in with an API token").or_(page.get_by_label("API token")).click()
    page.get_by_label("API token").fill("wrong")
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("unknown or was revoked")
    page.get_by_label("API token").fill(server.token)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Explore")
