"""A project's own rules: what they match, what they do, which of them decides, and how it is explained."""

from typing import Any

import pytest
from fingerprinting import assign, exception, frame, normalised

from agents.fingerprint.assign import Assigned, grouper_of
from agents.fingerprint.grouping_v1 import group
from agents.fingerprint.rules import RuleFault
from schemas.event import Event
from schemas.grouping import Condition, GroupingRule, GroupingSettings
from schemas.records import Component

STACK = (
    frame("show", "shop.views"),
    frame("retry", "shop.tools.retry", abs_path="/srv/shop/tools/retry.py"),
    frame("get", "redis.client", in_app=False),
)


def event(**fields: Any) -> Event:
    return normalised(**{"exception": [exception(*STACK)], "platform": "python"} | fields)


def when(field: str, *globs: str, **fields: Any) -> Condition:
    return Condition(field, globs, **fields)


def rule(*conditions: Condition, name: str = "mine", **actions: Any) -> GroupingRule:
    return GroupingRule(name, conditions, **actions)


def assigned(event: Event, *rules: GroupingRule) -> Assigned:
    return assign(1, event, GroupingSettings(rules=rules))


def matches(condition: Condition, **fields: Any) -> bool:
    return assigned(event(**fields), rule(condition, fingerprint=("one",))).grouping.fingerprint == ("one",)


def test_without_rules_nothing_is_different() -> None:
    assert assigned(event()).grouping == group(event())
    assert assigned(event(), rule(when("type", "Other"), title="x")).grouping == group(event())


@pytest.mark.parametrize(
    ("condition", "fields"),
    [
        (when("type", "ValueError"), {}),
        (when("type", "valueERROR"), {}),
        (when("type", "Key*", "Value?rror"), {}),
        (when("value", "b*"), {}),
        (when("message", "no cart *"), {"message": "no cart 17"}),
        (when("release", "shop@1.*"), {"release": "shop@1.2"}),
        (when("environment", "prod*"), {"environment": "production"}),
        (when("level", "fatal"), {"level": "fatal"}),
        (when("logger", "shop.*"), {"logger": "shop.carts"}),
        (when("transaction", "/carts/*"), {"transaction": "/carts/{id}"}),
        (when("platform", "python"), {}),
        (when("tags.region", "eu-*"), {"tags": {"region": "eu-1"}}),
        (when("tags.a.b", "c"), {"tags": {"a.b": "c"}}),
        (when("module", "shop.views"), {}),
        (when("function", "sho?"), {}),
        (when("path", "/srv/*/retry.py"), {}),
        (when("package", "*/libshop.so"), {"exception": [exception(frame("f", package="/opt/libshop.so"))]}),
        (Condition("value", pattern="^ba+d$"), {}),
        (Condition("value", pattern="a"), {}),
        (Condition("message", pattern=r"\d{3,}"), {"message": "cart 4711 is empty"}),
        (when("environment", ""), {}),
    ],
    ids=str,
)
def test_a_condition_is_met_and_its_negation_is_not(condition: Condition, fields: dict[str, Any]) -> None:
    assert matches(condition, **fields)
    if condition.field not in ("module", "function", "path"):
        negated = Condition(condition.field, condition.globs, condition.pattern, negate=True)
        assert not matches(negated, **fields)


@pytest.mark.parametrize(
    "condition",
    [
        when("type", "Value"),
        when("release", "*?"),
        when("tags.region", "?*"),
        when("module", "shop"),
        when("path", "*/node_modules/*"),
        Condition("value", pattern="^a"),
    ],
    ids=str,
)
def test_a_condition_is_not_met(condition: Condition) -> None:
    assert not matches(condition)


def test_any_exception_of_the_chain_counts() -> None:
    chain = [exception(*STACK, type="Timeout"), exception(*STACK, type="OrderError")]
    for kind in ("Timeout", "OrderError"):
        assert matches(when("type", kind), exception=chain)
        assert not matches(when("type", kind, negate=True), exception=chain)


