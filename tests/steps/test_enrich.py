"""Enrichment: what is added, from what, and what is left alone."""

import pytest
from fingerprinting import normalised, received
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agents.fingerprint.enrich import Enricher, enrich
from agents.fingerprint.enrich.places import _place, country_place, database_lookup
from schemas.event import User

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/16.1 Mobile/15E148 Safari/604.1"
)


@pytest.fixture(scope="module")
def enricher():
    return Enricher.open()


def with_agent(agent, platform="javascript", **fields):
    return normalised(platform=platform, request={"headers": {"User-agent": agent}}, **fields)


def test_a_browser(enricher):
    contexts = enrich(with_agent(CHROME), received(), enricher).contexts
    assert contexts["browser"] == {"name": "Chrome", "version": "120.0.0"}
    assert contexts["os"] == {"name": "Windows", "version": "10"}
    assert "device" not in contexts


def test_a_phone_at_a_server(enricher):
    """The server's own operating system is not the visitor's."""
    event = with_agent(IPHONE, platform="python", contexts={"os": {"name": "Linux"}})
    contexts = enrich(event, received(), enricher).contexts
    assert contexts["os"] == {"name": "Linux"}
    assert contexts["client_os"] == {"name": "iOS", "version": "16.1"}
    assert contexts["device"] == {"family": "iPhone", "brand": "Apple", "model": "iPhone"}


def test_what_the_sdk_sent_is_kept(enricher):
    contexts = {"browser": {"name": "Mine"}, "geo": {"country_code": "NZ"}, "trace": {"trace_id": "a" * 32}}
    event = with_agent(CHROME, contexts=contexts, user={"ip_address": "8.8.8.8"})
    enriched = enrich(event, received(), enricher)
    assert enriched.contexts == {**contexts, "os": {"name": "Windows", "version": "10"}}
    assert enrich(enriched, received(), enricher) == enriched
    assert event.contexts == contexts


@pytest.mark.parametrize(
    ("fields", "country"),
    [
        ({"user": {"ip_address": "8.8.8.8"}}, "US"),
        ({"user": {"ip_address": "2a00:1450:4001::1"}}, "IE"),
        ({"request": {"env": {"REMOTE_ADDR": "8.8.8.8"}}}, "US"),
        ({"platform": "javascript"}, "DE"),
        ({"platform": "java", "sdk": {"name": "sentry.java.android", "version": "8.0"}}, "DE"),
        # A server's own address says nothing of its users.
        ({"platform": "python"}, None),
        ({"user": {"ip_address": "10.0.0.1"}}, None),
        ({"user": {"ip_address": "not an address"}}, None),
    ],
)
def test_the_country(enricher, fields, country):
    there = received()._replace(client_address="194.25.0.60")
    geo = enrich(normalised(**fields), there, enricher).contexts.get("geo")
    assert geo == ({"country_code": country} if country else None)


def test_places_of_a_database():
    found = {
        "country": {"iso_code": "DE"},
        "city": {"names": {"en": "Bonn", "de": "Bonn"}},
        "subdivisions": [{"names": {"en": "North Rhine-Westphalia"}}],
    }
    expected = {"country_code": "DE", "region": "North Rhine-Westphalia", "city": "Bonn"}
    assert _place(found) == expected
    assert _place({"country_code": "DE", "state1": "North Rhine-Westphalia", "city": "Bonn"}) == expected
    assert _place({"country": {"iso_code": 7}, "city": "", "subdivisions": [[]]}) is None


def test_a_database_that_is_none(tmp_path):
    with pytest.raises(ValueError, match="mmdb"):
        database_lookup(tmp_path / "missing.mmdb")
    (tmp_path / "bad.mmdb").write_bytes(b"no database")
    with pytest.raises(ValueError, match="mmdb"):
        database_lookup(tmp_path / "bad.mmdb")


@given(st.text(max_size=80), st.text(max_size=600))
def test_any_text(enricher, address, agent):
    event = with_agent("Chrome/1")
    event = replace(event, user=User(ip_address=address), request={"headers": {"user-agent": agent}})
    enriched = enrich(event, received(), enricher)
    assert enriched.event_id == event.event_id


def test_what_has_no_utf8(enricher):
    assert country_place("\udc80") is None
    assert enricher.client("\udc80 Chrome/120") is None
    assert country_place("1" * 1_000_000) is None


def test_headers_of_other_shapes(enricher):
    for request in (
        {"headers": ["User-Agent"]},
        {"headers": {"user-agent": 5}},
        {"env": "REMOTE_ADDR"},
        {"env": {}},
    ):
        event = replace(with_agent(CHROME), request=request)
        assert "browser" not in enrich(event, received(), enricher).contexts
