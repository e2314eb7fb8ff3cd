"""Every shape in which SDKs send the fields of an event."""

from typing import Any

import pytest
from fingerprinting import EVENT_ID, NOW, exception, frame, normalised

from schemas.event import Mechanism, User

ONE = {"type": "KeyError", "value": "'id'"}


def test_a_whole_python_event_keeps_its_fields() -> None:
    event = normalised(
        platform="python",
        level="error",
        logger="shop",
        transaction="/orders",
        server_name="web-1",
        release="shop@1.2.0",
        dist="7",
        environment="production",
        exception={"values": [exception(frame("load", lineno=3, vars={"id": "7"}, context_line="x = 1"))]},
        tags={"region": "eu"},
        user={"id": "7", "email": "a@example.com"},
        contexts={"runtime": {"name": "CPython"}},
        extra={"argv": ["a", 1, None, True, 1.5]},
        modules={"django": "5.2"},
        sdk={"name": "sentry.python", "version": "2.75.0"},
    )
    assert event.event_id == EVENT_ID
    assert event.timestamp == NOW
    assert (event.release, event.dist, event.environment) == ("shop@1.2.0", "7", "production")
    found = event.exceptions[0].stacktrace
    assert found is not None
    assert found.frames[0].lineno == 3
    assert found.frames[0].vars == {"id": "7"}
    assert event.extra == {"argv": ["a", 1, None, True, 1.5]}
    assert event.sdk == "sentry.python/2.75.0"
    assert event.errors == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"exception": {"values": [ONE]}},
        {"exception": [ONE]},
        {"exception": ONE},
        {"exception": {"values": ONE}},
        {"exception": {"values": [None, ONE]}},
        {"sentry.interfaces.Exception": {"values": [ONE]}},
    ],
)
def test_exceptions_in_every_container(fields: dict[str, Any]) -> None:
    (found,) = normalised(**fields).exceptions
    assert (found.type, found.value) == ("KeyError", "'id'")


def test_the_only_exceptions_stack_trace_may_stand_beside_it() -> None:
    event = normalised(exception=[ONE], **{"sentry.interfaces.Stacktrace": {"frames": [frame("load")]}})
    assert event.stacktrace is None
    assert event.exceptions[0].stacktrace is not None


@pytest.mark.parametrize("frames", [None, [], [None], "no", {"frames": None}, 7])
def test_stack_traces_without_frames_are_none(frames: Any) -> None:
    assert normalised(exception=[{**ONE, "stacktrace": {"frames": frames}}]).exceptions[0].stacktrace is None


def test_mechanism() -> None:
    (found,) = normalised(
        exception=[{**ONE, "mechanism": {"type": "onerror", "handled": False, "synthetic": None}}]
    ).exceptions
    assert found.mechanism == Mechanism("onerror", False, False)


@pytest.mark.parametrize(
    ("fields", "shown", "template"),
    [
        ({"message": "plain"}, "plain", None),
        ({"message": {"message": "plain"}}, "plain", None),
        ({"message": {"formatted": "shown", "message": "template %s"}}, "shown", "template %s"),
        ({"logentry": {"message": "%s of %d%%", "params": ["a", 3]}}, "a of 3%", "%s of %d%%"),
        ({"logentry": {"message": "%(who)s left", "params": {"who": "Ann"}}}, "Ann left", "%(who)s left"),
        ({"logentry": {"message": "{} and {1}", "params": ["a", "b"]}}, "a and b", "{} and {1}"),
        ({"logentry": {"message": "{Err} {Err:x}", "params": {"Err": "e"}}}, "e e", "{Err} {Err:x}"),
        ({"logentry": {"message": "%s and %s", "params": ["a"]}}, "a and %s", "%s and %s"),
        ({"logentry": {"message": "100%", "params": []}}, "100%", None),
        ({"logentry": {"message": "{0.__class__}", "params": ["a"]}}, "{0.__class__}", None),
        ({"logentry": {"message": "%999999999s", "params": ["a"]}}, "%999999999s", None),
        ({"sentry.interfaces.Message": {"message": "old"}}, "old", None),
        ({"logentry": "a string", "message": "other"}, "a string", None),
        ({"logentry": {}, "message": "other"}, "other", None),
        ({"message": 42}, "42", None),
        ({"message": ""}, None, None),
    ],
)
def test_messages(fields: dict[str, Any], shown: str | None, template: str | None) -> None:
    event = normalised(**fields)
    assert (event.message, event.message_template) == (shown, template)


@pytest.mark.parametrize(
    "tags",
    [
        {"a": "1", "b": 2, "c": True, "n": None},
        [["a", "1"], ["b", 2], ["c", True], ["n", None]],
        [{"key": "a", "value": "1"}, {"key": "b", "value": 2}, {"key": "c", "value": True}, None, "x", ["y"]],
    ],
)
def test_tags_in_every_shape(tags: Any) -> None:
    assert normalised(tags=tags).tags == {"a": "1", "b": "2", "c": "true"}


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (NOW - 5, NOW - 5),
        (int(NOW), NOW),
        (str(int(NOW)), NOW),
        ("1760000000.25", NOW + 0.25),
        ("2025-10-09T08:53:20Z", NOW),
        ("2025-10-09T08:53:20", NOW),
        ("2025-10-09 08:53:20.250000", NOW + 0.25),
        ("2025-10-09T10:53:20.000000123+02:00", NOW),
    ],
)
def test_timestamps_that_can_be_right(given: Any, seconds: float) -> None:
    event = normalised(timestamp=given)
    assert event.timestamp == pytest.approx(seconds, abs=1e-5)
    assert event.errors == ()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "missing"),
        (-1, "ago"),
        (0, "ago"),
        ("9999-12-31T23:59:59Z", "future"),
        (NOW + 61, "future"),
        (NOW - 31 * 86_400, "ago"),
        (float("nan"), "not a time"),
        (10**400, "not a time"),
        ("yesterday", "not a time"),
        ("0001-01-01T00:00:00+14:00", "ago"),
        (True, "not a time"),
        ([NOW], "not a time"),
        ({"s": 1}, "not a time"),
    ],
)
def test_timestamps_that_cannot_give_way_to_the_time_of_receipt(given: Any, why: str) -> None:
    event = normalised(timestamp=given)
    assert event.timestamp == NOW
    (error,) = event.errors
    assert error.startswith("timestamp: ")
    assert why in error


