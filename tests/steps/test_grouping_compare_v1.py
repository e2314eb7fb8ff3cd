"""Two events side by side: what they share, and what tells them apart."""

from fingerprinting import exception, frame, grouped

from agents.fingerprint.grouping_v1 import compare

STACK = (
    frame("show", "shop.views"),
    frame("load", "shop.orders"),
    frame("get", "redis.client", in_app=False),
)


def test_one_bug_has_no_deciding_line() -> None:
    more = (frame("connect", "redis.connection", in_app=False),)
    comparison = compare(
        grouped(exception=[exception(*STACK)]), grouped(exception=[exception(*STACK, *more, value="other")])
    )
    assert comparison.same
    assert comparison.reasons == ("All parts that contribute are the same.",)
    assert not any(line.decides for line in comparison.lines)
    assert [(line.side, line.component.name) for line in comparison.lines if line.side != "both"] == [
        ("first", "value"),
        ("second", "frame"),
        ("second", "value"),
    ]


def test_another_caller_is_named_as_the_reason() -> None:
    other = (frame("price", "shop.carts"), *STACK[1:])
    comparison = compare(grouped(exception=[exception(*STACK)]), grouped(exception=[exception(*other)]))
    assert not comparison.same
    assert comparison.reasons == (
        "Only the first event has the frame 'shop.views show' (in-app frame).",
        "Only the second event has the frame 'shop.carts price' (in-app frame).",
    )


def test_different_rules_are_named() -> None:
    comparison = compare(grouped(message="x"), grouped(exception=[exception(*STACK)]))
    assert comparison.reasons[0] == "Grouped by different rules: message and exception."


def test_every_component_is_in_the_comparison_once_for_each_side() -> None:
    first, second = grouped(exception=[exception(*STACK)]), grouped(exception=[exception(*STACK[1:])])
    lines = compare(first, second).lines
    assert [line.component for line in lines if line.side != "second"] == list(first.components)
    assert len([line for line in lines if line.side != "first"]) == len(second.components)
