"""The order of releases."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.fingerprint.enrich import parse_release, release_key, release_order


@pytest.mark.parametrize(
    "ascending",
    [
        # The example of SemVer 2.0.0 §11.
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11"],
        ["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"],
        ["shop@1.9.9", "shop@v1.10", "shop@1.10.1", "shop@2"],
        ["1.0rc2", "1.0rc10", "1.0", "1.0.post1", "1.0.1.dev3", "1.0.1"],
        ["5.3.0-SNAPSHOT", "5.3.0.RELEASE", "5.3.0.SP1", "5.3.1.Final"],
        ["1.2.3", "1.2.3-2-gabc1234", "1.2.3-14-gdef5678-dirty", "1.2.4"],
        ["app@1.0+9", "app@1.0+41", "app@1.0.1"],
        ["2023-12-31", "2024-01-01", "2024-01-01T07:30", "20240102", "2024.1.3"],
        ["20240101", "20240101120000", "20240102"],
        ["build@41", "build@1000"],
        ["@shop/web@1.0.0", "@shop/web@1.0.1"],
    ],
    ids=lambda releases: releases[0],
)
def test_releases_in_order(ascending):
    for earlier, later in pairwise(ascending):
        assert release_order(earlier, later) == -1, (earlier, later)
        assert release_order(later, earlier) == 1
    keys = [release_key(release) for release in reversed(ascending)]
    assert sorted(keys) == list(reversed(keys))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1.0", "shop@1.0"),
        ("shop@1.0", "till@2.0"),
        ("4f2a9c1", "5f2a9c1"),
        ("0123456789abcdef0123456789abcdef01234567", "1.0"),
        ("123e4567-e89b-12d3-a456-426614174000", "1.0"),
        ("production", "staging"),
        ("1.0", ""),
        ("1.0", "१.२"),
    ],
)
def test_what_cannot_be_compared(first, second):
    assert release_order(first, second) is None
    assert release_order(second, first) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [("1.0", "v1.0.0"), ("1.0+abc", "1.0+def"), ("production", "production"), ("1.0.Final", "1.0")],
)
def test_the_same(first, second):
    assert release_order(first, second) == 0


def test_the_parts_of_a_release():
    assert parse_release("@shop/web@1.2.3-rc.1+77") == ("@shop/web", "1.2.3-rc.1", "77")
    assert parse_release("abc") == ("", "abc", "")


RELEASES = st.one_of(st.text(max_size=30), st.text(alphabet="0123456789.-+@abrcgvT:", max_size=24))


@given(st.lists(RELEASES, max_size=6))
def test_any_text_is_ordered_or_not(releases):
    """No text raises, and the order is one: keys sort."""
    keys = [key for release in releases if (key := release_key(release)) is not None]
    sorted(keys)
    for first in releases:
        for second in releases:
            order, back = release_order(first, second), release_order(second, first)
            assert (order is None) == (back is None)
            assert order is None or order == -(back or 0)


def test_long_releases_cost_little():
    for release in ("1" * 100_000, "1." * 50_000, "1.0-" + "a1" * 50_000, "@" * 100_000, "2024-" * 20_000):
        release_key(release)
