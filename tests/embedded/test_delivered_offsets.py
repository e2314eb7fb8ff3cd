"""What may be committed, whatever the order of the acks and wherever offsets are missing."""

from hypothesis import given
from hypothesis import strategies as st

from agents.draining import DeliveredOffsets


@given(st.data())
def test_commits_follow_the_longest_acked_prefix(data: st.DataObject) -> None:
    delivered = sorted(data.draw(st.sets(st.integers(0, 300), min_size=1)))
    offsets = DeliveredOffsets()
    for offset in delivered:
        offsets.deliver(offset)
    acked: set[int] = set()
    all_acked: set[int] = set()
    for offset in data.draw(st.permutations(delivered)):
        acked.add(offset)
        all_acked.add(offset)
        prefix = [o for o in delivered if all(p in all_acked for p in delivered if p <= o)]
        if data.draw(st.booleans()):
            assert offsets.committable(acked) == (prefix[-1] + 1 if prefix else None)
    assert offsets.committable(acked) == delivered[-1] + 1
    assert not acked
