"""The stand-in for a ClickHouse server, through the client that Stacktide uses."""

import asyncio
import struct
import uuid

import clickhouse_connect
import msgspec
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from round_trips import clickhouse_client

ROWS = [[number, f"name {number}"] for number in range(1, 3001)]
COMPRESSIONS = ["zstd", "lz4", "gzip", "br", False]


async def make_table(client):
    name = f"t{uuid.uuid4().hex}"
    await client.command(
        f"CREATE TABLE {name} (number UInt32, name String) ENGINE = MergeTree ORDER BY number "
        "SETTINGS non_replicated_deduplication_window = 100"
    )
    return name


async def count(client, table):
    return (await client.query(f"SELECT count() FROM {table}")).result_rows[0][0]


@pytest.mark.parametrize("compression", COMPRESSIONS)
async def test_compression_both_ways(clickhouse_server, compression):
    async with clickhouse_client(clickhouse_server, compress=compression) as client:
        table = await make_table(client)
        inserted = await client.insert(table, ROWS, column_names=["number", "name"])
        assert inserted.written_rows == len(ROWS)
        found = await client.query(f"SELECT * FROM {table} ORDER BY number")
        assert [list(row) for row in found.result_rows] == ROWS


async def test_a_token_makes_a_retry_a_no_op(clickhouse_server):
    async with clickhouse_client(clickhouse_server) as client:
        table = await make_table(client)
        for token, rows in (("one", ROWS), ("one", ROWS[:10]), ("two", ROWS)):
            settings = {"insert_deduplication_token": token}
            await client.insert(table, rows, column_names=["number", "name"], settings=settings)
        assert await count(client, table) == 2 * len(ROWS)


async def test_inserts_in_other_formats(clickhouse_server):
    blocks = {
        "MsgPack": msgspec.msgpack.encode([1, "a"])[1:],
        "RowBinary": struct.pack("<IB", 2, 1) + b"b",
        "JSONEachRow": b'{"number":3,"name":"FORMAT c"}\n',
        "TabSeparated": b"4\td\n",
    }
    async with clickhouse_client(clickhouse_server) as client:
        table = await make_table(client)
        for name, block in blocks.items():
            settings = {"async_insert": 1, "wait_for_async_insert": 1}
            await client.raw_insert(table, ["number", "name"], block, fmt=name, settings=settings)
        await client.command(f"INSERT INTO {table} VALUES (5, 'e')")
        found = await client.query(f"SELECT name FROM {table} ORDER BY number")
        assert [row[0] for row in found.result_rows] == ["a", "b", "FORMAT c", "d", "e"]


async def test_settings_and_parameters_of_one_query(clickhouse_server):
    sql = "SELECT {text:String}, {number:UInt64} + 1, getSetting('max_threads')"
    parameters = {"text": "it's\ta \\ 'text'", "number": 2**40}
    async with clickhouse_client(clickhouse_server) as client:
        found = await client.query(sql, parameters=parameters, settings={"max_threads": 3})
        assert found.result_rows == [(parameters["text"], 2**40 + 1, 3)]
        other = await client.query("SELECT getSetting('max_threads') = 3")
        assert other.result_rows == [(0,)]


@pytest.mark.parametrize(
    ("sql", "code", "settings"),
    [
        ("SELECT * FROM missing", 60, {}),
        ("SELEC 1", 62, {}),
        ("SELECT missing", 47, {}),
        ("SELECT 1", 115, {"no_such_setting": "1"}),
        ("CREATE TABLE t (a Int8) ENGINE = Memory", 164, {"readonly": "2"}),
        ("SELECT count() FROM numbers(1e12)", 159, {"max_execution_time": "0.2"}),
    ],
)
async def test_errors_have_their_codes(clickhouse_server, sql, code, settings):
    async with clickhouse_client(clickhouse_server) as client:
        with pytest.raises(DatabaseError, match="DB::Exception") as raised:
            await client.raw_query(sql, settings=settings, transport_settings={"Cookie": "a=b"})
        assert raised.value.code == code
        assert (await client.query("SELECT 1")).result_rows == [(1,)]


async def test_a_row_that_does_not_fit_stores_nothing(clickhouse_server):
    async with clickhouse_client(clickhouse_server) as client:
        table = await make_table(client)
        block = b'{"number":1,"name":"a"}\n{"number":"x","name":"b"}\n'
        with pytest.raises(DatabaseError) as raised:
            await client.raw_insert(table, ["number", "name"], block, fmt="JSONEachRow")
        assert raised.value.code == 27
        assert await count(client, table) == 0


async def test_queries_run_side_by_side(clickhouse_server):
    async with clickhouse_client(clickhouse_server) as client:
        slow = asyncio.create_task(client.query("SELECT sleep(2)"))
        await asyncio.sleep(0.2)
        assert (await client.query("SELECT 1")).result_rows == [(1,)]
        assert not slow.done()
        await slow


def test_the_synchronous_client(clickhouse_server):
    client = clickhouse_connect.get_client(dsn=clickhouse_server.url, form_encode_query_params=True)
    try:
        assert client.command("SELECT currentDatabase()") == "stacktide"
        found = client.query("SELECT {number:UInt8}", parameters={"number": 7})
        assert found.result_rows == [(7,)]
    finally:
        client.close()
