"""Inbound filters: each with its reason, data-driven, deterministic."""

from typing import Any

import pytest
from fingerprinting import normalised, received
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.fingerprint.filters import check_filters, filter_event
from agents.records import Dropped
from schemas.filters import Filters, SamplingRule

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
EVERYTHING = Filters(
    releases=("*",),
    errors=("*",),
    networks=("0.0.0.0/0", "::/0"),
    least_level="fatal",
    localhost=True,
    legacy_browsers=True,
    browser_extensions=True,
    crawlers=True,
    sampling=(SamplingRule("all", 0.5),),
)


def reason(config: Filters, **data: Any) -> str | None:
    dropped = filter_event(normalised(**data), received(), config)
    assert dropped is None or dropped.outcome == "filtered"
    return dropped.reason if dropped else None


def agent(text: str) -> dict[str, Any]:
    return {"headers": [["user-agent", text]]}


def test_nothing_is_filtered_by_default() -> None:
    assert filter_event(normalised(message="x", level="debug"), received(), Filters()) is None


@pytest.mark.parametrize(
    ("config", "data", "expected"),
    [
        (Filters(releases=("shop@1.*",)), {"release": "Shop@1.2"}, "release"),
        (Filters(releases=("shop@1.*",)), {"release": "shop@2.0"}, None),
        (Filters(releases=("*",)), {}, None),
        (Filters(environments=("dev-?",)), {"environment": "dev-1"}, "environment"),
        (Filters(least_level="warning"), {"level": "info"}, "level"),
        (Filters(least_level="warning"), {"level": "warning"}, None),
        (Filters(errors=("*resize*loop*",)), {"message": "ResizeObserver\nloop"}, "error"),
        (Filters(errors=("ValueError: bad*",)), {"exception": [{"type": "ValueError", "value": "bad x"}]}, "error"),
        (Filters(errors=("ValueError",)), {"exception": [{"type": "ValueError", "value": "x"}]}, "error"),
        (Filters(errors=("Value",)), {"exception": [{"type": "ValueError", "value": "x"}]}, None),
        (Filters(networks=("203.0.113.0/24",)), {}, "network"),
        (Filters(networks=("203.0.113.9",)), {}, "network"),
        (Filters(networks=("2001:db8::/32",)), {"user": {"ip_address": "2001:db8::1"}}, "network"),
        (Filters(networks=("198.51.100.0/24",)), {"user": {"ip_address": "::ffff:198.51.100.7"}}, "network"),
        (Filters(networks=("198.51.100.0/24",)), {"user": {"ip_address": "nonsense"}}, None),
        (Filters(localhost=True), {"request": {"url": "http://localhost:3000/a"}}, "localhost"),
        (Filters(localhost=True), {"request": {"url": "http://127.0.1.1/a"}}, "localhost"),
        (Filters(localhost=True), {"request": {"url": "http://[::1]:80/"}}, "localhost"),
        (Filters(localhost=True), {"request": {"url": "http://shop.localhost/"}}, "localhost"),
        (Filters(localhost=True), {"request": {"url": "http://localhost.example.com/"}}, None),
        (Filters(localhost=True), {"request": {"url": "http://[bad"}}, None),
        (Filters(crawlers=True), {"request": agent("Mozilla/5.0 (compatible; Googlebot/2.1)")}, "crawler"),
        (Filters(crawlers=True), {"request": agent("facebookexternalhit/1.1")}, "crawler"),
        (Filters(crawlers=True), {"request": agent(CHROME)}, None),
        (Filters(crawlers=True), {"request": agent("CUBOT X30 Build")}, "crawler"),
        (Filters(legacy_browsers=True), {"request": agent("Mozilla/4.0 (compatible; MSIE 8.0)")}, "legacy_browser"),
        (Filters(legacy_browsers=True), {"request": agent("Mozilla/5.0 Trident/7.0; rv:11.0")}, "legacy_browser"),
        (Filters(legacy_browsers=True), {"request": agent(CHROME.replace("120", "49"))}, "legacy_browser"),
        (Filters(legacy_browsers=True), {"request": agent(CHROME)}, None),
        (Filters(legacy_browsers=True), {"request": agent("curl/8.0")}, None),
        (
            Filters(legacy_browsers=True),
            {"request": agent("Mozilla/5.0 (iPhone) Version/9.0 Mobile/13A344 Safari/601.1")},
            "legacy_browser",
        ),
        (Filters(browser_extensions=True), {"message": "Extension context invalidated."}, "browser_extension"),
        (
            Filters(browser_extensions=True),
            {"exception": [{"type": "E", "stacktrace": {"frames": [{"abs_path": "chrome-extension://abc/x.js"}]}}]},
            "browser_extension",
        ),
        (
            Filters(browser_extensions=True),
            {"exception": [{"type": "E", "stacktrace": {"frames": [{"abs_path": "https://example.com/x.js"}]}}]},
            None,
        ),
    ],
)  # fmt: skip
def test_filters(config: Filters, data: dict[str, Any], expected: str | None) -> None:
    assert reason(config, **data) == expected


def test_the_first_filter_that_applies_gives_the_reason() -> None:
    assert reason(EVERYTHING, release="x", message="y") == "release"
    assert reason(EVERYTHING, message="y", level="error") == "level"


def test_sampling_keeps_its_fraction_and_the_same_events_each_time() -> None:
    event, config = normalised(message="x"), Filters(sampling=(SamplingRule("quarter", 0.25),))
    ids = [f"{number:032x}" for number in range(4000)]
    kept = [i for i in ids if filter_event(replace(event, event_id=i), received(), config) is None]
    assert 900 < len(kept) < 1100
    more = Filters(sampling=(SamplingRule("half", 0.5),))
    assert all(filter_event(replace(event, event_id=i), received(), more) is None for i in kept)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_rates_at_the_ends(rate: float) -> None:
    config = Filters(sampling=(SamplingRule("r", rate),))
    expected = None if rate else Dropped("filtered", "sampled")
    event = normalised(message="x")
    for number in range(50):
        assert filter_event(replace(event, event_id=f"{number:032x}"), received(), config) == expected


def test_the_first_rule_of_sampling_that_matches_decides() -> None:
    config = Filters(
        sampling=(
            SamplingRule("keep payments", 1.0, loggers=("payments.*",), tags=(("tier", "gold*"),)),
            SamplingRule("drop warnings", 0.0, levels=("warning",)),
        )
    )
    gold = {"logger": "payments.card", "tags": {"tier": "Gold-1"}, "level": "warning"}
    assert reason(config, **gold) is None
    assert reason(config, **{**gold, "tags": {}}) == "sampled"
    assert reason(config, level="error") is None


def test_a_bad_network_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        check_filters(Filters(networks=("nonsense",)))


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_no_event_makes_a_filter_raise(glob: str, words: str, url: str) -> None:
    config = replace(
        EVERYTHING, releases=(glob,), errors=(glob,), least_level="debug", networks=("10.0.0.0/8",)
    )
    event = normalised(
        release=words,
        message=words,
        user={"ip_address": words},
        request={"url": f"http://{url}", "headers": {"User-Agent": words}},
        exception=[{"type": words, "value": words, "stacktrace": {"frames": [{"filename": words}]}}],
    )
    filter_event(event, received(), config)


@given(st.text(max_size=30))
def test_a_glob_without_wildcards_matches_itself(text: str) -> None:
    plain = text.replace("*", "").replace("?", "")
    event = normalised(release=plain or "x")
    assert filter_event(event, received(), Filters(releases=(event.release or "",))) is not None
