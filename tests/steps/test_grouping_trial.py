"""Other settings tried on stored events: what stays, moves, splits and merges."""

from fingerprinting import assign, exception, frame, normalised

from agents.fingerprint.assign import grouper_of
from agents.fingerprint.trial import MAX_ISSUES, Destination, StoredEvent, Trial, try_settings
from schemas.event import Event
from schemas.grouping import Condition, GroupingRule, GroupingSettings

NOW = GroupingSettings()


def event(function: str, n: int = 0, **fields: object) -> Event:
    return normalised(exception=[exception(frame(function), value=f"cart {n}")], **fields)


def stored(*events: Event) -> list[StoredEvent]:
    return [StoredEvent(assign(1, item, NOW).issue_id, item) for item in events]


def tried(events: list[StoredEvent], *rules: GroupingRule) -> Trial:
    return try_settings(1, events, grouper_of(GroupingSettings(rules=rules)))


def by(field: str, glob: str, *fingerprint: str) -> GroupingRule:
    return GroupingRule("draft", (Condition(field, (glob,)),), fingerprint=fingerprint)


def test_the_same_settings_change_nothing() -> None:
    trial = tried(stored(event("load"), event("load", 2), event("store")))
    assert trial == Trial(3, 2, 2, split=0, merged=0, renewed=0, unchanged=2, issues=())


def test_a_rule_that_splits_an_issue() -> None:
    events = stored(
        *[event("load", n, tags={"region": "eu" if n < 3 else "us"}) for n in range(5)], event("store")
    )
    trial = tried(events, by("tags.region", "us", "{{ default }}", "us"))
    assert (trial.events, trial.issues_now, trial.issues_then, trial.split, trial.unchanged) == (
        6,
        2,
        3,
        1,
        1,
    )
    (issue,) = trial.issues
    assert (issue.events, issue.stay, issue.move, issue.splits, issue.renewed) == (5, 3, 2, True, False)
    assert [(part.events, part.exists, part.title) for part in issue.into] == [
        (3, True, "ValueError: cart 0"),
        (2, False, "ValueError: cart 3"),
    ]
    assert issue.into[1].example == events[3].event.event_id
    assert issue.merges_with == ()


def test_a_rule_that_merges_issues() -> None:
    events = stored(event("load"), event("store"), event("store", 2), event("price", level="info"))
    trial = tried(events, by("level", "error", "all errors"))
    assert (trial.merged, trial.renewed, trial.split, trial.unchanged) == (2, 2, 0, 1)
    store, load = trial.issues
    assert (store.events, store.merges_with, load.merges_with) == (2, (load.issue_id,), (store.issue_id,))
    assert store.into == (
        Destination(load.into[0].issue_id, False, 2, "ValueError: cart 0", events[1].event.event_id),
    )


def test_only_so_many_issues_are_listed() -> None:
    events = stored(*[event(f"step_{chr(97 + n % 26)}{chr(97 + n // 26)}") for n in range(MAX_ISSUES + 50)])
    trial = tried(events, by("type", "*", "one"))
    assert (trial.merged, len(trial.issues)) == (MAX_ISSUES + 50, MAX_ISSUES)
    assert all(len(issue.merges_with) == 20 for issue in trial.issues)


def test_at_a_move_no_issue_is_renewed_and_what_the_version_would_do_is_shown() -> None:
    events = stored(event("load"), event("store"), event("price", level="info"))
    one = grouper_of(GroupingSettings(rules=(by("level", "error", "one"),)))
    trial = try_settings(1, events, one, moves=True)
    assert (trial.merged, trial.renewed, trial.unchanged) == (2, 0, 1)
    assert not any(issue.renewed for issue in trial.issues)
