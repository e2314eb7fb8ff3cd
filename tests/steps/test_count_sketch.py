"""The sketch of users, against a set."""

import random
import statistics

from hypothesis import given
from hypothesis import strategies as st

from agents.count.sketch import EMPTY, EXACT, Sketch
from schemas.users import HASH_BITS, user_hash

HASHES = st.lists(st.integers(0, 2**HASH_BITS - 1), max_size=40)


def _many(number, seed):
    chosen = random.Random(seed)
    return [chosen.getrandbits(HASH_BITS) for _ in range(number)]


def test_few_users_are_counted_exactly():
    users = [f"id:{number}" for number in range(EXACT)]
    sketch = EMPTY
    for user in users + users[::2]:
        sketch = sketch.add([user_hash(user)])
    assert sketch.count == EXACT
    assert EMPTY.count == 0


def test_the_error_is_as_stated():
    """Over 30 sets of each size: the root of the mean square error is near 1.6 %, and the mean shows no bias."""
    for size in (EXACT + 1, 2_000, 10_000, 40_000):
        errors = [EMPTY.add(_many(size, seed)).count / size - 1 for seed in range(30)]
        assert statistics.fmean(error * error for error in errors) ** 0.5 < 0.0225, size
        assert abs(statistics.fmean(errors)) < 3 * 0.0163 / 30**0.5, size


@given(st.lists(HASHES, max_size=6), st.integers(0, 2 * EXACT), st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_nor_merges_matter(groups, more, chosen):
    groups = [*groups, _many(more, 1)]
    together = EMPTY.add(hashed for group in groups for hashed in group)
    assert together.count == (known if (known := len(set().union(*groups))) <= EXACT else together.count)

    shuffled = groups + groups[: chosen.randrange(len(groups))]
    chosen.shuffle(shuffled)
    merged = EMPTY
    for group in shuffled:
        chosen.shuffle(group)
        part = Sketch.decode(EMPTY.add(group).encode())
        merged = merged.merge(part) if chosen.random() < 0.5 else merged.add(group)
    assert merged.encode() == together.encode()
    assert merged.merge(merged).encode() == together.encode()


@given(HASHES)
def test_what_changes_nothing_gives_the_same_sketch(hashes):
    for size in (10, 3 * EXACT):
        sketch = EMPTY.add([*_many(size, 7), *hashes])
        assert sketch.add(hashes) is sketch


def test_a_sketch_takes_little_room():
    assert max(len(EMPTY.add(_many(size, 3)).encode()) for size in (EXACT, EXACT + 1, 50_000)) <= 4700


def test_extreme_hashes():
    sketch = EMPTY.add(_many(1000, 5)).add([0, 2**HASH_BITS - 1])
    assert 900 < sketch.count < 1100
    registers = bytes([42]) * 4096
    assert Sketch(frozenset(), registers).count == 2**HASH_BITS


def test_a_hash_is_the_same_everywhere():
    assert user_hash("id:42") == user_hash("id:42") < 2**HASH_BITS
    assert user_hash("id:42") != user_hash("id:43")
    assert user_hash("\ud800") >= 0
