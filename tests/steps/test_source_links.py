"""Addresses of files on the web pages of repositories."""

from datetime import UTC, datetime

import pytest

from api.source_links import checked, commit_template, latest_commit, link_template
from schemas.release import Commit
from schemas.repository import Repository, SourceRoot

SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("url", "host", "link"),
    [
        ("https://github.com/example/shop.git", "auto", f"https://github.com/example/shop/blob/{SHA}/"),
        ("https://gitlab.com/a/b/shop/", "auto", f"https://gitlab.com/a/b/shop/-/blob/{SHA}/"),
        ("https://bitbucket.org/example/shop", "auto", f"https://bitbucket.org/example/shop/src/{SHA}/"),
        ("http://git.example.com:8080/a/shop", "gitlab", f"http://git.example.com:8080/a/shop/-/blob/{SHA}/"),
    ],
)
def test_each_host_has_its_form(url, host, link):
    template = link_template(checked(Repository(url, host)), SHA)
    assert template.startswith(link + "{path}#")
    assert template.format(path="shop/cart.py", line=7).endswith("#lines-7" if "bitbucket" in url else "#L7")
    commit = commit_template(checked(Repository(url, host))).format(commit=SHA)
    assert commit.endswith(("/shop/commit/" + SHA, "/shop/-/commit/" + SHA, "/shop/commits/" + SHA))


def test_without_a_commit_it_is_the_branch():
    repository = checked(Repository("https://github.com/example/shop", branch="release/1 #x"))
    assert link_template(repository, None).startswith(
        "https://github.com/example/shop/blob/release/1%20%23x/{path}"
    )
    assert "/blob/HEAD/" in link_template(checked(Repository("https://github.com/example/shop")), None)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//github.com/a",
        "ftp://github.com/example/shop",
        "https://user:password@github.com/example/shop",
        "https://github.com/example/shop?x=1",
        "https://github.com/example/{path}",
        "https://github.com/a b",
        "https://github.com",
        "git@github.com:example/shop.git",
        "https://git.example.com/example/shop",
    ],
)
def test_what_is_no_page_of_a_repository_is_refused(url):
    with pytest.raises(ValueError, match=r"url must be|give host"):
        checked(Repository(url))


def test_nothing_is_kept_as_nothing():
    kept = checked(Repository(" ", roots=(SourceRoot("/app/", "src/"),)))
    assert (kept.url, kept.roots[0].source) == ("", "src/")


def test_the_latest_commit_is_that_of_the_latest_time_or_the_first():
    early, late = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
    assert latest_commit([Commit("a" * 40, timestamp=early), Commit("b" * 40, timestamp=late)]) == "b" * 40
    assert latest_commit([Commit("a" * 40), Commit("b" * 40)]) == "a" * 40
    assert latest_commit([Commit("not one/../of git")]) is None and latest_commit([]) is None
