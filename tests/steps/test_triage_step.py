import pytest

from agents.triage.step import triage
from schemas.triage import Decision, Mute


def decision(version: int, status: str = "resolved", **fields) -> Decision:
    return Decision(1, "i" * 32, version, status, 100.0, **fields)


def test_a_decision_is_a_change_with_an_id_of_its_own():
    change = triage(decision(2, "muted", mute=Mute(until=500.0), title="T"), decision(1))
    assert change is not None
    assert (change.id, change.change, change.status, change.at) == (
        "i" * 32 + ":muted:2",
        "muted",
        "muted",
        100.0,
    )
    assert (change.triage_version, change.sequence, change.muted_until, change.title) == (2, 0, 500.0, "T")


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_known_or_older_is_no_change(version):
    assert triage(decision(version, "unresolved"), decision(2)) is None
