"""What people of each role are offered, what they are refused when they insist, and what only some can do by the page."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.people import accept, force, gather, invite
from tests.browser.quarantine import TOPIC
from tests.browser.tab import NARROW, WIDE, Tab, send, until

# The dashboard may have to be built first.
pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

ROLES = ("viewer", "member", "admin", "owner")
WRITERS, ADMINS = ROLES[1:], ROLES[2:]
SETTINGS = "/projects/default/settings"
#: Where something is offered, what it is, and to whom.
OFFERED = {
    "resolve": ("ISSUE", ".issue-facts", "button", "Resolve", WRITERS),
    "mute": ("ISSUE", ".issue-facts", "button", "Mute", WRITERS),
    "comment": ("ISSUE?tab=activity", ".activity", "button", "Write it", WRITERS),
    "make a rule": (
        "/projects/default/alerts?tab=rules",
        ".panel :is(.state, .table)",
        "button",
        "New rule",
        WRITERS,
    ),
    "make a channel": (
        "/projects/default/alerts?tab=channels",
        ".panel :is(.state, .table)",
        "button",
        "New channel",
        WRITERS,
    ),
    "filter": (f"{SETTINGS}?tab=filters", ".part-form", "button", "Save", WRITERS),
    "rename": (SETTINGS, ".tabs", "button", "Rename", ADMINS),
    "make a key": ("/projects/default/setup", ".arrival", "button", "Make a key", ADMINS),
    "privacy": (SETTINGS, ".tabs", "tab", "Privacy", ADMINS),
    "tokens": (SETTINGS, ".tabs", "tab", "API tokens", ADMINS),
    "audit": (SETTINGS, ".tabs", "tab", "Audit log", ADMINS),
    "invite": (f"{SETTINGS}?tab=members", ".table", "button", "Invite", ADMINS),
    "stream": (SETTINGS, ".tabs", "link", "Stream", ADMINS),
}


@pytest.fixture(scope="module")
def issue(server):
    event = send(server, {"message": "for all roles", "level": "info", "environment": "roles"})
    return server.get(f"/api/v1/projects/1/events/{event}")["issue_id"]


@pytest.fixture(scope="module")
def people(chromium, server, first_owner_link):
    """A tab of somebody of each role."""
    contexts = []

    def new_tab():
        contexts.append(chromium.new_context(viewport={"width": WIDE.width, "height": WIDE.height}))
        return Tab(contexts[-1].new_page(), server)

    yield gather(new_tab, first_owner_link)
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def quiet(people):
    """Complaints of one test are no business of the next."""
    for tab in people.values():
        tab.complaints.clear()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_offered_what_it_may_do(people, issue, role):
    tab = people[role]
    for name, (path, shown, kind, label, roles) in OFFERED.items():
        # Rights depend on the project's organisation.
        with tab.page.expect_response("**/api/v1/projects"):
            tab.open(path.replace("ISSUE", f"/projects/default/issues/{issue}"), shown)
        offer = tab.page.get_by_role(kind, name=label, exact=True)
        expect(offer, name).to_have_count(int(role in roles))
    tab.page.get_by_role("button", name="Project:").click()
    expect(tab.page.get_by_role("menuitem", name="New project")).to_have_count(int(role in ADMINS))
    assert tab.complaints == []


@pytest.mark.parametrize("role", ROLES)
def test_only_owners_decide_who_is_an_owner(people, role):
    tab, page = people[role], people[role].page
    tab.open(f"{SETTINGS}?tab=members", ".table")
    expect(page.get_by_label("Role of viewer@example.com")).to_have_count(int(role in ADMINS))
    expect(page.get_by_label("Role of owner@example.com")).to_have_count(int(role == "owner"))
    if role in ADMINS:
        roles = page.get_by_label("Role of the invited").locator("option")
        assert roles.all_inner_texts() == list(ROLES if role == "owner" else ROLES[:3])
    assert tab.complaints == []


def test_who_insists_is_refused(people, server, issue):
    members = {one["email"]: one["id"] for one in server.get("/api/v1/organisations/1/members")["items"]}
    viewer, member, admin = (people[role].page for role in ROLES[:3])
    resolve = ("PATCH", f"/issues/{issue}", {"status": "resolved"})
    for page in (viewer, member, admin):
        page.goto(people["viewer"].page.url)
    assert force(viewer, *resolve) == (403, "missing_scope")
    assert force(member, *resolve, with_token=False) == (403, "csrf")
    assert force(viewer, "POST", "/projects/default/rules", {}) == (403, "missing_scope")
    for page in (viewer, member):
        assert force(page, "POST", "/projects", {"name": "mine"}) == (403, "missing_scope")
        assert force(page, "POST", f"/dlq/{TOPIC}/drop", {}) == (403, "missing_scope")
        assert force(page, "DELETE", "/projects/default", {"name": "default"}) == (403, "missing_scope")
    owner = members["owner@example.com"]
    assert force(admin, "PATCH", f"/organisations/1/members/{owner}", {"role": "viewer"}) == (
        403,
        "owners_only",
    )
    own = members["admin@example.com"]
    assert force(admin, "PATCH", f"/organisations/1/members/{own}", {"role": "owner"}) == (403, "owners_only")
    assert server.get(f"/api/v1/issues/{issue}")["status"] == "unresolved"


def test_pages_that_are_not_offered_say_why(people):
    tab = people["member"]
    tab.open("/new-project", ".state")
    expect(tab.page.locator(".state")).to_contain_text("Only admins make projects")
    assert tab.complaints == []
    tab.open("/stream", ".state.error")
    expect(tab.page.locator(".state.error")).to_contain_text("'admin'")


def test_who_is_demoted_is_told_when_acting(people, issue, server):
    """The page was loaded as a member; meanwhile an owner has made a viewer of them."""
    tab, owner = people["member"], people["owner"].page
    tab.open(f"/projects/default/issues/{issue}", ".issue-facts")
    people["owner"].open(f"{SETTINGS}?tab=members", ".table")
    role = owner.get_by_label("Role of member@example.com")
    role.select_option("viewer")
    try:
        members = "/api/v1/organisations/1/members"
        until(lambda: {"email": "member@example.com", "role": "viewer"}.items() <= _by(server.get(members)))
        # Rights are remembered for as long as the setting key_cache_ttl says.
        owner.wait_for_timeout(1_200)
        tab.page.get_by_role("button", name="Resolve", exact=True).click()
        expect(tab.page.locator(".toast")).to_contain_text("needs the scope 'write'")
        expect(tab.page.locator(".issue-facts")).to_contain_text("new")
    finally:
        role.select_option("member")
        owner.wait_for_timeout(1_200)


def _by(page):
    return next(one for one in page["items"] if one["email"] == "member@example.com").items()


def test_an_invitation_is_good_once(people, chromium, server):
    link = invite(people["admin"], "", "viewer")
    with chromium.new_context() as context, chromium.new_context() as late:
        tab = Tab(context.new_page(), server)
        accept(tab, link, "second@example.com", "Second")
        assert tab.complaints == []
        other = Tab(late.new_page(), server)
        other.open(link, ".door .state.error")
        expect(other.page.locator(".door")).to_contain_text("was accepted already")
    people["admin"].open(f"{SETTINGS}?tab=members", ".table")
    expect(people["admin"].page.get_by_role("cell", name="second@example.com")).to_be_visible()


def test_a_quarantined_record_is_looked_at_and_sent_again(people):
    tab, page = people["admin"], people["admin"].page
    tab.open("/stream", ".dead-letters")
    queue = page.locator(".dead-letters li", has_text=TOPIC)
    expect(queue.locator(".chip")).to_have_text("1")
    queue.get_by_role("button", name="Look at them").click()
    for window in (NARROW, WIDE):
        page.set_viewport_size({"width": window.width, "height": window.height})
        tab.check_width("the quarantined record")
        dialog = page.get_by_role("dialog").bounding_box()
        assert dialog["x"] >= 0 and dialog["x"] + dialog["width"] <= window.width
    page.get_by_role("dialog").get_by_text("What it holds").click()
    expect(page.locator(".quarantined pre").first).to_contain_text("onerror")
    expect(page.locator(".quarantined")).to_contain_text("it did not fit: <img")
    assert page.evaluate("window.ran") is None
    page.keyboard.press("Escape")
    queue.get_by_role("button", name="Redrive").click()
    expect(page.locator(".toast")).to_contain_text("1 record sent again; 0 still there.")
    expect(page.get_by_text("Nothing is quarantined.")).to_be_visible()
    tab.open('/projects/default/issues?query="set aside"', "#main")
    expect(page.locator(".issue-row")).to_contain_text("set aside for a while", timeout=30_000)
    assert tab.complaints == []


def test_a_project_is_removed(people, server):
    tab, page = people["owner"], people["owner"].page
    tab.open("/new-project", "form")
    page.get_by_label("Name").fill("To be removed")
    page.get_by_role("button", name="Make the project").click()
    page.locator(".snippet").first.wait_for()
    tab.open("/projects/to-be-removed/settings?tab=privacy", ".managed-new")
    remove = page.get_by_role("button", name="Remove it for good")
    expect(remove).to_be_disabled()
    page.get_by_label("Its name,").fill("To be removed")
    remove.click()
    expect(page.locator(".toast")).to_contain_text("To be removed is removed")
    page.wait_for_url("**/projects/default/issues**")
    page.get_by_role("button", name="Project:").click()
    expect(page.get_by_role("menuitem")).to_contain_text(["default", "New project"])
    assert tab.complaints == []
    # Its erasure goes on behind the page, and what it came to is in the receipts of the organisation.
    erasures = "/api/v1/organisations/1/erasures"
    until(lambda: [one for one in server.get(erasures)["items"] if one["state"] == "done"], timeout=60)
    tab.open("/projects/to-be-removed/settings", ".state.error")
    expect(page.locator(".state.error")).to_contain_text("There is no such project")


_LISTEN = """() => new Promise((resolve, reject) => {
  const source = new EventSource("/api/v1/alerts/stream");
  window.fired = [];
  source.addEventListener("firing", (event) => window.fired.push(event.data));
  source.onopen = resolve;
  source.onerror = reject;
})"""


def test_alerts_stream_to_whoever_has_a_session(people, server):
    tab, page = people["member"], people["member"].page
    rule = {
        "name": "Streamed",
        "condition": {"kind": "count", "above": 0, "window": 60},
        "environment": "streamed",
    }
    server.call("POST", "/api/v1/projects/1/rules", rule)
    tab.open("/projects/default/alerts", ".page-head .chip")
    expect(page.locator(".page-head .chip")).to_have_text("live")
    page.evaluate(_LISTEN)
    for number in range(20):
        send(server, {"message": f"streamed {number}", "environment": "streamed"})
        page.wait_for_timeout(1_000)
        if fired := page.evaluate("window.fired"):
            break
    assert json.loads(fired[0])["data"]["rule_name"] == "Streamed"
    assert tab.complaints == []


def test_who_comes_back_has_the_list_asked_for_at_once(people, issue):
    """Beside the question who is there, which is held back here."""
    tab, page, held = people["viewer"], people["viewer"].page, []
    tab.open("/projects/default/issues", ".issue-row")
    page.route("**/api/v1/session", lambda route: held.append(route))
    with page.expect_request("**/projects/default/issues?**"):
        page.goto(page.url, wait_until="commit")
    while not held:
        page.wait_for_timeout(50)
    held[0].continue_()
    expect(page.locator(".issue-row").first).to_be_visible()
    page.unroute("**/api/v1/session")
    assert tab.complaints == []


def test_whose_session_is_over_is_led_to_the_log_in(new_tab):
    tab = new_tab(stranger=True)
    tab.page.add_init_script("localStorage.setItem('stacktide.here', '')")
    tab.open("/projects/default/issues", ".door form")
    assert all("401" in complaint for complaint in tab.complaints)


def test_a_stranger_finds_a_quiet_door(new_tab):
    tab = new_tab(stranger=True)
    tab.open("/", ".door form")
    tab.open("/projects/default/issues", ".door form")
    assert tab.complaints == []
