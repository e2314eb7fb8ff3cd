"""The declarations agree with the code, and the generated pages with both."""

from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

from commands.docs import generated
from faust_app import EMBEDDED_STAGES, STAGES, TOPOLOGY
from schemas.catalogue import SCHEMAS, schema_of
from topics import declared_topics

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "schemas" / "examples").glob("*.json"))


@pytest.mark.parametrize("path", generated(ROOT / "docs"), ids=lambda path: path.name)
def test_generated_pages_are_current(path):
    assert path.read_text() == generated(ROOT / "docs")[path], "run `make docs`"


def test_each_topic_has_one_file_of_its_name():
    names = {path.stem: yaml.safe_load(path.read_text())["name"] for path in (ROOT / "topics").glob("*.yaml")}
    assert set(names) == set(names.values()) == set(declared_topics())


def test_consumers_are_those_of_the_topology():
    consumed = {
        name: [node.agent for node in TOPOLOGY if node.consumes == name] for name in declared_topics()
    }
    assert consumed == {name: topic.consumers for name, topic in declared_topics().items()}
    followed = {name: [node.agent for node in TOPOLOGY if name in node.follows] for name in declared_topics()}
    assert followed == {name: topic.followers for name, topic in declared_topics().items()}
    assert all(consumed[name] or followed[name] for name in consumed), "a topic that nobody reads"


def test_producers_are_those_of_the_topology():
    produced = {
        name: {node.agent for node in TOPOLOGY if name in node.produces} for name in declared_topics()
    }
    for name, topic in declared_topics().items():
        declared = {producer.strip() for producer in topic.producer.split(",")}
        assert declared - {"ingest", "api"} == produced[name]
        assert declared, "a topic that nobody produces"


def test_a_topic_is_named_by_the_participle_of_an_agent_that_writes_it():
    produced = {topic for node in TOPOLOGY for topic in node.produces if topic != "outcomes-recorded"}
    for topic in produced:
        verbs = [node.agent for node in TOPOLOGY if topic in node.produces]
        assert any(topic.rpartition("-")[2].startswith(verb[:4]) for verb in verbs), topic


def test_each_agent_has_a_folder_with_its_wiring():
    for node in TOPOLOGY:
        folder = "sinks/" + node.stage if node.store else node.agent
        assert (ROOT / "agents" / folder / "agent.py").exists()


def test_stages_are_in_the_order_of_the_flow():
    assert STAGES == ("process", "detect", "clickhouse", "opensearch", "archive", "notify")
    assert EMBEDDED_STAGES == ("process", "detect", "clickhouse", "archive", "notify")


def test_each_json_value_has_a_schema_and_an_example():
    values = {topic.value for topic in declared_topics().values()} - {"bytes"}
    assert values == set(SCHEMAS)
    assert {path.stem.partition(".")[0] for path in EXAMPLES} == values


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_fit_their_schema_and_survive_decoding(path):
    value = SCHEMAS[path.stem.partition(".")[0]]
    jsonschema.validate(msgspec.json.decode(path.read_bytes()), schema_of(value))
    decoded = msgspec.json.decode(path.read_bytes(), type=value)
    assert msgspec.json.decode(msgspec.json.encode(decoded), type=value) == decoded


def test_no_setting_or_metric_is_unused():
    code = "\n".join(
        path.read_text()
        for folder in ("agents", "api", "cluster", "commands", "embedded", "ingest", "runtime", "stores")
        for path in (ROOT / folder).rglob("*.py")
    )
    import metrics
    from settings import Settings

    unused = [name for name in Settings.__slots__ if f".{name}" not in code]
    unused += [
        name
        for name in dir(metrics)
        if name.isupper() and name != "REGISTRY" and name not in code and name[0] != "_"
    ]
    assert unused == []
