from hypothesis import given
from hypothesis import strategies as st

from agents.deduplicate.step import Seen, deduplicate
from agents.records import Dropped
from schemas.headers import Position

positions = st.builds(
    Position,
    st.integers(0, 2**31),
    st.integers(0, 2**63),
    st.integers(0, 2**63),
)
FIRST = Position(0, 1, 10)
LATER = Position(0, 1, 20)


def test_the_first_sight_of_an_id_is_passed_on():
    assert deduplicate(FIRST, None, None, 5.0) == (Seen(FIRST, 5.0), None)


def test_a_redelivered_record_is_passed_on_again():
    row, _ = deduplicate(FIRST, None, None, 5.0)
    assert deduplicate(FIRST, None, row, 9.0) == (row, None)


def test_the_same_id_at_another_origin_is_a_repeat():
    row, _ = deduplicate(FIRST, None, None, 5.0)
    assert deduplicate(LATER, None, row, 9.0) == (row, Dropped("duplicate", "event_id_seen"))


def test_a_record_of_a_recreated_topic_at_the_same_offset_is_a_repeat_not_a_redelivery():
    row, _ = deduplicate(FIRST, None, None, 5.0)
    recreated = FIRST._replace(generation=2)
    assert deduplicate(recreated, None, row, 9.0)[1] is not None


def test_a_redriven_record_is_let_through_once():
    row, _ = deduplicate(FIRST, None, None, 5.0)
    row, dropped = deduplicate(LATER, FIRST, row, 6.0)
    assert dropped is None
    assert deduplicate(LATER, FIRST, row, 6.0)[1] is None, "its own redelivery passes"
    assert deduplicate(Position(0, 1, 30), FIRST, row, 7.0)[1] is not None, "a second redrive is a repeat"


@given(positions, st.floats(0, 1e12))
def test_a_row_survives_encoding(position, at):
    assert Seen.decode(Seen(position, at).encode()) == Seen(position, at)


@given(positions, positions, st.floats(0, 1e12))
def test_the_step_is_idempotent(first, second, now):
    row, _ = deduplicate(first, None, None, now)
    again = deduplicate(second, None, row, now)
    assert deduplicate(second, None, again[0], now) == again
