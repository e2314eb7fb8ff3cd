"""A task that is cancelled in the middle of a transaction on SQLite keeps the lock from nobody."""

import asyncio

from stores.operational.engine import make_engine, transaction


async def test_a_connection_that_is_given_up_lets_go_of_the_lock_though_a_cursor_is_kept(tmp_path):
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}")
    async with engine.connect() as connection:
        held = (await connection.get_raw_connection()).driver_connection
        await held.execute("BEGIN IMMEDIATE")
        cursor = await held.execute("SELECT 1")
        # As SQLAlchemy does with the connection of a task that is cancelled, whose traceback keeps the cursor.
        await connection.invalidate()
    async with asyncio.timeout(5), transaction(engine, writes=True):
        pass
    assert cursor is not None
    await engine.dispose()
