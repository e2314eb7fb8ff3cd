"""The life of an issue, as a function of its events and of what people decided."""

from itertools import count

from agents.event_view import EventView, FingerprintedView, GroupingView
from agents.track.step import IssueRow, track
from schemas.event import User
from schemas.triage import Decision, Mute, Resolution

T = 1_790_000_000.0
HOUR = 3600.0


def event(event_id: str, timestamp: float, release: str | None = "1.0", user: str = "") -> FingerprintedView:
    return FingerprintedView(
        project=1,
        issue_id="i" * 32,
        received=timestamp,
        event=EventView(event_id, timestamp, release=release, user=User(id=user) if user else None),
        grouping=GroupingView("ValueError: no", "shop.cart in add"),
    )


def decision(version: int, status: str, **fields) -> Decision:
    return Decision(1, "i" * 32, version, status, T, **fields)


class Life:
    """An issue's row and the changes so far."""

    def __init__(self) -> None:
        self.row: IssueRow | None = None
        self.decision: Decision | None = None
        self._offsets = count(1)

    def see(self, timestamp: float, times: int = 1, **fields) -> list[str]:
        found = []
        for _ in range(times):
            offset = next(self._offsets)
            self.row, changes = track(
                event(f"{offset:032x}", timestamp, **fields), self.row, self.decision, (1, offset)
            )
            found += changes
        assert all(change.status == self.row.status for change in found[-1:])
        return [change.change for change in found]


def life(**fields) -> Life:
    """A known issue, about which a decision is made at T."""
    known = Life()
    known.see(T - 30 * 24 * HOUR)
    known.decision = decision(1, **fields) if fields else None
    return known


def test_the_first_event_of_an_issue_creates_it():
    row, changes = track(event("a" * 32, 100.0), None, None, (1, 5))
    assert row.first_seen == 100.0
    assert [(change.change, change.event_id, change.release, change.sequence) for change in changes] == [
        ("created", "a" * 32, "1.0", 1)
    ]


def test_an_event_that_was_applied_changes_nothing():
    row, changes = track(event("a" * 32, 100.0), None, None, (1, 5))
    assert track(event("a" * 32, 100.0), None, None, (1, 5))[1] == changes
    assert track(event("a" * 32, 100.0), row, None, (1, 5)) == (row, [])
    assert track(event("b" * 32, 50.0), row, None, (1, 6))[1] == []


def test_rows_of_the_first_version_are_read():
    assert track(event("a" * 32, 100.0), IssueRow(100.0, (1, 5)), None, (1, 6))[1] == []


def test_a_resolved_issue_regresses_once():
    issue = life(status="resolved")
    assert issue.see(T) == []  # not after the decision
    assert issue.see(T + 1) == ["regressed"]
    assert (issue.row.status, issue.row.version, issue.row.sequence) == ("unresolved", 1, 1)
    assert issue.see(T + 2) == []
    issue.decision = decision(2, "resolved")
    assert issue.see(T + 3) == ["regressed"]


def test_an_earlier_decision_never_wins():
    issue = life(status="resolved")
    issue.decision = decision(3, "unresolved")
    assert issue.see(T + 1) == []
    issue.decision = decision(2, "resolved")
    assert issue.see(T + 2) == []
    assert issue.row.version == 3


def test_resolved_in_a_release():
    issue = life(status="resolved", resolution=Resolution("in_release", "shop@1.10"))
    for release in (None, "shop@1.9", "web@2.0", "shop@0123abc", "shop@1.10-rc1"):
        assert issue.see(T + 1, release=release) == [], release
    assert issue.see(T - 5, release="shop@1.10") == ["regressed"]
    by_hash = life(status="resolved", resolution=Resolution("in_release", "0123abcd"))
    assert by_hash.see(T + 1, release="9876fedc") == []
    assert by_hash.see(T + 1, release="0123abcd") == ["regressed"]


def test_resolved_in_the_next_release():
    issue = life(status="resolved", resolution=Resolution("in_next_release", "shop@1.10"))
    for release in (None, "shop@1.9", "shop@1.10", "web@2.0"):
        assert issue.see(T + 1, release=release) == [], release
    assert issue.see(T + 1, release="shop@1.11") == ["regressed"]
    by_hash = life(status="resolved", resolution=Resolution("in_next_release", "0123abcd"))
    assert by_hash.see(T + 1, release="0123abcd") == []
    assert by_hash.see(T + 1, release="9876fedc") == ["regressed"]


def test_muted_for_good_and_until_a_moment():
    assert life(status="muted", mute=Mute()).see(T + 400 * 24 * HOUR, times=100) == []
    issue = life(status="muted", mute=Mute(until=T + 100))
    assert issue.see(T + 99, times=5) == []
    assert issue.see(T + 100) == ["unmuted"]
    assert issue.see(T + 101) == []


def test_muted_until_a_number_of_events():
    issue = life(status="muted", mute=Mute(events=3))
    assert issue.see(T, times=10) == []  # before the decision
    assert issue.see(T + 1) == issue.see(T + 100 * HOUR) == []
    assert issue.see(T + 200 * HOUR) == ["unmuted"]
    within = life(status="muted", mute=Mute(events=3, window=HOUR))
    assert [within.see(T + n * HOUR) for n in range(1, 20)] == [[]] * 19
    assert within.see(T + 20 * HOUR, times=2) == []
    assert within.see(T + 20 * HOUR) == ["unmuted"]
    assert len(within.row.hours) <= 169


def test_muted_until_a_number_of_users():
    issue = life(status="muted", mute=Mute(users=3))
    for user in ("a", "b", "a", "", "b"):
        assert issue.see(T + 1, user=user) == []
    assert issue.see(T + 2, user="c") == ["unmuted"]
    assert issue.row.muted is None


def test_muted_until_a_rate_that_lasts():
    issue = life(status="muted", mute=Mute(rate=1.0, window=600.0))
    assert issue.see(T + 60, times=50) == []  # a burst
    assert [issue.see(T + 240 * n) for n in range(1, 8)] == [[]] * 7
    assert [change for n in range(29, 36) for change in issue.see(T + 60 * n, times=2)] == ["unmuted"]


def steady(issue: Life, per_hour: int, hours: range) -> list[str]:
    return [change for n in hours for change in issue.see(T + n * HOUR, times=per_hour)]


def test_escalation_is_against_the_issues_own_forecast():
    issue = life()
    assert steady(issue, 10, range(48)) == []
    assert steady(issue, 15, range(48, 60)) == []  # no more than it had before, or nearly so
    assert steady(issue, 60, range(60, 61)) == ["escalating"]
    assert steady(issue, 200, range(61, 64)) == []  # it has not calmed down
    assert steady(issue, 5, range(64, 65)) == []
    assert steady(issue, 400, range(65, 66)) == ["escalating"]


def test_new_issues_and_late_events_do_not_escalate():
    new = Life()
    assert steady(new, 5, range(3)) == ["created"]
    assert steady(new, 500, range(3, 20)) == []
    late = life()
    steady(late, 1, range(48))
    assert late.see(T + 40 * HOUR, times=100) == []
    assert late.see(T - 1000 * HOUR) == []
    assert len(late.row.hours) <= 169


def test_muted_until_it_escalates():
    issue = life(status="muted", mute=Mute(escalating=True))
    assert steady(issue, 3, range(1, 40)) == []
    assert steady(issue, 100, range(40, 41)) == ["unmuted"]
    assert life(status="resolved").see(T - 1, times=500) == []
