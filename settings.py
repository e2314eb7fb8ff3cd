"""Every setting of Stacktide: its type, its default and the reason for that default.

A setting is read from the environment as ``STACKTIDE_<NAME>`` in capitals. ``docs/settings.md`` is generated from this
class, and a test fails when the two differ.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

KIB = 1024
MIB = 1024 * KIB
DAY = 86_400.0


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names the setting and says what it takes."""


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Durations are in seconds, sizes in bytes, rates in events per second."""

    data: Path = _setting(Path(".stacktide"), "Folder that holds everything the embedded mode keeps.")
    host: str = _setting(
        "127.0.0.1", "Address to listen on. The default is reachable from this machine only."
    )
    port: int = _setting(8000, "Port to listen on; 0 takes a free one.")
    bootstrap_key: str = _setting(
        "", "Public key (32 hex digits) of project 1, made at the first start when set."
    )
    bootstrap_token: str = _setting("", "API token with all scopes, made at the first start when set.")

    log_level: str = _setting("info", "debug, info, warning or error.")
    log_format: str = _setting("auto", "json, console, or auto: console on a terminal and JSON elsewhere.")

    partitions: int = _setting(4, "Partitions of each topic, fixed when the topic is first made.")
    log_fsync: bool = _setting(
        True,
        "Whether the embedded log forces each group of records to the disk before it acknowledges them. "
        "Without it records survive a kill of the process, but not a power cut.",
    )
    log_linger: float = _setting(0.002, "How long the embedded log gathers records into one group commit.")
    log_segment_bytes: int = _setting(32 * MIB, "Size at which the embedded log starts a new segment file.")
    log_maintenance_interval: float = _setting(
        30.0, "How often the embedded log applies retention and compaction."
    )
    log_retention_bytes: int = _setting(
        2048 * MIB,
        "Most that one topic partition of the embedded log keeps of what every stage has consumed; 0 for no bound.",
    )

    max_event_bytes: int = _setting(
        1 * MIB, "Largest event, decompressed; a larger one is answered with 413."
    )
    max_request_bytes: int = _setting(20 * MIB, "Largest request body as sent.")
    max_envelope_bytes: int = _setting(100 * MIB, "Largest request body after decompression.")
    key_rate_limit: float = _setting(0.0, "Events per second accepted for one key; 0 for no limit.")
    project_rate_limit: float = _setting(0.0, "Events per second accepted for one project; 0 for no limit.")
    rate_limit_burst: float = _setting(10.0, "How many seconds' worth of a rate limit may arrive at once.")
    key_cache_ttl: float = _setting(5.0, "How long the edge may go on using a key that has been revoked.")
    trusted_proxies: str = _setting(
        "",
        "Networks, separated by commas, of the proxies whose X-Forwarded-For is believed. Empty: nobody's, as any "
        "client can send that header.",
    )
    request_timeout: float = _setting(30.0, "How long a client may take to send its request body.")
    edge_memory_bytes: int = _setting(
        256 * MIB,
        "Most that the edge holds of request bodies at once; beyond it requests are answered with 503.",
    )

    batch_size: int = _setting(1000, "Most records that an agent takes at once.")
    commit_interval: float = _setting(0.5, "How often consumed offsets are committed.")
    bad_ratio: float = _setting(
        0.5,
        "Part of a stage's recent records that may fail before the stage halts instead of draining into its DLQ.",
    )
    bad_minimum: int = _setting(100, "Failed records below which bad_ratio is not applied.")
    deduplicate_window: float = _setting(1 * DAY, "How long an event id is remembered.")
    count_bucket: int = _setting(10, "Width of the buckets in which errors are counted.")
    count_lateness: float = _setting(
        3600.0,
        "How long a bucket stays in the agent's state after it ends; later events open a further total.",
    )
    clickhouse_linger: float = _setting(
        0.05,
        "How long the ClickHouse sink gathers rows for one insert when few arrive. Each insert costs milliseconds.",
    )
    clickhouse_longest_linger: float = _setting(
        0.5, "How long the ClickHouse sink gathers rows for one insert when many arrive."
    )
    clickhouse_batch: int = _setting(
        5000, "Most rows of one insert; larger ones hold the process for too long."
    )
    archive_linger: float = _setting(10.0, "How long the archive gathers payloads for one object.")
    archive_object_bytes: int = _setting(4 * MIB, "Uncompressed size at which an archive object is closed.")

    events_retention: float = _setting(90 * DAY, "How long events stay in the analytical store.")
    archive_retention: float = _setting(90 * DAY, "How long payloads stay in the archive.")
    max_clock_skew: float = _setting(
        60.0, "How far in the future an event's own timestamp may lie; beyond it the time of receipt is used."
    )
    max_event_age: float = _setting(
        30 * DAY, "How old an event's own timestamp may be; beyond it the time of receipt is used."
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings from ``STACKTIDE_*`` variables; ``given`` (of the command line) wins where it is not None.

        Raises:
            SettingError: a value has the wrong form.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for setting in fields(cls):
            variable = variable_name(setting.name)
            if (text := environ.get(variable)) is not None:
                values[setting.name] = _parse(variable, text, setting.default)
        values.update({name: value for name, value in given.items() if value is not None})
        return cls(**values)


def variable_name(setting: str) -> str:
    """The environment variable that holds a setting."""
    return f"STACKTIDE_{setting.upper()}"


def _parse(variable: str, text: str, default: Any) -> Any:
    kind = type(default)
    try:
        if kind is bool:
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                text.lower()
            ]
        if isinstance(default, Path):
            return Path(text)
        return kind(text)
    except (KeyError, ValueError) as error:
        wanted = {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, kind.__name__)
        raise SettingError(f"{variable} is {text!r}, but takes {wanted}.") from error
