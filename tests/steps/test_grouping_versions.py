"""A project that moves to another version of grouping: live issues keep their events, new bugs are grouped anew."""

import random

import pytest
from fingerprinting import assign, exception, frame, normalised, stepped
from msgspec.structs import replace

from agents.fingerprint.assign import grouper_of, issue_id
from agents.fingerprint.live import MAX_LIVE, read_live, write_live
from agents.fingerprint.rules import RuleFault
from agents.fingerprint.versions import VERSIONS, Version
from schemas.event import Event
from schemas.grouping import Condition, GroupingRule, GroupingSettings
from schemas.records import Component, Grouping


@pytest.fixture(autouse=True)
def second_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that groups by the type alone."""

    def group(event: Event, given_by: str) -> Grouping:
        value = "".join(item.type or "" for item in event.exceptions)
        fingerprint = (value,) if event.fingerprint is None else event.fingerprint
        return Grouping("test", "type", fingerprint, (Component("type", True, given_by, value),), value, "")

    monkeypatch.setitem(VERSIONS, "test", Version("test", group, str.strip))


def event(function: str, kind: str = "ValueError") -> Event:
    return normalised(exception=[exception(frame(function), type=kind)])


def moved(*live: str) -> GroupingSettings:
    return GroupingSettings("test", previous=("v1",), live=write_live(live))


def test_a_project_keeps_its_version_until_it_moves() -> None:
    assert assign(1, event("load"), GroupingSettings()).grouping.version == "v1"
    assert assign(1, event("load"), GroupingSettings("test")).issue_id == issue_id(1, "test", ("ValueError",))


def test_a_live_issue_keeps_its_events_and_new_bugs_are_grouped_by_the_new_version() -> None:
    before = assign(1, event("load"), GroupingSettings())
    settings = moved(before.issue_id)
    kept = assign(1, event("load"), settings)
    assert kept.issue_id == before.issue_id
    assert kept.grouping.version == "v1"
    hint = "its issue was live when the project moved to test, so it keeps its version"
    assert kept.grouping.components == (*before.grouping.components, Component("version", False, hint, "v1"))
    for function in ("store", "price"):
        assert assign(1, event(function), settings).issue_id == issue_id(1, "test", ("ValueError",))
    assert assign(2, event("load"), settings).grouping.version == "test"


def test_moving_twice_keeps_the_issues_of_both_moves() -> None:
    oldest = assign(1, event("load"), GroupingSettings())
    between = assign(1, event("store"), GroupingSettings("test"))
    live = write_live([oldest.issue_id, between.issue_id])
    settings = GroupingSettings("v1", previous=("v1", "test"), live=live)
    assert assign(1, event("load"), settings).issue_id == oldest.issue_id
    assert assign(1, event("other"), settings).issue_id == between.issue_id
    assert assign(1, event("other", "KeyError"), settings).grouping.version == "v1"


def test_rules_hold_for_every_version() -> None:
    rule = GroupingRule("one", (Condition("type", ("Value*",)),), fingerprint=("one",))
    settings = replace(moved(issue_id(1, "v1", ("one",))), rules=(rule,))
    assert assign(1, event("load"), settings).issue_id == issue_id(1, "v1", ("one",))
    assert assign(1, event("load"), replace(settings, previous=())).issue_id == issue_id(1, "test", ("one",))


def test_the_step_groups_as_the_project_wants_it() -> None:
    data = {"exception": [exception(frame("load"))]}
    assert stepped(data).grouping.version == "v1"
    assert stepped(data, grouping=GroupingSettings("test")).grouping.version == "test"


@pytest.mark.parametrize("live", ["!", "abc", "é"])
def test_a_set_that_was_not_written_here_is_refused(live: str) -> None:
    with pytest.raises(RuleFault) as fault:
        grouper_of(GroupingSettings(live=live))
    assert fault.value.place == "live"


def test_no_live_issue_is_ever_denied_and_few_others_are_claimed() -> None:
    dice = random.Random(3)
    ids = [f"{dice.getrandbits(128):032x}" for _ in range(20_000)]
    live = read_live(write_live(ids[:10_000]))
    assert all(known in live for known in ids[:10_000])
    assert sum(other in live for other in ids[10_000:]) < 150  # 100 are expected
    assert "0" * 32 not in read_live(write_live([]))


def test_the_largest_set_fits_the_settings() -> None:
    text = write_live([f"{n:032x}" for n in range(MAX_LIVE)])
    assert len(text) <= 160_000
    with pytest.raises(ValueError, match="more than"):
        write_live([f"{n:032x}" for n in range(MAX_LIVE + 1)])
