"""Which events are one issue, which are not, and how the explanation says why."""

from typing import Any

import pytest
from fingerprinting import exception, frame, grouped, normalised, stepped

from agents.fingerprint.assign import issue_id
from agents.fingerprint.grouping_v1 import group
from schemas.records import Component, Grouping

STACK = (frame("main", "shop.main"), frame("load", "shop.orders"), frame("get", "redis.client", in_app=False))


def contributing(grouping: Grouping) -> list[tuple[str, str | None]]:
    return [(component.name, component.value) for component in grouping.components if component.contributes]


def test_an_exception_is_grouped_by_its_type_and_its_in_app_frames() -> None:
    grouping = grouped(exception=[exception(*STACK)])
    assert grouping.strategy == "exception"
    assert grouping.components == (
        Component("type", True, "type of the exception", "ValueError"),
        Component("frame", True, "in-app frame", "shop.main main"),
        Component("frame", True, "in-app frame", "shop.orders load"),
        Component("frame", False, "not in-app", "redis.client get"),
        Component("value", False, "the stack trace takes precedence", "bad"),
    )


def varied(**changes: Any) -> list[dict[str, Any]]:
    return [exception(*[item | changes for item in STACK])]


@pytest.mark.parametrize(
    "other",
    [
        varied(lineno=99, colno=3),
        varied(abs_path="/opt/elsewhere/orders.py", context_line="other"),
        varied(vars={"id": "8"}, instruction_addr="0x1"),
        [exception(*STACK, value="something else")],
        [exception(*STACK, frame("connect", "redis.connection", in_app=False))],
        [exception(STACK[0], *[STACK[1]] * 40, STACK[2])],
    ],
)
def test_what_does_not_matter(other: list[dict[str, Any]]) -> None:
    assert grouped(exception=other).fingerprint == grouped(exception=[exception(*STACK)]).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        [exception(*STACK, type="KeyError")],
        [exception(*STACK[1:])],
        [exception(STACK[0], frame("store", "shop.orders"), STACK[2])],
        [exception(STACK[0], frame("load", "shop.carts"), STACK[2])],
        [{"type": "OSError", "value": "cause"}, exception(*STACK)],
        [exception(*STACK, frame("main", "shop.main"))],
    ],
)
def test_what_does_matter(other: list[dict[str, Any]]) -> None:
    assert grouped(exception=other).fingerprint != grouped(exception=[exception(*STACK)]).fingerprint


def test_cycles_of_any_depth_are_one_issue() -> None:
    ping, pong = frame("ping"), frame("pong")
    prints = {
        grouped(exception=[exception(*[ping, pong] * depth)]).fingerprint for depth in (2, 3, 40, 5_000)
    }
    assert len(prints) == 1


def test_all_frames_count_when_none_is_in_app() -> None:
    grouping = grouped(exception=[exception(frame("a", in_app=False), frame("b", in_app=False))])
    assert contributing(grouping) == [
        ("type", "ValueError"),
        ("frame", "shop.orders a"),
        ("frame", "shop.orders b"),
    ]


def test_a_cause_from_a_library_counts_by_its_type_when_another_frame_is_in_app() -> None:
    def chained(function: str) -> Grouping:
        return grouped(
            exception=[exception(frame(function, "redis", in_app=False), type="Cause"), exception(*STACK)]
        )

    assert contributing(chained("get"))[:2] == [("type", "Cause"), ("type", "ValueError")]
    assert chained("get").fingerprint == chained("connect").fingerprint


def test_without_a_usable_stack_the_value_counts() -> None:
    grouping = grouped(exception=[{"type": "Error", "value": "Loading chunk 158 failed."}])
    assert contributing(grouping) == [("type", "Error"), ("value", "Loading chunk <number> failed.")]
    nameless = grouped(
        exception=[exception({"instruction_addr": "0x10"}, value="Loading chunk 1 failed.", type="Error")]
    )
    assert nameless.fingerprint == grouping.fingerprint


def test_a_message_captured_by_javascript_11_is_titled_and_grouped_by_its_message() -> None:
    def captured(message: str) -> Grouping:
        made_up = exception(
            frame("onClick", None, filename="app.js"), value=message, mechanism={"synthetic": True}
        )
        del made_up["type"]
        return grouped(exception={"values": [made_up]})

    grouping = captured("cart 7 is empty")
    assert grouping.title == "cart 7 is empty"
    assert contributing(grouping) == [("frame", "app.js onClick"), ("value", "cart <number> is empty")]
    assert captured("cart 8 is empty").fingerprint == grouping.fingerprint
    assert captured("out of stock").fingerprint != grouping.fingerprint


