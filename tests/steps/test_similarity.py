"""How alike two stack traces are."""

import pytest
from fingerprinting import exception, frame, normalised
from hypothesis import given
from hypothesis import strategies as st

from agents.fingerprint.similarity import (
    LEAST_SCORE,
    MOST_FRAMES,
    Rarity,
    Trace,
    highest,
    similarity,
    trace_of,
)

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=12, unique=True)
TRACES = NAMES.map(lambda names: Trace(("ValueError", *names)))


def trace(*functions: str, kind: str = "ValueError") -> Trace:
    """Of functions as a stack has them, oldest first."""
    found = trace_of(normalised(exception=[exception(*[frame(name) for name in functions], type=kind)]))
    assert found is not None
    return found


def test_a_trace_has_the_type_and_the_frames_innermost_first_without_recursion() -> None:
    assert trace("main", "load", "load", "load", "get").elements == (
        "ValueError",
        "shop.orders get",
        "shop.orders load",
        "shop.orders main",
    )
    assert (
        len(trace(*[f"step_{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(90)]).elements)
        == MOST_FRAMES + 1
    )


def test_a_trace_is_of_the_cause_else_of_the_thread_that_crashed() -> None:
    chain = [exception(frame("get"), type="Timeout"), exception(frame("load"), type="OrderError")]
    assert trace_of(normalised(exception=chain)) == Trace(("Timeout", "shop.orders get"))
    threads = [{"id": 1, "crashed": True, "stacktrace": {"frames": [frame("crash")]}}]
    crashed = normalised(exception=[{"type": "SIGSEGV"}], threads=threads)
    assert trace_of(crashed) == Trace(("SIGSEGV", "shop.orders crash"))
    assert trace_of(normalised(message="no stack")) is None


def test_what_is_near_the_error_and_rare_counts_most() -> None:
    base = trace("main", "serve", "show", "load", "get")
    others = [trace("main", "serve", f"page_{name}") for name in ("a", "b", "c", "d", "e", "f")]
    rarity = Rarity([base, *others])

    def score(*functions: str, kind: str = "ValueError") -> float:
        return similarity(base, trace(*functions, kind=kind), rarity).score

    assert score("main", "serve", "show", "load", "get") == pytest.approx(1.0)
    outer, inner = (
        score("main", "serve", "list", "load", "get"),
        score("main", "serve", "show", "load", "put"),
    )
    assert 1 > outer > inner > 0
    assert score("start", "serve", "show", "load", "get") > outer
    assert score("main", "serve", "show", "retry", "load", "get") > inner
    assert score("main", "serve", "show", "load", "get", kind="KeyError") < 1
    assert score("boot", "idle", kind="KeyError") == 0


def test_it_names_the_frames_that_both_have() -> None:
    one, other = trace("main", "show", "load", "get"), trace("main", "list", "load", "get")
    shared = similarity(one, other, Rarity([one, other])).shared
    assert shared == ("shop.orders get", "shop.orders load", "shop.orders main")
    apart = trace("idle", kind="KeyError"), trace("poll", kind="ValueError")
    assert similarity(*apart, Rarity(apart)).shared == ()


@given(TRACES, TRACES, st.lists(TRACES, max_size=5))
def test_it_is_symmetric_bounded_and_one_for_equals(one: Trace, other: Trace, more: list[Trace]) -> None:
    rarity = Rarity([one, other, *more])
    score = similarity(one, other, rarity).score
    assert 0 <= score <= 1
    assert score == pytest.approx(similarity(other, one, rarity).score)
    assert similarity(one, one, rarity).score == pytest.approx(1.0)
    assert score <= highest(one, other, rarity) + 1e-9
    assert (score > 1 - 1e-9) == (one == other)


def test_traces_that_no_one_has_seen_can_be_compared() -> None:
    one = trace("load")
    assert similarity(one, one, Rarity([])).score >= LEAST_SCORE
