"""Alerts: rules that are tried on history, what fires by itself on the page, channels, and quiet times."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.hostile import SCRIPT
from tests.browser.tab import NARROW, send

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

ALERTS = "/projects/default/alerts"


def test_a_rule_is_tried_on_history_and_fires_on_the_page(new_tab, server):
    before = {"message": f"before {SCRIPT}", "environment": "alerting", "timestamp": time.time() - 1_200}
    send(server, before)
    tab = new_tab()
    page = tab.page
    tab.open(f"{ALERTS}?tab=rules", ".managed-new")
    page.get_by_role("button", name="New rule").click()
    page.get_by_label("Name").fill(f"Any error {SCRIPT}")
    page.get_by_label("Fires for").select_option("count")
    page.get_by_label("More than (events)").fill("0")
    page.get_by_role("textbox", name="Environment").fill("alerting")
    expect(page.locator(".preview")).to_contain_text("1 alert from")
    expect(page.locator(".preview-alerts li")).to_have_count(1)
    page.get_by_label("More than (events)").fill("")
    expect(page.locator(".rule-preview")).to_contain_text("Fill in all numbers")
    page.get_by_label("More than (events)").fill("0")
    assert tab.violations() == []
    page.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_role("button", name=f"Any error {SCRIPT}")).to_be_visible()
    page.get_by_role("tab", name="What fired").click()
    expect(page.get_by_role("status").first).to_have_text("live")
    fire_until_shown(server, page)
    row = page.locator(".alert").first
    expect(row).to_contain_text("onerror")
    assert tab.violations() == []
    row.get_by_role("button", name="Acknowledge").click()
    expect(row).to_contain_text("in the hands of")
    row.get_by_role("button", name="Snooze").click()
    page.get_by_role("menuitem", name="1 h", exact=True).click()
    expect(page.locator(".toast").last).to_contain_text("Quiet for 1 h")
    row.locator(".alert-title").click()
    expect(row).to_contain_text("named no channel")
    page.get_by_role("tab", name="Maintenance").click()
    expect(page.get_by_role("cell", name="snoozed by")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert tab.complaints == []


def fire_until_shown(server, page):
    """Send events until the rule, which holds within seconds, has fired."""
    for number in range(20):
        send(server, {"message": f"now {number} {SCRIPT}", "level": "error", "environment": "alerting"})
        try:
            page.locator(".alert").first.wait_for(timeout=2_000)
        except Exception:
            continue
        return
    raise AssertionError("nothing fired")


def test_a_channel_says_what_its_test_came_to(new_tab):
    tab = new_tab(NARROW)
    page = tab.page
    tab.open(f"{ALERTS}?tab=channels", ".managed-new")
    page.get_by_role("button", name="New channel").click()
    page.get_by_label("Name").fill(f"a tested hook {SCRIPT}")
    page.get_by_label("Kind").select_option("webhook")
    page.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="Make the channel").click()
    expect(page.locator(".shown-once")).to_contain_text("whsec_")
    channel = page.get_by_role("row").filter(has_text="a tested hook")
    channel.get_by_role("button", name="Send a test").click()
    expect(channel.locator(".test-result")).to_contain_text("unavailable in")
    assert tab.violations() == []
    page.get_by_role("tab", name="Deliveries").click()
    expect(page.get_by_role("cell", name=re.compile("refused|pending|expired")).first).to_be_visible()
    assert tab.violations() == []
    assert page.evaluate("window.ran") is None
    assert tab.complaints == []
