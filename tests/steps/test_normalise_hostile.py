"""Hostile and broken input: the result is bounded, and says what was trimmed."""

from typing import Any

import msgspec
import pytest
from fingerprinting import CONFIG, NOW, exception, frame, normalised, received, stepped

from agents.fingerprint import limits
from agents.fingerprint.search_text import SEARCH_TEXT, search_text
from agents.fingerprint.step import InvalidEvent, fingerprint


def size(event: Any) -> int:
    return len(msgspec.json.encode(event))


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = {"a": [value]}
    return value


def test_ten_thousand_frames_keep_the_first_and_the_last() -> None:
    event = normalised(exception=[exception(*[frame(f"f{n}", lineno=n) for n in range(10_000)])])
    found = event.exceptions[0].stacktrace
    assert found is not None
    assert [item.lineno for item in found.frames] == [*range(125), *range(9_875, 10_000)]
    assert event.errors == ("stacktrace.frames: 9750 of 10000 left out of the middle; 250 are kept.",)


def test_frames_of_all_stack_traces_are_bounded_together() -> None:
    event = normalised(exception=[exception(*[frame("f")] * 300) for _ in range(60)])
    assert len(event.exceptions) == limits.MAX_EXCEPTIONS
    stacks = [item.stacktrace.frames for item in event.exceptions if item.stacktrace is not None]
    assert sum(map(len, stacks)) == limits.MAX_FRAMES_IN_ALL


def test_a_message_of_a_megabyte() -> None:
    event = normalised(message="x" * 1_000_000, exception=[{"type": "E", "value": "y" * 1_000_000}])
    assert event.message == "x" * (limits.MESSAGE - 1) + "…"
    assert len(event.exceptions[0].value or "") == limits.MESSAGE
    assert len(event.errors) == 2


def test_ten_thousand_tags() -> None:
    event = normalised(tags={f"k{n}": "v" * 1000 for n in range(10_000)})
    assert len(event.tags) == limits.MAX_TAGS
    assert {len(value) for value in event.tags.values()} == {limits.TAG}
    assert "tags: 9800 of 10000 left out." in event.errors


def test_the_latest_breadcrumbs_are_kept() -> None:
    event = normalised(breadcrumbs=[{"message": str(n)} for n in range(500)])
    assert [crumb["message"] for crumb in event.breadcrumbs] == [str(n) for n in range(400, 500)]


def test_threads_that_crashed_are_kept() -> None:
    threads = [{"id": n, "crashed": n == 4_000} for n in range(5_000)]
    event = normalised(threads={"values": threads})
    assert len(event.threads) == limits.MAX_THREADS
    assert any(thread.crashed for thread in event.threads)


@pytest.mark.parametrize("field", ["contexts", "extra"])
def test_deep_nesting_ends_in_a_word(field: str) -> None:
    event = normalised(**{field: {"deep": nested(60)}})
    assert "[a list of 1 members]" in str(getattr(event, field)) or "[an object" in str(getattr(event, field))
    assert any("nested deeper" in error for error in event.errors)


@pytest.mark.parametrize(
    "extra",
    [
        {"big": "x" * 1_000_000},
        {str(n): "x" * 1000 for n in range(10_000)},
        {"list": list(range(100_000))},
        {"k" * 100_000: 1},
        {"nested": {str(n): {str(m): "x" * 100 for m in range(100)} for n in range(100)}},
    ],
)
def test_free_form_values_are_bounded(extra: dict[str, Any]) -> None:
    event = normalised(extra=extra)
    assert 0 < size(event.extra) < 2 * limits.EXTRA_TOTAL
    assert event.errors


@pytest.mark.parametrize("filler", ["x", "é", "\U0001f600", "\x01", '"'])
def test_an_event_that_is_huge_everywhere_stays_under_the_total(filler: str) -> None:
    words = filler * 20_000
    everything = frame(words, words, abs_path=words, filename=words, package=words, vars={words: words})
    everything |= {"pre_context": [words] * 20, "context_line": words, "post_context": [words] * 20}
    data = dict.fromkeys(
        ("platform", "logger", "transaction", "server_name", "release", "dist", "environment", "message"),
        words,
    )
    event = normalised(
        **data,
        exception=[exception(*[everything] * 300, type=words, value=words, module=words)] * 60,
        threads=[{"id": words, "name": words, "crashed": True, "stacktrace": {"frames": [everything] * 300}}]
        * 9,
        stacktrace={"frames": [everything] * 300},
        breadcrumbs=[{"message": words, "data": {words: words}}] * 200,
        tags={f"{n}{words}": words for n in range(300)},
        user={"id": words, "email": words, "username": words, "ip_address": words},
        request={
            "url": words,
            "headers": {f"{n}{words}": words for n in range(300)},
            "data": words,
            "env": {words: 1},
        },
        contexts={f"{n}{words}": {words: words} for n in range(300)},
        extra={f"{n}{words}": words for n in range(300)},
        modules={f"{n}{words}": words for n in range(900)},
        fingerprint=[words] * 100,
        errors=[f"{n}{words}" for n in range(100)],
        sdk={"name": words, "version": words},
    )
    assert size(event) <= limits.EVENT_BYTES
    assert event.exceptions
    assert len(search_text(event)) <= SEARCH_TEXT
    assert any("larger than" in error for error in event.errors)


def test_parts_that_matter_less_go_first() -> None:
    frames = [frame(f"f{n}", vars={str(m): "é" * 2000 for m in range(50)}) for n in range(9)]
    event = normalised(
        exception=[exception(*frames)] * 9,
        tags={"a": "b"},
        breadcrumbs=[{"message": "\x01" * 1000}] * 99,
        extra={"a": "\x01" * 2000},
    )
    assert len(event.exceptions) == 9
    assert event.tags == {"a": "b"}
    assert size(event) <= limits.EVENT_BYTES


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"hello", "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "invalid_json"),
        (b"[]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"type":"transaction"}', "not_an_error"),
    ],
)
def test_what_is_hopeless_is_invalid(payload: bytes, reason: str) -> None:
    with pytest.raises(InvalidEvent) as caught:
        fingerprint(received(), payload, CONFIG)
    assert caught.value.reason == reason
    assert caught.value.detail


def test_strict_json_is_passed_on_to_the_byte() -> None:
    payload = b'{ "message":\n "a\\u0000b", "x": 1e3 }'
    assert bytes(fingerprint(received(), payload, CONFIG).payload) == payload


@pytest.mark.parametrize(
    "payload",
    [
        b'{"message": "a\xffb", "extra": {"n": NaN}}',
        b'{"message": "a\\ud800b", "extra": {"n": Infinity}}',
        b'{"message": "a\x01b", "extra": {"n": 1e999}}',
        b'\xef\xbb\xbf{"message": "axb"}',
        b'{"message": "axb", "extra": {"n": %s}}' % (b"9" * 5000),
    ],
)
def test_what_is_not_strict_json_is_mended_and_reencoded(payload: bytes) -> None:
    result = fingerprint(received(), payload, CONFIG)
    assert result.event.message is not None
    again = msgspec.json.decode(msgspec.json.encode(result))
    assert again["payload"]["message"] == again["event"]["message"]


def test_an_empty_object_is_an_event() -> None:
    result = stepped({})
    assert result.event.timestamp == NOW
    assert result.grouping.strategy == "fallback"
    assert result.grouping.title == "(no message)"