def test_a_crash_reporters_exception_counts_by_what_the_system_said() -> None:
    def crashed(kind: str, value: str) -> Grouping:
        made_up = {"type": "minidump", "synthetic": True}
        return grouped(exception=[exception(*STACK, type=kind, value=value, mechanism=made_up)])

    grouping = crashed("SIGSEGV", "dereferenced 0xcd")
    assert crashed("SIGSEGV", "Segfault").fingerprint == grouping.fingerprint
    assert crashed("SIGABRT", "dereferenced 0xcd").fingerprint != grouping.fingerprint
    assert grouping.title == "dereferenced 0xcd"


def test_messages_are_grouped_by_their_template_where_there_is_one() -> None:
    def logged(who: str) -> Grouping:
        return grouped(logentry={"message": "no cart for %s", "params": [who]})

    assert logged("Ann").fingerprint == logged("Bob").fingerprint
    assert logged("Ann").title == "no cart for Ann"
    assert grouped(message="no cart for Ann").fingerprint != grouped(message="no cart for Bob").fingerprint


@pytest.mark.parametrize("place", ["stacktrace", "threads"])
def test_a_message_with_a_stack_is_grouped_by_both(place: str) -> None:
    def logged(message: str, function: str) -> Grouping:
        stacktrace = {"frames": [frame(function)]}
        where: Any = (
            stacktrace if place == "stacktrace" else {"values": [{"current": True, "stacktrace": stacktrace}]}
        )
        return grouped(message=message, **{place: where})

    assert logged("cart 7", "load").strategy == "message and stack trace"
    assert logged("cart 7", "load").fingerprint == logged("cart 8", "load").fingerprint
    assert logged("cart 7", "load").fingerprint != logged("cart 7", "store").fingerprint
    assert logged("cart 7", "load").fingerprint != logged("wagon 7", "load").fingerprint


def test_a_stack_alone_is_grouped_by_the_thread_that_crashed() -> None:
    threads = [
        {"id": 1, "current": True, "stacktrace": {"frames": [frame("idle")]}},
        {"id": 2, "crashed": True, "stacktrace": {"frames": [frame("load")]}},
    ]
    grouping = grouped(threads=threads)
    assert grouping.strategy == "stack trace"
    assert contributing(grouping) == [("frame", "shop.orders load")]


def test_an_event_with_nothing_is_grouped_by_logger_level_and_platform() -> None:
    grouping = grouped(level="warning", logger="shop", platform="python")
    assert grouping.strategy == "fallback"
    assert contributing(grouping) == [("logger", "shop"), ("level", "warning"), ("platform", "python")]


def test_a_given_fingerprint_replaces_the_default() -> None:
    grouping = grouped(fingerprint=["celery", 7], exception=[exception(*STACK)])
    assert (grouping.strategy, grouping.fingerprint) == ("fingerprint", ("celery", "7"))
    assert not grouping.components[-1].contributes
    assert grouping.title == "ValueError: bad"


@pytest.mark.parametrize("default", ["{{ default }}", "{{default}}"])
def test_default_in_a_given_fingerprint_stands_for_the_default_grouping(default: str) -> None:
    plain = grouped(exception=[exception(*STACK)])
    assert grouped(fingerprint=[default], exception=[exception(*STACK)]) == plain
    extended = grouped(fingerprint=[default, "tenant-7"], exception=[exception(*STACK)])
    assert extended.fingerprint == (*plain.fingerprint, "tenant-7")
    assert extended.strategy == "fingerprint with exception"
    other = grouped(fingerprint=[default, "tenant-7"], exception=[exception(*STACK, type="KeyError")])
    assert other.fingerprint != extended.fingerprint


def test_issue_ids_tell_project_version_and_values_apart() -> None:
    ids = [
        issue_id(1, "v1", ("a", "b")),
        issue_id(2, "v1", ("a", "b")),
        issue_id(1, "v2", ("a", "b")),
        issue_id(1, "v1", ("ab",)),
        issue_id(1, "v1", ("a:b",)),
        issue_id(1, "v1", ("a", "b", "")),
        issue_id(1, "v1", ("1:a,1:b,",)),
    ]
    assert len(set(ids)) == len(ids)
    assert issue_id(1, "v1", ("a", "b")) == "314d57564d3c2fb9423ac18a6acf7f2c"
    assert stepped({"message": "x"}, project=1).issue_id != stepped({"message": "x"}, project=2).issue_id


def test_the_explanation_is_bounded_and_all_frames_still_count() -> None:
    frames = [frame(f"f{letter}{other}") for letter in "abcdefghijklmnop" for other in "abcdefgh"]
    grouping = grouped(exception=[exception(*frames)])
    assert len(grouping.components) == 60
    assert grouping.components[-1].name == "rest"
    assert grouping.components[-1].contributes
    changed = grouped(exception=[exception(*frames[:-1], frame("other"))])
    assert changed.components[:-1] == grouping.components[:-1]
    assert changed.fingerprint != grouping.fingerprint


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"exception": [exception(value="first\nsecond")]}, "ValueError: first"),
        ({"exception": [exception(value=None)]}, "ValueError"),
        ({"exception": [{"value": "only"}]}, "only"),
        ({"exception": [{"type": "Cause"}, exception()]}, "ValueError: bad"),
        ({"message": "\n\n  hello \nworld"}, "hello"),
        ({"message": "x" * 500}, "x" * 199 + "…"),
        ({}, "(no message)"),
    ],
)
def test_titles(fields: dict[str, Any], title: str) -> None:
    assert grouped(**fields).title == title


