"""Settings from the environment, a file and the command line; and that everything wrong is told at once."""

import json
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from configuration import load, require
from settings import SettingError, Settings, variable_name


def problems(environ: dict[str, str], **given: object) -> list[str]:
    with pytest.raises(SettingError) as raised:
        load(environ, given)
    return str(raised.value).splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stacktide.toml"


def test_defaults_pass_their_own_checks() -> None:
    given = {setting.name: setting.default for setting in fields(Settings)}
    assert load({}, given).settings == Settings()
    assert load({}).sources == {}


def test_what_wins(file: Path) -> None:
    file.write_text(
        'port = 1\nhost = "a"\nlog_linger = 1\nlog_fsync = false\ndata = "/d"\nkafka = "k:9092, l:9092"'
    )
    environ = {"STACKTIDE_CONFIG": str(file), "STACKTIDE_PORT": "2", "STACKTIDE_HOST": "b"}
    loaded = load(environ, {"port": 3, "host": None})
    settings = loaded.settings
    assert (settings.port, settings.host, settings.log_linger, settings.log_fsync) == (3, "b", 1.0, False)
    assert type(settings.log_linger) is float
    assert settings.data == Path("/d")
    assert loaded.sources == {
        "port": "--port",
        "host": "STACKTIDE_HOST",
        "log_linger": f"log_linger in {file}",
        "log_fsync": f"log_fsync in {file}",
        "data": f"data in {file}",
        "kafka": f"kafka in {file}",
    }


def test_everything_wrong_is_told_at_once(file: Path) -> None:
    file.write_text('prot = 1\nlog_fsync = "perhaps"\nbatch_size = 1.5\n[kafka]\nusername = "u"')
    found = problems(
        {
            "STACKTIDE_CONFIG": str(file),
            "STACKTIDE_KAFKA_SESION_TIMEOUT": "10",
            "STACKTIDE_BAD_RATIO": "1.5",
            "STACKTIDE_COUNT_BUCKET": "ten",
            "STACKTIDE_LOG_LEVEL": "loud",
            "STACKTIDE_LOG_LINGER": "nan",
            "STACKTIDE_KAFKA_TLS_CA": "/nowhere",
        },
        port=70000,
    )
    assert found == [
        f"prot in {file} is not a setting. Did you mean port?",
        f"[kafka] in {file} is a table, but settings stand one a line, as in port = 8000.",
        "STACKTIDE_KAFKA_SESION_TIMEOUT is not a setting. Did you mean STACKTIDE_KAFKA_SESSION_TIMEOUT?",
        f"log_fsync in {file} is 'perhaps', but takes true or false.",
        f"batch_size in {file} is '1.5', but takes a whole number.",
        "STACKTIDE_BAD_RATIO is '1.5', but takes a number from 0 to 1.",
        "STACKTIDE_COUNT_BUCKET is 'ten', but takes a whole number.",
        "STACKTIDE_LOG_LEVEL is 'loud', but takes debug, info, warning or error.",
        "STACKTIDE_LOG_LINGER is 'nan', but takes a number of at least 0.",
        "STACKTIDE_KAFKA_TLS_CA is '/nowhere', but takes the path of a file that can be read.",
        "--port is '70000', but takes a whole number from 0 to 65535.",
    ]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("kafka", ["a:9092", "a:1, b:2", "[::1]:9092", ""], ["a", "a:", "a:b", "a:1,", "http://a:1"]),
        (
            "clickhouse_url",
            ["http://u:p@h:8123/db", "https://h", ""],
            ["h:8123", "ftp://h", "http://", "http://h:x"],
        ),
        ("opensearch_url", ["http://a:1,https://u:p@b", ""], ["http://a,b"]),
        ("database_url", ["postgresql://u:p@h/d", "postgres://h/d"], ["mysql://h/d", "postgresql:///d"]),
        ("redis_url", ["redis://:p@h:6379/0", "rediss://h"], ["http://h"]),
        ("kafka_session_timeout", ["6"], ["5.9", "inf"]),
        ("kafka_replication", ["-1", "3"], ["0", "-2"]),
        ("bootstrap_key", ["0" * 32, ""], ["0" * 31, "g" * 32]),
        ("trusted_proxies", ["10.0.0.0/8,::1", ""], ["10.0.0.0/33", "proxy"]),
        ("s3_encryption", ["AES256", "aws:kms", "aws:kms:some-key", ""], ["aes", "aws:kms:"]),
        ("rate_limit_burst", ["0.5"], ["0", "-1"]),
        ("log_fsync", ["true", "NO", "1"], ["on", ""]),
    ],
)
def test_what_a_setting_takes(name: str, good: list[str], bad: list[str]) -> None:
    variable = variable_name(name)
    for text in good:
        load({variable: text})
    for text in bad:
        [problem] = problems({variable: text})
        assert problem.startswith(variable)