@pytest.mark.parametrize(
    ("given", "level"),
    [
        (None, "error"),
        ("critical", "fatal"),
        ("FATAL", "fatal"),
        ("warn", "warning"),
        ("log", "info"),
        ("trace", "debug"),
        (50, "fatal"),
        (40, "error"),
        ("30", "warning"),
        (25, "info"),
        (10, "debug"),
    ],
)
def test_levels(given: Any, level: str) -> None:
    event = normalised(level=given)
    assert event.level == level
    assert event.errors == ()


@pytest.mark.parametrize("given", ["dreadful", -1, [], {"a": 1}])
def test_unknown_levels_are_errors_and_said_so(given: Any) -> None:
    event = normalised(level=given)
    assert event.level == "error"
    assert event.errors == ("level: not a known level; error is used.",)


@pytest.mark.parametrize(
    ("given", "user"),
    [
        ({"id": 1234}, User(id="1234")),
        (1234, User(id="1234")),
        ("ann", User(id="ann")),
        ({"ip_address": "{{auto}}"}, User(ip_address="203.0.113.9")),
        ({"ip_address": "198.51.100.1", "username": "ann"}, User(username="ann", ip_address="198.51.100.1")),
        ({}, None),
        ({"id": None}, None),
        ([], None),
    ],
)
def test_users(given: Any, user: User | None) -> None:
    assert normalised(user=given).user == user


def test_requests_become_one_shape() -> None:
    event = normalised(
        request={
            "url": "https://example.com/a",
            "method": "POST",
            "query_string": [["a", "1"], ["b", "x y"]],
            "headers": [["Host", "example.com"], ["Accept", ["a", "b"]]],
            "cookies": {},
            "data": {"k": [1]},
        }
    )
    assert event.request == {
        "url": "https://example.com/a",
        "method": "POST",
        "query_string": "a=1&b=x+y",
        "headers": {"Host": "example.com", "Accept": "a, b"},
        "data": {"k": [1]},
    }


@pytest.mark.parametrize("wrap", [lambda crumbs: crumbs, lambda crumbs: {"values": crumbs}])
def test_breadcrumbs_as_list_and_as_values(wrap: Any) -> None:
    crumbs = [
        {"timestamp": "2025-10-09T08:53:20Z", "category": "query", "message": "SELECT 1", "data": {"ms": 3}},
        None,
        {"timestamp": NOW, "level": "info", "data": "text"},
    ]
    assert normalised(breadcrumbs=wrap(crumbs)).breadcrumbs == (
        {"timestamp": NOW, "category": "query", "message": "SELECT 1", "data": {"ms": 3}},
        {"timestamp": NOW, "level": "info", "data": {"value": "text"}},
    )


def test_numbers_where_text_is_expected_are_written_out() -> None:
    event = normalised(release=20241211, dist=7, environment=1.5, server_name=True)
    assert (event.release, event.dist, event.environment, event.server_name) == (
        "20241211",
        "7",
        "1.5",
        "true",
    )


def test_objects_where_text_is_expected_are_kept_as_json_and_said_so() -> None:
    event = normalised(exception=[{"type": "E", "value": {"code": 7}}])
    assert event.exceptions[0].value == '{"code":7}'
    assert event.errors == ("exception.value: an object where a string was expected; kept as JSON.",)


def test_absent_environment_stays_absent() -> None:
    assert normalised().environment is None


def test_nul_characters_are_replaced_everywhere() -> None:
    event = normalised(
        message="a\0b",
        tags={"k\0": "v\0"},
        extra={"x\0": ["\0"]},
        exception=[exception(frame("f\0", context_line="a\0", pre_context=["\0"]))],
    )
    assert "\0" not in repr(event).replace("\\x00", "\0")
    assert event.message == "a\ufffdb"


@pytest.mark.parametrize(
    ("fields", "in_app"),
    [
        ({"in_app": False}, False),
        ({"filename": "shop/orders.py"}, True),
        ({"filename": "flask/app.py", "abs_path": "/x/lib/python3.11/site-packages/flask/app.py"}, False),
        ({"filename": "../node_modules/express/index.js"}, False),
        ({"abs_path": "C:\\Windows\\System32\\ntdll.dll"}, False),
        ({"package": "/usr/lib/system/libsystem_kernel.dylib"}, False),
        ({"filename": "node:internal/process"}, False),
        ({"module": "java.util.HashMap"}, False),
        ({"module": "com.example.Shop"}, True),
        ({}, True),
    ],
)
def test_in_app_is_guessed_where_the_sdk_does_not_say(fields: dict[str, Any], in_app: bool) -> None:
    event = normalised(
        platform="java", exception=[{**ONE, "stacktrace": {"frames": [fields | {"function": "f"}]}}]
    )
    found = event.exceptions[0].stacktrace
    assert found is not None
    assert found.frames[0].in_app is in_app