@pytest.mark.parametrize(
    ("fields", "culprit"),
    [
        ({"transaction": "/cart", "exception": [exception(*STACK)]}, "/cart"),
        ({"exception": [exception(*STACK)]}, "shop.orders in load"),
        ({"exception": [exception(frame("get", None, in_app=False, filename="a.js"))]}, "a.js in get"),
        ({"exception": [exception(*STACK), {"type": "Outer"}]}, "shop.orders in load"),
        ({"message": "x"}, ""),
    ],
)
def test_culprits(fields: dict[str, Any], culprit: str) -> None:
    assert grouped(**fields).culprit == culprit


def test_grouping_twice_is_grouping_once() -> None:
    event = normalised(exception=[exception(*STACK)], message="x")
    assert group(event) == group(event)


def same(first: list[dict[str, Any]], second: list[dict[str, Any]], **fields: Any) -> bool:
    """Whether two chains of exceptions are one issue."""
    one, other = grouped(exception=first, **fields), grouped(exception=second, **fields)
    return one.fingerprint == other.fingerprint


def test_the_place_and_its_caller_count_and_nothing_further_out() -> None:
    deep = [frame("route"), frame("serve"), frame("show"), frame("load")]
    assert same([exception(*deep)], [exception(*deep[1:])])
    assert same([exception(*deep)], [exception(deep[0], frame("more"), *deep[2:])])
    assert not same([exception(*deep)], [exception(*deep[:2], frame("edit"), deep[3])])


def test_a_helper_does_not_use_up_what_counts() -> None:
    def failing(caller: str) -> list[dict[str, Any]]:
        return [exception(frame("serve"), frame(caller), frame("total"), frame("ensure_positive"))]

    assert not same(failing("show"), failing("edit"))


def test_middleware_and_wrappers_hand_the_call_on() -> None:
    def called(*between: dict[str, Any]) -> list[dict[str, Any]]:
        return [exception(*between, frame("load"))]

    assert same(called(), called(frame("__call__", "shop.middleware.audit")))
    assert same(
        called(), called(frame("wrapper", "shop.decorators"), frame("__call__", "shop.AuditMiddleware"))
    )
    itself = grouped(exception=[exception(frame("__call__", "shop.middleware.audit"))])
    assert contributing(itself) == [("type", "ValueError"), ("frame", "shop.middleware.audit __call__")]


def test_comprehensions_have_no_frame_of_their_own() -> None:
    assert same(
        [exception(frame("load"), frame("<listcomp>"))], [exception(frame("load"))], platform="python"
    )


def test_unending_recursion_is_one_issue_wherever_it_was_cut_off() -> None:
    cycle = [frame("visit"), frame("walk"), frame("parse")]
    cut = [exception(*cycle * 30, *cycle[:left], type="RecursionError") for left in range(3)]
    assert same([cut[0]], [cut[1]])
    assert same([cut[0]], [cut[2]])
    assert not same([cut[0]], [exception(*[frame("visit")] * 90, type="RecursionError")])


def test_wrappers_and_repeats_in_a_chain_do_not_count() -> None:
    cause = exception(*STACK)
    wrapper = exception(STACK[0], type="java.util.concurrent.ExecutionException")
    assert same([cause], [cause, wrapper])
    assert same([cause], [cause, cause, cause])
    assert not same([wrapper], [cause])


def test_a_group_of_exceptions_counts_by_its_kinds_of_parts() -> None:
    one, other = exception(*STACK), exception(*STACK, type="KeyError")
    group_of = exception(STACK[0], type="ExceptionGroup", value="unhandled errors")
    assert same([one, other, group_of], [other, one, one, group_of])
    assert not same([one, other, group_of], [one, group_of])


def test_the_stack_of_the_crashed_thread_stands_in_for_a_missing_one() -> None:
    def crashed(function: str) -> Grouping:
        thread = {"id": 2, "crashed": True, "stacktrace": {"frames": [frame("run"), frame(function)]}}
        return grouped(exception=[{"type": "SIGSEGV"}], threads=[thread])

    assert crashed("load").fingerprint != crashed("store").fingerprint
    assert ("frame", "shop.orders load") in contributing(crashed("load"))


def test_the_binaries_stand_for_frames_without_names() -> None:
    frames = [{"package": "/usr/lib/libc.so", "instruction_addr": "0x1"}, {"package": "/opt/shop/libcart.so"}]
    grouping = grouped(exception=[exception(*frames, type="SIGSEGV")], platform="native")
    assert contributing(grouping) == [("type", "SIGSEGV"), ("frame", "libc.so"), ("frame", "libcart.so")]
