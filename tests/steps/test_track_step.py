from agents.event_view import EventView, FingerprintedView, GroupingView
from agents.track.step import track


def event(event_id: str, timestamp: float) -> FingerprintedView:
    return FingerprintedView(
        project=1,
        issue_id="i" * 32,
        received=timestamp,
        event=EventView(event_id=event_id, timestamp=timestamp, release="1.0"),
        grouping=GroupingView("ValueError: no", "shop.cart in add"),
    )


def test_the_first_event_of_an_issue_creates_it():
    row, changes = track(event("a" * 32, 100.0), None, (1, 5))
    assert row.first_seen == 100.0
    assert [(change.change, change.event_id, change.release) for change in changes] == [
        ("created", "a" * 32, "1.0")
    ]


def test_later_events_change_nothing():
    row, _ = track(event("a" * 32, 100.0), None, (1, 5))
    assert track(event("b" * 32, 50.0), row, (1, 6)) == (row, [])


def test_a_change_made_twice_has_the_same_id():
    first = track(event("a" * 32, 100.0), None, (1, 5))[1]
    again = track(event("a" * 32, 100.0), None, (1, 5))[1]
    assert first == again
