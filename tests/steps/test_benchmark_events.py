"""The made-up events of the measurements and the demo."""

import msgspec
import pytest
from fingerprinting import CONFIG, NOW, received

from agents.fingerprint.step import fingerprint
from benchmarks.events import KINDS, make_event


def test_each_kind_is_one_issue_and_no_two_kinds_share_one() -> None:
    issues: dict[int, set[str]] = {kind: set() for kind in range(KINDS)}
    for kind in range(KINDS):
        for serial in (0, 1, 7, 999, 1_000, 123_456, 2**31):
            payload = msgspec.json.encode(make_event(kind, serial, timestamp=NOW))
            result = fingerprint(received(), payload, CONFIG)
            issues[kind].add(result.issue_id)
            assert result.event.errors == ()
    assert {len(found) for found in issues.values()} == {1}
    assert len(set.union(*issues.values())) == KINDS == 200


def test_events_have_the_size_asked_for() -> None:
    sizes = [len(msgspec.json.encode(make_event(kind, 12_345))) for kind in range(KINDS)]
    assert min(sizes) > 1_950
    assert max(sizes) < 2_400
    assert all(
        8_000 < len(msgspec.json.encode(make_event(kind, 5, size=8_192))) < 8_500 for kind in range(KINDS)
    )


def test_events_are_deterministic_and_their_ids_are_unique() -> None:
    assert make_event(3, 5) == make_event(3, 5)
    ids = {make_event(kind, serial)["event_id"] for kind in range(KINDS) for serial in range(20)}
    assert len(ids) == KINDS * 20
    assert all(len(event_id) == 32 for event_id in ids)


@pytest.mark.parametrize("kind", [-1, KINDS])
def test_there_are_no_other_kinds(kind: int) -> None:
    with pytest.raises(IndexError):
        make_event(kind, 0)
