from hypothesis import given
from hypothesis import strategies as st

from agents.count.step import Bucket, Scope, bucket_of, count, end_of_key
from schemas.headers import Position

SCOPE = Scope(1, "a" * 32, "production", "1.0", "error")


@given(st.lists(st.integers(0, 50)))
def test_a_total_is_the_number_of_distinct_positions_in_order(offsets):
    row = None
    highest = -1
    expected = 0
    for offset in offsets:
        row = count(row, Position(0, 7, offset))
        if offset > highest:
            expected, highest = expected + 1, offset
    assert (row.total if row else 0) == expected


def test_a_total_remembers_where_it_began():
    row = count(count(None, Position(2, 7, 5)), Position(2, 7, 9))
    assert (row.total, row.opened) == (2, "2:7:5")


@given(st.floats(0, 4e9), st.sampled_from([1, 10, 60]))
def test_a_timestamp_lies_in_its_bucket(timestamp, width):
    bucket = bucket_of(timestamp, width)
    assert bucket <= timestamp < bucket + width
    assert bucket % width == 0


BUCKETS = st.builds(Bucket, st.just(SCOPE), st.integers(0, 2**40), st.sampled_from([10, 900]))


@given(BUCKETS, BUCKETS)
def test_keys_lie_in_the_order_in_which_buckets_end(earlier, later):
    earlier, later = sorted((earlier, later), key=lambda bucket: bucket.begin + bucket.width)
    assert earlier.key[:8] <= later.key[:8]
    assert end_of_key(later.key) == later.begin + later.width
    assert (earlier.key == later.key) == (earlier == later)