def test_all_conditions_must_be_met_and_those_on_frames_by_one_frame() -> None:
    both = when("module", "shop.views"), when("function", "show")
    apart = when("module", "shop.views"), when("function", "retry")
    for conditions, met in ((both, True), (apart, False), ((*both, when("type", "KeyError")), False)):
        found = assigned(event(), rule(*conditions, fingerprint=("one",))).grouping
        assert (found.fingerprint == ("one",)) is met


def test_a_negated_condition_on_frames_is_about_that_frame() -> None:
    outside = rule(when("module", "shop.*", negate=True), fingerprint=("library",))
    assert assigned(event(), outside).grouping.fingerprint == ("library",)
    assert assigned(event(exception=[exception(*STACK[:2])]), outside).grouping.fingerprint != ("library",)


def test_a_fingerprint_of_a_rule_replaces_the_clients_and_names_the_rule() -> None:
    grouping = assigned(event(fingerprint=["client"]), rule(when("type", "*"), fingerprint=("one",))).grouping
    assert grouping.fingerprint == ("one",)
    assert grouping.components == (
        Component("rule", False, "gave the fingerprint", "mine"),
        Component("fingerprint", True, "given by the rule 'mine'", "one"),
        Component("default", False, "a fingerprint given by the rule 'mine' replaces the default grouping"),
    )


def test_variables_of_fingerprints() -> None:
    parts = (
        "{{ default }}",
        "{{type}} in {{ function }}",
        "{{ tags.region }}",
        "{{ message }}",
        "{{ logger }}",
    )
    found = assigned(
        event(tags={"region": "eu"}, message="cart 17 is empty"), rule(when("type", "*"), fingerprint=parts)
    ).grouping.fingerprint
    usual = group(event()).fingerprint[0]
    assert found == (usual, "ValueError in retry", "eu", "cart <number> is empty", "<none>")
    assert assigned(event(message="x"), rule(when("type", "*"), fingerprint=("{{default}}",))).issue_id == (
        assigned(event(message="x")).issue_id
    )


def test_a_title_keeps_the_words_as_they_are() -> None:
    titled = assigned(
        event(message="cart 17\nis empty"), rule(when("type", "*"), title="{{ type }}: {{ message }}")
    )
    assert titled.grouping.title == "ValueError: cart 17"
    assert titled.issue_id == assigned(event(message="cart 17\nis empty")).issue_id
    assert titled.grouping.components[0] == Component("rule", False, "gave the title", "mine")


def test_frames_are_made_system_in_app_or_ignored() -> None:
    retry = when("module", "shop.tools.*")
    plain = event(exception=[exception(STACK[0], STACK[2])])
    for action, hint in (("system", "made 1 frame not in-app"), ("ignored", "made 1 frame ignored")):
        found = assigned(event(), rule(retry, frames=action))
        assert found.issue_id == assigned(plain).issue_id
        assert found.grouping.culprit == "shop.views in show"
        assert found.grouping.components[0] == Component(
            "rule", False, f"{hint}: shop.tools.retry retry", "mine"
        )
    used = assigned(event(), rule(when("module", "redis.*"), frames="in_app")).grouping
    assert Component("frame", True, "in-app frame", "redis.client get") in used.components


def test_a_stack_of_ignored_frames_only_is_as_none() -> None:
    found = assigned(event(), rule(when("function", "*"), frames="ignored"))
    assert found.issue_id == assigned(event(exception=[{"type": "ValueError", "value": "bad"}])).issue_id


def test_frames_of_the_thread_that_crashed_count_where_exceptions_have_none() -> None:
    threads = [
        {"id": 1, "crashed": True, "stacktrace": {"frames": list(STACK)}},
        {"id": 2, "stacktrace": {"frames": [frame("idle", "shop.pool")]}},
    ]
    crashed = event(exception=[{"type": "SIGSEGV"}], threads=threads)
    found = assigned(crashed, rule(when("module", "shop.tools.*"), frames="ignored")).grouping
    assert not any(part.value == "shop.tools.retry retry" for part in found.components)
    assert assigned(crashed, rule(when("function", "idle"), fingerprint=("x",))).grouping == group(crashed)


