"""What the stream page says of settings: it is about the agent, it follows the figures, and it is true of the mode."""

import pytest

from faust_app import EMBEDDED_STAGES, STAGES, TOPOLOGY
from runtime.tuning import Installation, agent_tuning, topic_tuning
from settings import Settings, variable_name

EMBEDDED = Installation(Settings(), EMBEDDED_STAGES)
CLUSTER = Installation(Settings(), STAGES)
NODES = {node.agent: node for node in TOPOLOGY}
BUSY = {"rate": 2_000.0, "lag": 9_000, "batch": 990.0, "cpu_us": 100.0}


def said_of(agent, figures=BUSY, where=EMBEDDED):
    return {one.name: one for one in agent_tuning(NODES[agent], figures, 4, where).settings}


@pytest.mark.parametrize("where", [EMBEDDED, CLUSTER], ids=["embedded", "cluster"])
@pytest.mark.parametrize("figures", [BUSY, None], ids=["busy", "unknown"])
@pytest.mark.parametrize("agent", NODES)
def test_every_agent_has_settings_of_its_own(agent, figures, where):
    said = said_of(agent, figures, where)
    assert {"workers", "commit_interval"} <= set(said)
    assert ("batch_size" in said) is (NODES[agent].stage in ("process", "detect", "notify"))
    assert ("kafka_session_timeout" in said) is (where is CLUSTER)
    for one in said.values():
        assert one.does.endswith(".") and one.change.endswith((".", ")."))
        assert one.variable in ("", variable_name(one.name))
        assert one.name == "workers" or hasattr(Settings(), one.name)
        assert figures or not one.now


def test_a_full_batch_and_a_small_one():
    assert "Batches are full (990 on average) and 9,000 records wait" in said_of("track")["batch_size"].now
    few = {**BUSY, "batch": 12.0, "lag": 0}
    assert "a larger value would change nothing now" in said_of("track", few)["batch_size"].now


def test_what_the_figures_say():
    said = said_of("deduplicate")
    assert said["workers"].now.startswith(
        "Its own code takes 100 µs of CPU a record: 20 % of a core at 2,000"
    )
    assert "1,000 records lie between two commits" in said["commit_interval"].now
    assert "about 172,800,000 rows" in said["deduplicate_window"].now
    assert said["deduplicate_window"].value == "1 d"
    linger = said_of("clickhouse_events", {**BUSY, "batch": 100.0})["clickhouse_linger"]
    assert linger.now.startswith(
        "The average batch has the size 100: it gathers for 0.15 s now, and makes 20 batches"
    )


def test_workers_share_partitions_only_in_a_cluster():
    assert "stacktide worker detect" in said_of("track", where=CLUSTER)["workers"].change
    assert "At most 4 workers of detect" in said_of("track", where=CLUSTER)["workers"].does
    assert "restart them one after another" in said_of("track", where=CLUSTER)["batch_size"].change
    assert said_of("track")["workers"].value == "1 process"


def test_topics_have_the_settings_of_their_log():
    embedded = {one.name: one for one in topic_tuning("events-received", 4, EMBEDDED).settings}
    assert set(embedded) == {"partitions", "log_retention_bytes", "log_linger"}
    assert embedded["partitions"].value == "4" and embedded["log_retention_bytes"].value == "2048 MiB"
    cluster = {one.name for one in topic_tuning("events-received", 16, CLUSTER).settings}
    assert cluster == {"partitions", "kafka_replication"}
