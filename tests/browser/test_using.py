"""People at work: from the first start to the first issue, and around the list without a mouse."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import sentry_sdk
from playwright.sync_api import expect

from tests.browser.tab import send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]


def test_from_the_first_start_to_the_first_issue(new_tab, first_owner_link):
    tab = new_tab(stranger=True)
    page = tab.page
    tab.open(first_owner_link, "form")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("A password").fill("a good password ")
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill("a good password ")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Project:").click()
    page.get_by_role("menuitem", name="New project").click()
    page.get_by_label("Name").fill("Shop <api>")
    page.get_by_role("button", name="Make the project").click()
    dsn = page.locator(".snippet pre").first.inner_text()
    expect(page.locator(".arrival")).to_contain_text("Waiting")
    report_an_error(dsn)
    page.locator(".arrival a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ValueError")
    expect(page.locator(".source .current")).to_contain_text("raise ValueError")
    # The one complaint is the browser's own, of the question who is there before anybody was.
    assert all("401" in complaint for complaint in tab.complaints), tab.complaints


def report_an_error(dsn):
    """Have the real SDK of Python report an error."""
    with sentry_sdk.isolation_scope() as scope:
        client = sentry_sdk.Client(dsn=dsn, release="shop@1.0.0", default_integrations=False)
        scope.set_client(client)
        try:
            raise ValueError("the cart is empty")
        except ValueError as error:
            scope.capture_exception(error)
        client.close(timeout=10)


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
