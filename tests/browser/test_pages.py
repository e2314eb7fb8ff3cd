"""Each page: it fits its window, its console is silent, axe finds nothing serious, and nothing in an event runs in it."""

import pytest

from tests.browser.tab import NARROW, WIDE

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

PAGES = {
    "issues": ("/projects/default/issues", ".issue-row"),
    "issues, none": ("/projects/default/issues?query=nothing-like-it", ".state"),
    "explore": ("/projects/default/explore?compare=true", ".rates-chart canvas"),
    "explore by issue": ("/projects/default/explore?by=issue&shape=stacked", ".rates-table a"),
    "explore users": ("/projects/default/explore?measure=users&by=none", ".rates-chart canvas"),
    "set-up": ("/projects/default/setup", ".arrival"),
    "alerts": ("/projects/default/alerts", ".alerts-part :is(.state, .alert)"),
    "rules": ("/projects/default/alerts?tab=rules", ".managed-new"),
    "rule": ("/projects/default/alerts?tab=rules&rule=new", ".preview"),
    "channels": ("/projects/default/alerts?tab=channels", ".managed-new"),
    "deliveries": ("/projects/default/alerts?tab=deliveries", ":is(.state, .table)"),
    "maintenance": ("/projects/default/alerts?tab=maintenance", ".managed-new"),
    "settings": ("/projects/default/settings", ".table"),
    "filters": ("/projects/default/settings?tab=filters", ".part-form"),
    "scrubbing": ("/projects/default/settings?tab=scrubbing", ".part-form"),
    "grouping": ("/projects/default/settings?tab=grouping", ".part-form"),
    "teams": ("/projects/default/settings?tab=teams", ":is(.state, .table)"),
    "privacy": ("/projects/default/settings?tab=privacy", ".managed-new"),
    "stream": ("/stream", ".graph"),
    "new project": ("/new-project", "form"),
    "nothing": ("/no/such/page", ".state"),
}
VIEWS = {
    "": ".frames",
    "?tab=events": ".table",
    "?tab=activity": ".activity",
    "?tab=grouping": ".components",
    "?tab=similar": ":is(.state, .similar)",
}


def issue_of(server):
    return server.get("/api/v1/projects/1/issues?query=level:fatal")["items"][0]["id"]


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide, light", "narrow, dark"])
def test_each_page_is_quiet_accessible_and_fits(new_tab, server, window):
    tab = new_tab(window)
    issue = issue_of(server)
    views = {
        f"issue{view}": (f"/projects/default/issues/{issue}{view}", shown) for view, shown in VIEWS.items()
    }
    found = {}
    for name, (path, shown) in {**PAGES, **views}.items():
        tab.open(path, shown)
        if violations := tab.violations():
            found[name] = violations
        assert tab.complaints == [], name
    assert not found


@pytest.mark.parametrize("page", ["/login", "/invitation#unknown"])
def test_the_doors_are_accessible(new_tab, page):
    tab = new_tab(NARROW, stranger=True)
    tab.open(page, ".door .panel :is(form, .state)")
    assert tab.violations() == []


def test_nothing_in_an_event_runs(new_tab, server):
    tab = new_tab()
    for view, shown in VIEWS.items():
        tab.open(f"/projects/default/issues/{issue_of(server)}{view}", shown)
    tab.open(f"/projects/default/issues/{issue_of(server)}", ".frames")
    page = tab.page
    closed = page.locator("details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    page.get_by_role("button", name="All frames").click()
    page.get_by_role("button", name="Payload").click()
    page.wait_for_selector(".payload")
    assert "onerror" in page.inner_text(".payload")
    assert page.evaluate("window.ran") is None
    assert page.evaluate("({}).polluted") is None
    assert page.locator("a[href^='javascript' i], img[src='x'], main script").count() == 0
    assert tab.complaints == []
