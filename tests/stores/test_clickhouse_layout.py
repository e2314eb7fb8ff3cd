"""The tables of a cluster, as rendered from the migrations. ``tests/golden/clickhouse-cluster.sql`` has them all: a change of
what stands there already is a migration of people's data."""

from pathlib import Path

import pytest

from settings import SettingError
from stores.events.clickhouse import ClickHouseStore
from stores.events.layout import Layout
from stores.events.migrate import rendered

GOLDEN = Path(__file__).parent.parent / "golden" / "clickhouse-cluster.sql"


def test_a_cluster_gets_what_is_recorded():
    assert ";\n\n".join(rendered(Layout("main"))) + ";\n" == GOLDEN.read_text()


async def test_the_engine_understands_every_statement(clickhouse):
    layout = Layout("main")
    statements = [
        *rendered(layout),
        layout.create_database("stacktide"),
        layout.drop_partition("events", 20260131),
        f"SELECT offset FROM {layout.every_copy('events')} ORDER BY offset{layout.reachable}",
        f"SELECT partition FROM {layout.system_table('parts')}{layout.reachable}",
    ]
    for statement in statements:
        assert await clickhouse.query(f"EXPLAIN AST {statement}"), statement


def test_one_server_gets_the_migrations_as_they_are():
    layout = Layout()
    assert layout.render("ALTER TABLE events ADD COLUMN a String") == [
        "ALTER TABLE events ADD COLUMN a String"
    ]
    assert layout.every_copy("events") == layout.local("events") == "events"
    assert layout.drop_partition("events", 20260131) == "ALTER TABLE events DROP PARTITION 20260131"
    assert layout.insert_settings == {} and layout.reachable == ""


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE events",
        "CREATE TABLE IF NOT EXISTS t (a String) ENGINE = Memory",
        "INSERT INTO events VALUES (1)",
    ],
)
def test_what_a_cluster_would_not_know_is_refused(statement):
    with pytest.raises(ValueError, match=r"cluster|replicated"):
        Layout("main").render(statement)


@pytest.mark.parametrize("cluster", ["a'b", "a b", "{a", "{a b}"])
def test_names_that_are_no_cluster(cluster):
    with pytest.raises(SettingError, match="CLICKHOUSE_CLUSTER"):
        ClickHouseStore("http://localhost", cluster)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:8123", "clickhouse://h", "http://", "http://h:port", "http://h/a-b", "http://h/a/b"],
)
def test_addresses_that_are_none(url):
    with pytest.raises(SettingError, match="CLICKHOUSE_URL"):
        ClickHouseStore(url)
