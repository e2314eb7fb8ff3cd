import random

from hypothesis import given
from hypothesis import strategies as st

from agents.count.step import Bucket, CountRow, Scope, bucket_of, buckets_of, count, end_of_key, error_count
from agents.event_view import EventView, FingerprintedView, GroupingView
from schemas.event import User
from schemas.headers import Position
from schemas.users import user_hash

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


def _event(at, issue, user):
    event = EventView("e", at, "python", "error", "1", "production", User(id=user) if user else None)
    return FingerprintedView(1, issue, at, event, GroupingView("t", "c"))


EVENTS = st.lists(
    st.tuples(st.floats(0, 3000), st.sampled_from("ab"), st.sampled_from(["", "u", "v", "w"])),
    min_size=1,
    max_size=40,
)


@given(EVENTS, st.integers(0, 10_000))
def test_every_bucket_is_what_brute_force_counts(events, seed):
    """In random order and late, with buckets forgotten at any time, with writes torn off and records applied again."""
    chosen = random.Random(seed)
    rows: dict[bytes, CountRow] = {}
    latest: dict[tuple[Bucket, str], int] = {}
    users: dict[Bucket, set[int]] = {}
    offset = 0
    while offset < len(events):
        at, issue, user = events[offset]
        buckets = buckets_of(_event(at, issue, user), 10)
        # What a crash keeps of a write is its beginning; all was published before.
        kept = chosen.randrange(3) if chosen.random() < 0.2 else 3
        for number, bucket in enumerate(buckets):
            row = count(rows.get(bucket.key), Position(0, 1, offset))
            hashes = {user_hash(user)} if user else set()
            total = error_count(bucket, 0, row, hashes)
            for _ in range(chosen.choice((1, 1, 2))):
                latest[bucket, total.opened] = max(latest.get((bucket, total.opened), 0), total.total)
                users.setdefault(bucket, set()).update(total.users)
            if number < kept:
                rows[bucket.key] = row
        if kept < 3:
            continue  # the same record again, as from the committed offset
        offset += 1
        # Only what is committed may be forgotten, since a further total counts whatever comes.
        if chosen.random() < 0.1:
            rows.pop(chosen.choice(sorted(rows)))
    sums: dict[Bucket, int] = {}
    for (bucket, _), total in latest.items():
        sums[bucket] = sums.get(bucket, 0) + total
    expected: dict[Bucket, int] = {}
    expected_users: dict[Bucket, set[int]] = {}
    for at, issue, user in events:
        for bucket in buckets_of(_event(at, issue, user), 10):
            expected[bucket] = expected.get(bucket, 0) + 1
            expected_users.setdefault(bucket, set()).update({user_hash(user)} if user else set())
    assert (sums, users) == (expected, expected_users)
