"""What erasure, retention and replays send to a cluster. ``tests/golden/clickhouse-cluster-erasure.sql`` has it in order."""

from pathlib import Path
from types import SimpleNamespace

from runtime.privacy.erase import erase_person, erase_project
from runtime.privacy.subject import Person
from schemas.privacy import Subject
from stores.archive.folder import FolderArchive
from stores.events.layout import Layout
from stores.events.retention import drop_old_partitions
from stores.events.superseded import drop_superseded

GOLDEN = Path(__file__).parent.parent / "golden" / "clickhouse-cluster-erasure.sql"
DAY = 1_790_035_200


class Recorded:
    """A store of a cluster that holds one event of one day, and keeps what it is told to do."""

    layout = Layout("main")

    def __init__(self):
        self.said = []

    async def command(self, sql):
        self.said.append(sql)

    async def query(self, sql, parameters=None):
        if "AS events" in sql:
            return [{"day": DAY, "events": 1}]
        if "count() AS remaining" in sql:
            return [{"remaining": 0}]
        if "currentDatabase() AS name" in sql:
            return [{"name": "stacktide"}]
        if "AS old" in sql:
            return [{"old": 20260920}]
        if "clusterAllReplicas" in sql:
            return [
                {
                    "event_id": "e",
                    "replay": n,
                    "origin_generation": 5,
                    "origin_offset": n,
                    "origin_partition": 0,
                }
                for n in (1, 2)
            ]
        if parameters and "e" in parameters.values():
            return []  # the page after the event
        return [{"event_id": "e", "partition": 0, "generation": 5, "offset": 7}]


async def test_a_cluster_is_told_what_is_recorded(tmp_path, clickhouse):
    store = Recorded()

    async def offsets(_topic):
        return {}

    async def committed(_group):
        return {}

    context = SimpleNamespace(
        events=store,
        archive=FolderArchive(tmp_path),
        search_sink=None,
        artifacts=None,
        log=SimpleNamespace(offsets=offsets, committed=committed),
    )

    async def progress(_step, _steps):
        pass

    store.said.append("-- one end user")
    await erase_person(context, 3, Person(Subject(user_id="7"), ""), progress)
    store.said.append("-- a project")
    await erase_project(context, 3, progress)
    store.said.append("-- retention")
    await drop_old_partitions(store, "events", DAY)
    store.said.append("-- what a replay has replaced")
    await drop_superseded(store, 3, ["e"], DAY, DAY + 1)
    assert "\n".join(store.said) + "\n" == GOLDEN.read_text()
    for statement in store.said:
        if not statement.startswith("--"):
            assert await clickhouse.query(f"EXPLAIN AST {statement}"), statement
