"""Where a project's source is."""

from tests.api.conftest import NARROW

PATH = "/projects/1/repository"
SHA = "0123456789abcdef0123456789abcdef01234567"


async def test_a_repository_is_told_once_and_leads_to_the_commit_of_a_release(served):
    nothing = await served.get(PATH)
    assert (nothing["url"], nothing["link"]) == ("", None)
    roots = [{"stack": "/srv/app/", "source": "services/shop/"}]
    given = {"url": "https://github.com/example/shop.git", "roots": roots}
    told = await served.send("PUT", PATH, given)
    assert told["link"] == "https://github.com/example/shop/blob/HEAD/{path}#L{line}"
    await served.send("POST", "/projects/1/releases", {"version": "shop@1", "commits": [{"id": SHA}]})
    found = await served.get(PATH, release="shop@1")
    assert (found["commit"], found["roots"]) == (SHA, roots) and f"/blob/{SHA}/" in found["link"]
    unknown = await served.get(PATH, release="shop@2")
    assert (unknown["commit"], unknown["link"]) == (None, told["link"])
    assert (await served.send("PUT", PATH, {**given, "branch": "main"}))["branch"] == "main"
    assert (await served.send("PUT", PATH, {}))["link"] is None
    entries = await served.api.operational.audit.find(1, None, 10)
    assert [entry.target for entry in entries].count("/api/v1/projects/1/repository") == 3


async def test_what_cannot_be_a_page_is_refused(served):
    refused = await served.send("PUT", PATH, {"url": "javascript:alert(1)"}, expect=400)
    assert refused["code"] == "bad_repository" and "web page" in refused["message"]
    unsaid = await served.send("PUT", PATH, {"url": "https://git.example.com/a/b"}, expect=400)
    assert "give host" in unsaid["message"]
    await served.send("PUT", "/projects/2/repository", {}, token=NARROW, expect=403)
    await served.get(PATH, token=NARROW, expect=404)


async def test_it_goes_with_its_project(served):
    store = served.api.operational
    await served.send("PUT", PATH, {"url": "https://github.com/example/shop"})
    await store.remove_project(1, "somebody")
    await store.removals.forget(1)
    assert (await store.repositories.get(1)).url == ""