def test_the_first_rule_that_says_something_decides() -> None:
    rules = (
        rule(when("type", "KeyError"), name="a", fingerprint=("a",), title="a"),
        rule(when("type", "*"), name="b", fingerprint=("b",)),
        rule(when("type", "*"), name="c", fingerprint=("c",), title="c"),
        rule(when("function", "retry"), name="d", frames="ignored"),
        rule(when("module", "shop.*"), name="e", frames="system"),
    )
    grouping = assigned(event(), *rules).grouping
    assert (grouping.fingerprint, grouping.title) == (("b",), "c")
    said = {part.value: part.hint for part in grouping.components if part.name == "rule"}
    assert said == {
        "b": "gave the fingerprint",
        "c": "gave the title",
        "d": "made 1 frame ignored: shop.tools.retry retry",
        "e": "made 1 frame not in-app: shop.views show",
    }


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (rule(when("type", "*")), "rules[1]"),
        (rule(when("kind", "*"), title="x"), "rules[1].conditions[0].field"),
        (rule(when("tags.", "*"), title="x"), "rules[1].conditions[0].field"),
        (rule(Condition("type"), title="x"), "rules[1].conditions[0]"),
        (rule(when("type", "*", pattern="x"), title="x"), "rules[1].conditions[0]"),
        (rule(Condition("type", pattern="(a"), title="x"), "rules[1].conditions[0].pattern"),
        (rule(Condition("type", pattern=r"(?=a)"), title="x"), "rules[1].conditions[0].pattern"),
        (rule(when("type", "*"), frames="system"), "rules[1].frames"),
        (rule(when("type", "*"), fingerprint=("a", "{{ kind }}")), "rules[1].fingerprint[1]"),
        (rule(when("type", "*"), fingerprint=("a {{ default }}",)), "rules[1].fingerprint[0]"),
        (rule(when("type", "*"), fingerprint=("{{ type",)), "rules[1].fingerprint[0]"),
        (rule(when("type", "*"), title="{{ default }}"), "rules[1].title"),
        (
            rule(*[Condition("type", pattern=".{999}") for _ in range(2)], title="x"),
            "rules[1].conditions[1].pattern",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(wrong: GroupingRule, place: str) -> None:
    right = rule(when("type", "*"), title="x")
    grouper_of(GroupingSettings(rules=(right,)))
    with pytest.raises(RuleFault) as fault:
        grouper_of(GroupingSettings(rules=(right, wrong)))
    assert fault.value.place == place


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(RuleFault, match="there is no version 'v9'"):
        grouper_of(GroupingSettings(version="v9"))


def test_hostile_frames_and_a_hundred_rules_stay_bounded() -> None:
    rules = tuple(
        rule(
            when("function", f"*a*b*c{n}*"),
            Condition("module", pattern=f"(a*)*b{n}"),
            name=str(n),
            frames="system",
        )
        for n in range(100)
    )
    frames = [frame("abc" * 300 + str(n), "a" * 500 + str(n)) for n in range(250)]
    hostile = event(exception=[exception(*frames)] * 4, message="abc" * 3000)
    grouper_of(GroupingSettings(rules=rules))
    # Backtracking would not come to an end here.
    assert assigned(hostile, *rules).grouping == group(hostile)
    everything = tuple(rule(when("type", "*"), name=str(n), title="x") for n in range(1))
    named = tuple(rule(when("function", f"*{n}"), name=str(n), frames="ignored") for n in range(10))
    components = assigned(hostile, *everything, *named).grouping.components
    assert len([part for part in components if part.name == "rule"]) == 10
    assert components[9].hint == "2 further rules did something"