def test_secrets_come_from_files_and_are_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("http://u:hidden@h\n")
    loaded = load({"STACKTIDE_CLICKHOUSE_URL_FILE": str(secret)})
    assert loaded.settings.clickhouse_url == "http://u:hidden@h"
    assert loaded.sources == {"clickhouse_url": "STACKTIDE_CLICKHOUSE_URL_FILE"}
    assert "hidden" not in repr(loaded.settings)
    secret.write_text("u:hidden@h")
    [wrong] = problems({"STACKTIDE_CLICKHOUSE_URL_FILE": str(secret)})
    assert wrong.startswith("STACKTIDE_CLICKHOUSE_URL_FILE has a value (not shown), but takes")
    assert "hidden" not in wrong
    both = {"STACKTIDE_KAFKA_PASSWORD": "a", "STACKTIDE_KAFKA_PASSWORD_FILE": str(secret)}
    assert "both set" in problems(both)[0]
    assert "cannot be read" in problems({"STACKTIDE_REDIS_URL_FILE": str(tmp_path / "none")})[0]
    assert "not a setting" in problems({"STACKTIDE_PORT_FILE": str(secret)})[0]


def test_settings_that_contradict_each_other() -> None:
    assert "STACKTIDE_KAFKA_USERNAME" in problems({"STACKTIDE_KAFKA_SECURITY": "sasl_ssl"})[0]
    assert "go together" in problems({"STACKTIDE_S3_ACCESS_KEY": "a"})[0]
    assert "more than" in problems({"STACKTIDE_CLICKHOUSE_LINGER": "1"})[0]


def test_variables_that_are_no_settings() -> None:
    load(
        {
            "STACKTIDE_TEST_SEED": "1",
            "STACKTIDE_SERVERS_CACHE": "/c",
            "STACKTIDE_SERVICE_HOST": "10.0.0.1",
            "STACKTIDE_API_SERVICE_PORT_HTTP": "80",
            "STACKTIDE_PORT_8000_TCP_ADDR": "10.0.0.1",
            "STACKTIDE_API_PORT": "tcp://10.0.0.1:80",
            "OTHER": "x",
        }
    )
    assert "enableServiceLinks" in problems({"STACKTIDE_PORT": "tcp://10.0.0.1:8000"})[0]


def test_a_file_that_cannot_be_used(file: Path) -> None:
    assert "cannot be read" in problems({"STACKTIDE_CONFIG": str(file)})[0]
    file.write_text("port =")
    assert "is not TOML" in problems({"STACKTIDE_CONFIG": str(file)})[0]


def test_what_a_command_needs() -> None:
    require(Settings(kafka="k:1"), "kafka")
    with pytest.raises(SettingError, match="STACKTIDE_DATABASE_URL, STACKTIDE_S3_BUCKET"):
        require(Settings(kafka="k:1"), "kafka", "database_url", "s3_bucket")


def _config(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "commands", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_shows_what_holds_and_what_is_wrong(file: Path) -> None:
    file.write_text('redis_url = "redis://:hidden@h"\nport = 1234')
    shown = _config("config", "--json", "--config", str(file), STACKTIDE_HOST="h")
    assert shown.returncode == 0, shown.stderr
    rows = {row["variable"]: row for row in json.loads(shown.stdout)["settings"]}
    assert rows["STACKTIDE_PORT"]["value"] == 1234
    assert rows["STACKTIDE_HOST"]["source"] == "STACKTIDE_HOST"
    assert rows["STACKTIDE_REDIS_URL"]["value"] == "********"
    assert rows["STACKTIDE_DATA"]["source"] == "default"
    assert "hidden" not in shown.stdout

    wrong = _config("--config", str(file), "config", "--json", STACKTIDE_PROT="1", STACKTIDE_PORT="x")
    assert wrong.returncode == 1
    assert len(json.loads(wrong.stdout)["problems"]) == 2

    failed = _config("up", STACKTIDE_PROT="1")
    assert failed.returncode == 1
    assert "Did you mean STACKTIDE_PORT?" in failed.stderr
    assert "Traceback" not in failed.stderr
