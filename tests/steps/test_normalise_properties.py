"""Properties that hold for whatever a client sends."""

from typing import Any

import msgspec
from fingerprinting import CONFIG, normalised, received
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.fingerprint import limits
from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.search_text import SEARCH_TEXT, search_text
from agents.fingerprint.step import InvalidEvent, fingerprint
from schemas.event import Event
from schemas.records import FingerprintedEvent


def _words(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words.split(" "))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["values", "frames", "{{ default }}", "{{auto}}", "2025-10-09T08:53:20Z", "%s {} %(a)s", "\0"]
    )
)
NAMES = _words(
    "values frames type value stacktrace mechanism module function filename abs_path in_app lineno "
    "vars message formatted params key data headers id crashed current synthetic handled timestamp "
    "context_line pre_context ip_address name version platform package category"
) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=25,
)
FIELDS = _words(
    "event_id timestamp platform level logger transaction culprit server_name release dist "
    "environment message logentry exception exceptions stacktrace threads breadcrumbs tags user "
    "request contexts extra modules sdk fingerprint errors sentry.interfaces.Exception "
    "sentry.interfaces.Message sentry.interfaces.Http sentry.interfaces.User message_template type"
)
EVENTS = st.dictionaries(FIELDS, JSON, max_size=12)


@given(EVENTS)
@settings(max_examples=200, deadline=None)
def test_any_fields_make_a_bounded_event_that_survives_its_json(data: dict[str, Any]) -> None:
    event = normalised(**data)
    encoded = msgspec.json.encode(event)
    assert len(encoded) <= limits.EVENT_BYTES
    assert msgspec.json.decode(encoded, type=Event) == event
    assert len(search_text(event)) <= SEARCH_TEXT
    grouping = group(event)
    assert grouping.title
    assert 1 <= len(grouping.fingerprint) <= limits.MAX_FINGERPRINT
    assert len(grouping.components) <= 60
    assert any(component.contributes for component in grouping.components)


@given(EVENTS)
@settings(max_examples=150, deadline=None)
def test_normalising_twice_is_normalising_once(data: dict[str, Any]) -> None:
    once = normalised(**data)
    twice = normalised(**msgspec.json.decode(msgspec.json.encode(once)))
    assert twice == once
    assert group(twice) == group(once)


@given(JSON | EVENTS, st.sampled_from(["envelope", "store", "v1", "security"]))
@settings(max_examples=150, deadline=None)
def test_the_step_raises_nothing_but_invalid_event(data: Any, protocol: str) -> None:
    try:
        result = fingerprint(received(protocol), msgspec.json.encode(data), CONFIG)
    except InvalidEvent:
        return
    decoded = msgspec.json.decode(msgspec.json.encode(result), type=FingerprintedEvent)
    assert decoded.issue_id == result.issue_id
    assert len(decoded.issue_id) == 32


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_an_event_or_invalid(payload: bytes) -> None:
    try:
        result = fingerprint(received(), payload, CONFIG)
    except InvalidEvent:
        return
    msgspec.json.decode(msgspec.json.encode(result))


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_message_and_function_are_grouped(words: str) -> None:
    event = normalised(
        message=words,
        exception=[
            {
                "type": words,
                "stacktrace": {"frames": [{"function": words, "filename": words, "module": None}]},
            }
        ],
    )
    assert group(event) == group(event)
