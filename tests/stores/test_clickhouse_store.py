"""The parts of ClickHouse's adapters that stand by themselves; ``tests/contract`` tests the adapters."""

import pytest

from stores.errors import StoreUnavailable
from stores.events.blocks import msgpack_block
from stores.events.chdb import ChdbStore
from stores.events.migrate import statements


def test_statements_are_split_and_comments_left_out():
    assert statements("-- why\nA\nB;\n\n-- and\nC;\n") == ["A\nB", "C"]
    assert statements("-- nothing\n") == []


@pytest.mark.parametrize("values", [1, 15, 16, 65_535, 65_536])
async def test_blocks_of_every_size_of_header(values):
    assert bytes(msgpack_block([(1,)] * values)) == b"\x01" * values


async def test_a_closed_store_says_so(tmp_path):
    store = ChdbStore(tmp_path)
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.query("SELECT 1")
