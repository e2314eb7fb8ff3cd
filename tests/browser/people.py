"""People of each role, each with a browser of their own, who came in by the page."""

from collections.abc import Callable
from typing import Any, NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.tab import Tab

PASSWORD = "correct horse battery"


class Answer(NamedTuple):
    """What the API answered to a page."""

    status: int
    code: str


def accept(tab: Tab, link: str, email: str, name: str) -> None:
    """Accept an invitation as somebody new, whom it need not name."""
    page = tab.page
    tab.open(link, "form")
    page.get_by_label("Your name").fill(name)
    if page.get_by_label("E-mail").count():
        page.get_by_label("E-mail").fill(email)
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Log out")).to_contain_text(name)


def invite(owner: Tab, email: str, role: str) -> str:
    """Invite somebody by the page; the link that it shows, without the address of the server."""
    page = owner.page
    owner.open("/projects/default/settings?tab=members", "form")
    page.get_by_label("E-mail (or none").fill(email)
    page.get_by_label("Role of the invited").select_option(role)
    page.get_by_role("button", name="Invite").click()
    link = page.locator(".shown-once code").inner_text()
    assert link.startswith("http://")
    return "/invitation#" + link.split("/invitation#")[1]


def gather(new_tab: Callable[[], Tab], first_owner_link: str) -> dict[str, Tab]:
    """Somebody of each role, by role."""
    owner = new_tab()
    accept(owner, first_owner_link, "owner@example.com", "Olga Owner")
    people = {"owner": owner}
    for role, name in (("admin", "Ada Admin"), ("member", "Mia Member"), ("viewer", "Vera Viewer")):
        people[role] = new_tab()
        accept(people[role], invite(owner, f"{role}@example.com", role), f"{role}@example.com", name)
    return people


_ASK = """async ([method, path, body, withToken]) => {
  const session = await (await fetch("/api/v1/session")).json();
  const headers = withToken ? {"X-CSRF-Token": session.csrf_token} : {};
  const answer = await fetch("/api/v1" + path, {method, headers, body: JSON.stringify(body)});
  const text = await answer.text();
  return [answer.status, text && answer.status >= 400 ? JSON.parse(text).error.code : ""];
}"""


def force(page: Page, method: str, path: str, body: Any = None, *, with_token: bool = True) -> Answer:
    """What the API answers to somebody who does in the page's console what the page does not offer."""
    status, code = page.evaluate(_ASK, [method, path, body, with_token])
    return Answer(status, code)
