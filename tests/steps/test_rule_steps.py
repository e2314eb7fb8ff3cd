"""When rules fire and when it is over, against counting by hand."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.evaluate.conditions import judge
from agents.evaluate.replay import CountedBucket, CountedSessions, History, Limits, replay
from agents.evaluate.step import Moment, add_event, judge_event, new_state, pass_time
from agents.evaluate.tally import EventTally, UserTally
from agents.rules.compiled import bucket_width, compile_rule
from schemas.rules import (
    Change,
    Count,
    CountedEvent,
    CrashFree,
    MatchedChange,
    NewIssue,
    Rate,
    Rule,
    Silence,
    Users,
)
from schemas.users import user_hash

NOW = 1_790_000_000
LIMITS = Limits(600.0, 10, 1000)


def compiled_of(condition, **parts):
    return compile_rule(Rule(id=1, project=1, version=1, name="r", condition=condition, **parts))


def moment(at, quiet=False):
    return Moment(at, 600.0, 10, lambda _rule, _scope, _at: quiet)


def event_at(timestamp):
    return CountedEvent((0, 0, 0), "e", timestamp, "i", "t", "c", "error", "python", "", "", None, ())


@given(
    offsets=st.lists(st.integers(-900, 40), max_size=40),
    above=st.integers(0, 12),
    window=st.sampled_from([10, 60, 300]),
)
@settings(max_examples=200)
def test_a_count_fires_at_the_first_event_after_which_some_window_has_too_many(offsets, above, window):
    rule = compiled_of(Count(window=window, above=above))
    state = new_state(rule, {}, NOW)
    fired = None
    for number, offset in enumerate(offsets):
        bucket = add_event(rule, state, event_at(NOW + offset), moment(NOW))
        if bucket is not None and judge_event(rule, state, bucket, moment(NOW)):
            fired = number
            break
    assert fired == first_too_many(offsets, above, window, rule.width)


def first_too_many(offsets, above, window, width):
    """By hand: the windows that may fire are those that end after NOW - 600."""
    for number in range(len(offsets)):
        times = [NOW + offset for offset in offsets[: number + 1]]
        for end in range((NOW - 600) // width * width, NOW + 60 + window + width, width):
            if end > NOW - 600 and sum(end - window <= time < end for time in times) > above:
                return number
    return None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=30))
def test_tallies_come_back_from_their_pages(counted):
    tally = EventTally(10)
    users = UserTally(10)
    for bucket, times in counted:
        tally.add(NOW + 100 * bucket, times=times)
        users.add(NOW + 100 * bucket, user_hash(str(times)))
    for before, after in ((tally, EventTally(10)), (users, UserTally(10))):
        pages = {before.page_of(NOW + 100 * bucket) for bucket, _ in counted}
        for page in pages:
            after.load(before.encode(page))
        for end in range(NOW + 1000, NOW + 5000, 500):
            assert after.between(end - 1000, end) == before.between(end - 1000, end)
        assert after.last == before.last
        after.drop_before(NOW + 2000)
        assert after.between(NOW + 2640, NOW + 5000) == before.between(NOW + 2640, NOW + 5000)


def test_windows_are_divided_evenly():
    assert bucket_width(Count(window=10, above=1)) == 10
    assert bucket_width(Count(window=300, above=1)) == 10
    assert bucket_width(Count(window=3600, above=1)) == 60
    assert bucket_width(Users(window=3600, above=1)) == 300
    assert bucket_width(Change(window=86_400, percent=50)) == 7200


def test_so_many_of_the_last_windows():
    condition = Rate(window=60, above=2.0, windows=2, of=3)
    tally = EventTally(10)
    tally.add(NOW, times=3)
    assert judge(condition, tally, NOW + 10, 0).holds is False
    tally.add(NOW + 120, times=3)
    assert judge(condition, tally, NOW + 130, 0).holds is True
    assert judge(condition, tally, NOW + 190, 0).holds is False


def test_a_change_needs_something_to_compare_with():
    condition = Change(window=600, percent=100, minimum=5)
    tally = EventTally(50)
    end = NOW // 50 * 50
    tally.add(end - 700, times=4)
    tally.add(end - 50, times=7)
    assert judge(condition, tally, end, end - 1000) is None
    assert judge(condition, tally, end, 0).holds is False
    tally.add(end - 50, times=1)
    assert (judge(condition, tally, end, 0).holds, judge(condition, tally, end, 0).value) == (True, 100.0)
    fall = Change(window=600, percent=-50, minimum=5)
    assert judge(fall, tally, end + 600, 0).value == -100.0
    tally.add(end + 50, times=4)
    assert judge(fall, tally, end + 600, 0).holds is True
    week = Change(window=3600, percent=50, against="week")
    tally.add(end - 7 * 86_400 - 50, times=10)
    assert judge(week, tally, end, end - 8 * 86_400).holds is False


def test_it_is_over_below_another_threshold():
    rule = compiled_of(Count(window=60, above=10, resolve_below=5))
    state = new_state(rule, {}, NOW)
    for number in range(11):
        add_event(rule, state, event_at(NOW + number), moment(NOW))
        fired = judge_event(rule, state, (NOW + number) // 10 * 10, moment(NOW + number))
    assert [alert.state for alert in fired] == ["firing"]
    for _ in range(6):
        add_event(rule, state, event_at(NOW + 60), moment(NOW))
    assert pass_time(rule, state, moment(NOW + 70)) == []
    (over,) = pass_time(rule, state, moment(NOW + 130))
    assert (over.state, over.alert_id, over.ended) == ("resolved", fired[0].alert_id, NOW + 130)


def test_a_clock_that_is_ahead_does_not_end_an_alert_at_once():
    rule = compiled_of(Count(window=10, above=0))
    state = new_state(rule, {}, NOW)
    bucket = add_event(rule, state, event_at(NOW + 50), moment(NOW))
    assert len(judge_event(rule, state, bucket, moment(NOW))) == 1
    assert pass_time(rule, state, moment(NOW + 1)) == []
    assert [alert.state for alert in pass_time(rule, state, moment(NOW + 61))] == ["resolved"]


def test_events_from_yesterday_fire_nothing():
    rule = compiled_of(Count(window=60, above=0))
    state = new_state(rule, {}, NOW)
    assert add_event(rule, state, event_at(NOW - 86_400), moment(NOW)) is None


def test_a_cooldown_puts_the_next_alert_off():
    rule = compiled_of(Count(window=10, above=0), cooldown=100)
    state = new_state(rule, {}, NOW)
    alerts = []
    for second in range(0, 200, 5):
        if second < 5 or second > 60:
            bucket = add_event(rule, state, event_at(NOW + second), moment(NOW + second))
            alerts += judge_event(rule, state, bucket, moment(NOW + second))
        alerts += pass_time(rule, state, moment(NOW + second))
    assert [(alert.state, alert.ended or alert.started) for alert in alerts] == [
        ("firing", NOW),
        ("resolved", NOW + 10),
        ("firing", NOW + 100),
    ]


def test_a_replay_finds_what_the_stream_would_have():
    buckets = [CountedBucket(NOW + 10 * n, "", 5) for n in range(4)]
    (fired, over) = replay(compiled_of(Count(window=60, above=12)), History(buckets), NOW, NOW + 300, LIMITS)
    assert (fired.state, fired.started, fired.value) == ("firing", NOW + 30, 15)
    assert (over.state, over.alert_id) == ("resolved", fired.alert_id)
    quiet = replay(compiled_of(Silence(window=60)), History(buckets), NOW, NOW + 300, LIMITS)
    assert [(alert.state, alert.started) for alert in quiet] == [("firing", NOW + 130)]
    of_users = [CountedBucket(NOW, "", 9, (1, 2, 3))]
    assert replay(compiled_of(Users(window=60, above=2)), History(of_users), NOW, NOW + 30, LIMITS)


def test_a_replay_of_sessions_judges_each_scope_by_its_windows():
    condition, start = CrashFree(window=1800, below=90, minimum=10), NOW // 900 * 900
    compiled = compiled_of(condition, per="release")
    windows = [
        CountedSessions(start + 900 * end, release, total, crashed)
        for end, release, total, crashed in [
            (1, "1", 9, 9),
            (2, "1", 20, 1),
            (2, "2", 10, 2),
            (3, "1", 20, 3),
            (3, "2", 10, 2),
            (4, "2", 10, 1),
            (9, "2", 10, 5),
        ]
    ]
    alerts = replay(compiled, History(sessions=windows, step=900), start, start + 9900, LIMITS)
    assert [(a.scope["release"], a.state, a.value, a.started // 900 * 900 - start) for a in alerts] == [
        ("2", "firing", 80, 900),
        ("1", "firing", 85, 1800),
        ("1", "resolved", 85, 1800),
        ("2", "resolved", 80, 900),
        ("2", "firing", 50, 7200),
        ("2", "resolved", 50, 7200),
    ]
    assert [a.ended - start for a in alerts if a.ended] == [2700, 2700, 8100]


def test_a_replay_of_changes_knows_storms_and_digests():
    changes = [
        MatchedChange(f"c{n}", NOW + n / 10, "e", "i", f"t{n}", "", "error", "python", "", "", ((1, 1, ""),))
        for n in range(30)
    ]
    alerts = replay(compiled_of(NewIssue()), History(changes=changes), NOW, NOW + 300, LIMITS)
    assert [(alert.kind, alert.state) for alert in alerts] == [("new_issue", "firing")] * 10 + [
        ("storm", "firing"),
        ("storm", "resolved"),
    ]
    assert alerts[-1].issue_count == 20
    few = [msgspec.structs.replace(change, at=NOW + 20.0 * n) for n, change in enumerate(changes[:4])]
    digests = replay(compiled_of(NewIssue(), digest=120), History(changes=few), NOW, NOW + 300, LIMITS)
    assert [alert.issue_count for alert in digests] == [1, 3]
