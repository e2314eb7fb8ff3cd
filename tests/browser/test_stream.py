"""The stream page: what settings would do, and the rebalances."""

import pytest
from playwright.sync_api import expect

from tests.browser.tab import NARROW, WIDE

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
def test_settings_are_explained_beside_what_they_tune(new_tab, window):
    tab = new_tab(window)
    page = tab.page
    tab.open("/stream", ".wide-table")
    page.get_by_role("button", name="deduplicate", exact=True).click()
    said = page.get_by_label("Settings of deduplicate")
    expect(said).to_contain_text("STACKTIDE_DEDUPLICATE_WINDOW")
    expect(said).to_contain_text("1000 records")
    page.get_by_role("button", name="events-received").click()
    expect(page.get_by_label("Settings of events-received")).to_contain_text("Fixed since events-received")
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    assert tab.violations() == []
    page.get_by_role("button", name="deduplicate", exact=True).click()
    expect(said).to_have_count(0)
    assert tab.complaints == []


def test_rebalances_say_what_moved(new_tab):
    tab = new_tab()
    page = tab.page
    tab.open("/stream", "section[aria-label=Rebalances] table")
    row = page.get_by_role("row", name="process").filter(has=page.locator("time")).first
    expect(row).to_contain_text("8 partitions")
    row.get_by_text("8 partitions").click()
    expect(row).to_contain_text("events-received 0\N{EN DASH}3")
    assert tab.complaints == []
