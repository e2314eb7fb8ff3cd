"""Every setting of Stacktide: its type, its default and the reason for that default.

A setting is read from the environment as ``STACKTIDE_<NAME>`` in capitals, or from a file (``configuration.py``).
``docs/settings.md`` is generated from this class, and a test fails when the two differ.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from setting_checks import (
    FILE,
    HOSTS,
    NETWORKS,
    NOT_NEGATIVE,
    POSITIVE,
    Check,
    between,
    matching,
    one_of,
    url,
)

KIB = 1024
MIB = 1024 * KIB
DAY = 86_400.0


class SettingError(ValueError):
    """A setting has a value that cannot be used; the message names the setting and says what it takes."""


def _setting(
    default: Any, help: str, *, check: Check | None = None, secret: bool = False, heading: str = ""
) -> Any:
    """A setting. ``check`` says what it takes beyond its type; ``heading`` begins a group in the documentation."""
    metadata = {"help": help, "check": check, "secret": secret, "heading": heading}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Durations are in seconds, sizes in bytes, rates in events per second."""

    data: Path = _setting(
        Path(".stacktide"),
        "Folder of what is kept on disk: everything when embedded, the edge's spool and the workers' tables in a cluster.",
        heading="Where it runs",
    )
    host: str = _setting(
        "127.0.0.1", "Address to listen on. The default is reachable from this machine only."
    )
    port: int = _setting(8000, "Port to listen on; 0 takes a free one.", check=between(0, 65535))
    admin_port: int = _setting(
        0, "Port of a worker's /healthz, /readyz and /metrics; 0 takes a free one.", check=between(0, 65535)
    )
    bootstrap_key: str = _setting(
        "",
        "Public key (32 hex digits) of project 1, made at the first start when set.",
        check=matching("[0-9a-fA-F]{32}", "32 hexadecimal digits, as `openssl rand -hex 16` makes them"),
    )
    bootstrap_token: str = _setting(
        "",
        "API token with all scopes, made at the first start when set.",
        check=matching("[!-~]+", "printable ASCII characters without spaces"),
        secret=True,
    )

    log_level: str = _setting(
        "info",
        "debug, info, warning or error.",
        check=one_of("debug", "info", "warning", "error"),
        heading="Logs",
    )
    log_format: str = _setting(
        "auto",
        "json, console, or auto: console on a terminal and JSON elsewhere.",
        check=one_of("auto", "json", "console"),
    )

    public_url: str = _setting(
        "",
        "Address under which people and SDKs reach Stacktide, for links and DSNs: https://errors.example.com. Empty: that of "
        "each request, and no links in notifications.",
        check=url("http", "https"),
        heading="Accounts",
    )
    session_lifetime: float = _setting(14 * DAY, "How long a log-in lasts.", check=POSITIVE)
    oidc_issuer: str = _setting(
        "",
        "Provider of OpenID Connect through which users may log in: https://accounts.example.com. Its redirect address is "
        "PUBLIC_URL/api/v1/session/openid/callback.",
        check=url("https", "http"),
    )
    oidc_client_id: str = _setting("", "Name under which the provider knows Stacktide.")
    oidc_client_secret: str = _setting("", "Secret of oidc_client_id, where it has one.", secret=True)
    oidc_role: str = _setting(
        "",
        "Role of users whom the provider sends and nobody has invited: viewer, member, admin; empty: they are refused.",
        check=Check(
            "viewer, member, admin or nothing", lambda role: role in ("", "viewer", "member", "admin")
        ),
    )

    partitions: int = _setting(
        0,
        "Partitions of each topic, fixed when it is first made; 0: four embedded, each topic's own number in a cluster.",
        check=between(0),
        heading="The embedded log",
    )
    log_fsync: bool = _setting(
        True,
        "Whether the embedded log forces each group of records to the disk before it acknowledges them. "
        "Without it records survive a kill of the process, but not a power cut.",
    )
    log_linger: float = _setting(
        0.002, "How long the embedded log gathers records into one group commit.", check=NOT_NEGATIVE
    )
    log_segment_bytes: int = _setting(
        32 * MIB, "Size at which the embedded log starts a new segment file.", check=between(64 * KIB)
    )
    log_maintenance_interval: float = _setting(
        30.0, "How often the embedded log applies retention and compaction.", check=POSITIVE
    )
    log_retention_bytes: int = _setting(
        2048 * MIB,
        "Most that one topic partition of the embedded log keeps of what every stage has consumed; 0 for no bound.",
        check=NOT_NEGATIVE,
    )

    max_event_bytes: int = _setting(
        1 * MIB,
        "Largest event, decompressed; a larger one is answered with 413.",
        check=between(KIB),
        heading="The edge",
    )
    max_request_bytes: int = _setting(20 * MIB, "Largest request body as sent.", check=between(KIB))
    max_envelope_bytes: int = _setting(
        100 * MIB, "Largest request body after decompression.", check=between(KIB)
    )
    key_rate_limit: float = _setting(
        0.0, "Events per second accepted for one key; 0 for no limit.", check=NOT_NEGATIVE
    )
    project_rate_limit: float = _setting(
        0.0, "Events per second accepted for one project; 0 for no limit.", check=NOT_NEGATIVE
    )
    session_rate_limit: float = _setting(
        0.0, "Reports of sessions per second accepted for one project; 0 for no limit.", check=NOT_NEGATIVE
    )
    session_window: float = _setting(
        1 * DAY,
        "How long after its start a session may be reported on. Its state is kept for twice as long.",
        check=POSITIVE,
    )
    rate_limit_burst: float = _setting(
        10.0, "How many seconds' worth of a rate limit may arrive at once.", check=POSITIVE
    )
    key_cache_ttl: float = _setting(
        5.0, "How long the edge may go on using a key that has been revoked.", check=NOT_NEGATIVE
    )
    trusted_proxies: str = _setting(
        "",
        "Networks, separated by commas, of the proxies whose X-Forwarded-For is believed. Empty: nobody's, as any "
        "client can send that header.",
        check=NETWORKS,
    )
    request_timeout: float = _setting(
        30.0, "How long a client may take to send its request body.", check=POSITIVE
    )
    edge_memory_bytes: int = _setting(
        256 * MIB,
        "Most that the edge holds of request bodies at once; beyond it requests are answered with 503.",
        check=between(KIB),
    )

    batch_size: int = _setting(
        1000, "Most records that an agent takes at once.", check=between(1), heading="Agents and sinks"
    )
    commit_interval: float = _setting(0.5, "How often consumed offsets are committed.", check=POSITIVE)
    configuration_interval: float = _setting(
        1.0, "How soon agents notice what has been configured.", check=NOT_NEGATIVE
    )
    bad_ratio: float = _setting(
        0.5,
        "Part of a stage's recent records that may fail before the stage halts instead of draining into its DLQ.",
        check=between(0, 1),
    )
    bad_minimum: int = _setting(
        100, "Failed records below which bad_ratio is not applied.", check=NOT_NEGATIVE
    )
    deduplicate_window: float = _setting(1 * DAY, "How long an event id is remembered.", check=POSITIVE)
    count_bucket: int = _setting(
        10, "Width of the buckets in which errors are counted.", check=between(1, 300)
    )
    count_lateness: float = _setting(
        3600.0,
        "How long a bucket stays in the agent's state after it ends; later events open a further total.",
        check=NOT_NEGATIVE,
    )
    alert_lateness: float = _setting(
        600.0,
        "How long after its end a window may still make a rule fire, for events that come late.",
        check=NOT_NEGATIVE,
    )
    alert_storm: int = _setting(
        10,
        "Alerts about issues that one rule sends within a minute; beyond it one alert stands for all until it calms down.",
        check=between(1),
    )
    alert_scopes: int = _setting(
        1000,
        "Most issues, releases or environments that one rule looks at apart at a time.",
        check=between(1),
    )
    clickhouse_linger: float = _setting(
        0.05,
        "How long the ClickHouse sink gathers rows for one insert when few arrive. Each insert costs milliseconds.",
        check=NOT_NEGATIVE,
    )
    clickhouse_longest_linger: float = _setting(
        0.5, "How long the ClickHouse sink gathers rows for one insert when many arrive.", check=NOT_NEGATIVE
    )
    clickhouse_batch: int = _setting(
        5000, "Most rows of one insert; larger ones hold the process for too long.", check=between(1)
    )
    archive_linger: float = _setting(
        10.0, "How long the archive gathers payloads for one object.", check=NOT_NEGATIVE
    )
    archive_object_bytes: int = _setting(
        4 * MIB, "Uncompressed size at which an archive object is closed.", check=between(1)
    )

    events_retention: float = _setting(
        90 * DAY, "How long events stay in the analytical store.", check=POSITIVE, heading="Events"
    )
    archive_retention: float = _setting(90 * DAY, "How long payloads stay in the archive.", check=POSITIVE)
    counts_retention: float = _setting(
        30 * DAY,
        "How long the counts in buckets of count_bucket stay: what windows that are no quarters of an hour are made of.",
        check=POSITIVE,
    )
    rollups_retention: float = _setting(
        395 * DAY,
        "How long the counts in quarters of an hour stay, of errors and of sessions: a year can be compared with the one "
        "before by months.",
        check=POSITIVE,
    )
    scrub_addresses: str = _setting(
        "keep",
        "What is kept of the addresses of users and clients: keep, truncate (the /24 of an IPv4 address, the /48 of an IPv6 "
        "address) or remove.",
        check=one_of("keep", "truncate", "remove"),
    )
    geo_database: str = _setting(
        "",
        "File in MaxMind's mmdb format that places addresses; empty for the countries that are shipped.",
        check=FILE,
    )
    map_cache_bytes: int = _setting(
        512 * MIB,
        "Memory in which one worker keeps source maps and mappings, estimated from their files; a mapping counts fifteen "
        "times its file.",
        check=between(1),
    )
    max_clock_skew: float = _setting(
        60.0,
        "How far in the future an event's own timestamp may lie; beyond it the time of receipt is used.",
        check=NOT_NEGATIVE,
    )
    max_event_age: float = _setting(
        30 * DAY,
        "How old an event's own timestamp may be; beyond it the time of receipt is used.",
        check=POSITIVE,
    )

    secret_key: str = _setting(
        "",
        "Keys that encrypt the secrets of channels, separated by commas: the first encrypts, all decrypt. Empty: embedded one "
        "is made and kept in the data folder.",
        secret=True,
        check=matching(
            r"\s*[!-+\--~]{32,}\s*(,\s*[!-+\--~]{32,}\s*)*",
            "texts of at least 32 characters, as `openssl rand -hex 32` makes them, separated by commas",
        ),
        heading="Notifications",
    )
    mail_url: str = _setting(
        "",
        "What sends mail: smtp://user:password@host:587 (STARTTLS), smtps://…:465 (TLS), smtp+plain://host:25 (unencrypted), "
        "ses://key:secret@email.REGION.amazonaws.com or sendgrid://:key@api.sendgrid.com. Empty: no mail is sent.",
        secret=True,
        check=url("smtp", "smtps", "smtp+plain", "ses", "ses+http", "sendgrid", "sendgrid+http"),
    )
    mail_from: str = _setting(
        "",
        "Sender of mail: name@example.org, or Name <name@example.org>.",
        check=matching(r"[^\r\n]*@[^\r\n]*", "a mail address"),
    )
    mail_tls_ca: str = _setting(
        "",
        "File of the authorities that signed the mail server's certificate; empty for the system's.",
        check=FILE,
    )
    slack_url: str = _setting(
        "https://slack.com", "Address of Slack's API, for bots.", check=url("https", "http")
    )
    pagerduty_url: str = _setting(
        "https://events.pagerduty.com",
        "Address of PagerDuty's Events API; https://events.eu.pagerduty.com in Europe.",
        check=url("https", "http"),
    )
    notify_private_addresses: bool = _setting(
        False,
        "Whether channels may lead to private, loopback and link-local addresses, and Apprise to servers of one's own. "
        "Whoever may add channels could so reach what only this server can.",
    )
    notification_timeout: float = _setting(
        10.0, "How long one attempt to deliver a notification may take.", check=between(0.1, 60)
    )
    notification_expiry: float = _setting(
        1 * DAY, "How long a notification is tried to be delivered.", check=POSITIVE
    )
    notification_budget: int = _setting(
        60,
        "Most messages an hour to one channel of e-mail, Slack or Apprise that has no number of its own; what exceeds it "
        "comes in digests.",
        check=between(2, 10_000),
    )
    deliveries_retention: float = _setting(
        30 * DAY, "How long deliveries stay in the list of deliveries.", check=POSITIVE
    )

    kafka: str = _setting(
        "",
        "Kafka's bootstrap servers, host:port separated by commas. Required for the cluster's commands.",
        check=HOSTS,
        heading="Kafka",
    )
    kafka_security: str = _setting(
        "plaintext",
        "plaintext, ssl, sasl_plaintext or sasl_ssl.",
        check=one_of("plaintext", "ssl", "sasl_plaintext", "sasl_ssl"),
    )
    kafka_sasl_mechanism: str = _setting(
        "SCRAM-SHA-512",
        "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.",
        check=one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
    )
    kafka_username: str = _setting("", "User for SASL.")
    kafka_password: str = _setting("", "Password for SASL.", secret=True)
    kafka_tls_ca: str = _setting(
        "", "File of the authorities that signed Kafka's certificates; empty for the system's.", check=FILE
    )
    kafka_tls_certificate: str = _setting(
        "", "File of this client's certificate, where Kafka asks for one (mTLS).", check=FILE
    )
    kafka_tls_key: str = _setting("", "File of the private key of kafka_tls_certificate.", check=FILE)
    kafka_replication: int = _setting(
        -1,
        "Copies of each topic partition that is made; -1 leaves it to the brokers' default.replication.factor.",
        check=Check("-1, or a number of at least 1", lambda value: value == -1 or value >= 1),
    )
    kafka_session_timeout: float = _setting(
        15.0, "How long a worker may be silent before its partitions are given to others.", check=between(6)
    )
    kafka_standbys: int = _setting(
        1,
        "Workers that keep a copy of each table partition beside its owner, so that a take-over need not read it first.",
        check=NOT_NEGATIVE,
    )
    clickhouse_url: str = _setting(
        "",
        "ClickHouse server: http(s)://user:password@host:8123/database. Required for the cluster's commands.",
        secret=True,
        check=url("http", "https"),
        heading="ClickHouse",
    )
    clickhouse_cluster: str = _setting(
        "",
        "Name of the ClickHouse cluster on which tables are made replicated and sharded; empty for a single server.",
        check=matching(r"[A-Za-z0-9_.-]+|\{[a-z_]+\}", "a cluster's name, or a macro such as {cluster}"),
    )
    opensearch_url: str = _setting(
        "",
        "OpenSearch: http(s)://user:password@host:9200, several separated by commas.",
        secret=True,
        check=url("http", "https", several=True),
        heading="OpenSearch",
    )
    opensearch_shards: int = _setting(1, "Primary shards of each search index.", check=between(1))
    opensearch_replicas: int = _setting(1, "Copies of each shard of a search index.", check=NOT_NEGATIVE)
    s3_endpoint: str = _setting(
        "", "Address of an S3-compatible store; empty for AWS.", check=url("http", "https"), heading="S3"
    )
    s3_region: str = _setting("us-east-1", "Region of the bucket.")
    s3_bucket: str = _setting("", "Bucket of the archive. Required for the cluster's commands.")
    s3_artifacts_bucket: str = _setting(
        "",
        "Bucket of uploaded source maps and mappings; not the archive's, which removes what is old. Empty: nothing can be "
        "uploaded, and nothing is symbolicated.",
    )
    s3_prefix: str = _setting("", "Put before the names of the objects in both buckets.")
    s3_access_key: str = _setting("", "Access key; empty for the surroundings' own credentials.")
    s3_secret_key: str = _setting("", "Secret of s3_access_key.", secret=True)
    s3_encryption: str = _setting(
        "",
        "Encryption that the store is asked for: AES256, aws:kms, aws:kms:KEY-ID, or empty for the bucket's own.",
        check=matching("AES256|aws:kms(:.+)?", "AES256, aws:kms or aws:kms:KEY-ID"),
    )
    database_url: str = _setting(
        "",
        "PostgreSQL: postgresql://user:password@host:5432/database. Required for the cluster's commands.",
        secret=True,
        check=url("postgresql", "postgres"),
        heading="PostgreSQL",
    )
    database_pool: int = _setting(5, "Connections that one process keeps to PostgreSQL.", check=between(1))
    redis_url: str = _setting(
        "",
        "Redis: redis(s)://user:password@host:6379/0. Without it each process of the edge limits rates by itself, and each "
        "of the API attempts to log in.",
        secret=True,
        check=url("redis", "rediss"),
        heading="The edge in a cluster",
    )
    edge_processes: int = _setting(
        1, "Processes of `stacktide edge`, which share one port; 0 for one a core.", check=NOT_NEGATIVE
    )
    spool_bytes: int = _setting(
        1024 * MIB,
        "Most that one edge process keeps on disk while Kafka is away; beyond it requests are answered with 503.",
        check=between(MIB),
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings from ``STACKTIDE_*`` variables and the file that ``STACKTIDE_CONFIG`` names; ``given`` (of the
        command line) wins where it is not None.

        Raises:
            SettingError: something is wrong; the message has all that is.
        """
        # Not above: that module reads this class.
        from configuration import load

        return load(os.environ if environ is None else environ, given).settings


def variable_name(setting: str) -> str:
    """The environment variable that holds a setting."""
    return f"STACKTIDE_{setting.upper()}"
