"""Planted secrets in every place of an event, and harmless look-alikes in the same places."""

from typing import Any

import msgspec
import pytest
from fingerprinting import NOW, SETTINGS, received
from scrubbing import HARMLESS, HARMLESS_FIELDS, NAMES, SECRETS, named_places, places

from agents.fingerprint.normalise import normalise
from agents.fingerprint.scrub import scrubber_for
from schemas.scrubbing import Scrubbing

SCRUBBER = scrubber_for(Scrubbing())
SECRET = "zqxyzzyq"


def everything(payload: dict[str, Any]) -> str:
    """All that is kept of a payload: itself, the event, and the notes."""
    clean = SCRUBBER.payload(payload)
    event = normalise(
        {"timestamp": NOW, **clean.data}, received(), SETTINGS.max_clock_skew, SETTINGS.max_event_age
    )
    return msgspec.json.encode((clean.data, clean.scrubbed, event)).decode()


@pytest.mark.parametrize("name", SECRETS)
def test_no_planted_secret_is_left_in_any_place(name: str) -> None:
    text, secret = SECRETS[name]
    left = [place for place, make in places() if secret in everything(make(text))]
    assert left == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_under_the_name_of_a_secret_is_left_in_any_place(name: str) -> None:
    left = [place for place, make in named_places() if SECRET in everything(make(name, SECRET))]
    assert left == []


@pytest.mark.parametrize("name", ["password", "card_number", "session", "api_key"])
@pytest.mark.parametrize("value", [918273645, [918273645, "x"], {"a": {"b": 918273645}}])
def test_values_of_any_type_go(name: str, value: Any) -> None:
    assert "918273645" not in everything({"extra": {name: value}})


def test_under_one_per_cent_of_look_alikes_are_touched() -> None:
    touched, tried = [], 0
    for text in HARMLESS:
        for place, make in places():
            # What is under "cookies" goes whatever it is.
            if place != "cookies":
                tried += 1
                touched += [(place, text)] if SCRUBBER.payload(make(text)).data != make(text) else []
    for name, value in HARMLESS_FIELDS.items():
        for place, named in named_places():
            if place not in ("cookies", "context of that name"):
                tried += 1
                touched += (
                    [(place, name)] if SCRUBBER.payload(named(name, value)).data != named(name, value) else []
                )
    assert tried > 3000
    assert len(touched) < tried / 100, touched


def test_a_private_key_over_several_lines_of_source_goes() -> None:
    lines = [f"MIIEpAIBAAKCAQEA7{number}" for number in range(6)]
    frame = {
        "pre_context": ['KEY = """-----BEGIN RSA PRIVATE KEY-----', *lines[:2]],
        "context_line": lines[2],
        "post_context": [*lines[3:], "-----END RSA PRIVATE KEY-----", "after = 1"],
    }
    clean = SCRUBBER.payload({"stacktrace": {"frames": [frame]}}).data["stacktrace"]["frames"][0]
    assert "MIIE" not in str(clean)
    assert clean["post_context"][-1] == "after = 1"


def test_parameters_are_seen_in_their_template() -> None:
    entry = {"message": "login of %s with password=%s", "params": ["bob", SECRET]}
    clean = SCRUBBER.payload({"logentry": entry}).data["logentry"]
    assert clean == {
        "message": "login of %s with password=%s",
        "params": ["bob", "[Filtered]"],
        "formatted": "login of bob with password=[Filtered]",
    }


def test_packages_with_the_names_of_secrets_keep_their_versions() -> None:
    modules = {"cookie": "0.5.0", "secretstorage": "3.3.3", "csrf": "3.1.0", "tokenizers": "0.15.0"}
    assert SCRUBBER.payload({"modules": modules}).data == {"modules": modules}
