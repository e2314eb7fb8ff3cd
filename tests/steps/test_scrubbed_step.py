"""The fingerprint step takes out secrets before anything is made of the event."""

import msgspec
from fingerprinting import CONFIG, received

from agents.fingerprint.config import config_of
from agents.fingerprint.step import fingerprint, scrubbed_headers
from schemas.project import ProjectConfiguration
from settings import Settings

EVENT = {
    "platform": "python",
    "message": "login failed for ada@example.com with password=hunter2",
    "user": {"id": "7", "ip_address": "203.0.113.77"},
    "extra": {"api_key": "zzz-1234", "token_count": 5},
}
SECRETS = (b"hunter2", b"ada@example.com", b"zzz-1234")


def test_neither_the_event_nor_the_payload_holds_a_secret():
    result = fingerprint(received(), msgspec.json.encode(EVENT), CONFIG)
    everything = msgspec.json.encode(result)
    assert not [secret for secret in SECRETS if secret in everything]
    assert {note.rule for note in result.event.scrubbed} == {"assignment", "email", "key"}
    assert result.event.extra["token_count"] == 5


def test_a_payload_without_secrets_is_kept_as_it_came():
    payload = b'{"platform": "python",   "message": "fine"}'
    result = fingerprint(received(), payload, CONFIG)
    assert bytes(result.payload) == payload
    assert result.event.scrubbed == ()


def test_addresses_are_shortened_where_the_setting_says_so():
    config = config_of(ProjectConfiguration(1), Settings(scrub_addresses="truncate"))
    came = received()._replace(client_address="203.0.113.77")
    result = fingerprint(came, msgspec.json.encode(EVENT), config)
    assert result.event.user is not None
    assert result.event.user.ip_address == "203.0.113.0"
    assert b"203.0.113.77" not in msgspec.json.encode(result)
    assert dict(scrubbed_headers(came.encode(), came, config))["client-address"] == b"203.0.113.0"
    assert scrubbed_headers(came.encode(), came, CONFIG) == came.encode()
