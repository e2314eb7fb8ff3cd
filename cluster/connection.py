"""How every Kafka client of Stacktide connects: addresses, TLS, SASL."""

import ssl
from typing import Any

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import KafkaError

from settings import SettingError, Settings

#: A request that takes longer is given up and sent again, in seconds.
REQUEST_TIMEOUT = 10.0


def bootstrap_servers(settings: Settings) -> list[str]:
    """The addresses at which Kafka is first asked.

    Raises:
        SettingError: none is set.
    """
    servers = [server.strip() for server in settings.kafka.split(",") if server.strip()]
    if not servers:
        raise SettingError(
            "STACKTIDE_KAFKA is not set. Name Kafka's bootstrap servers, such as kafka-1:9092."
        )
    return servers


def connection_options(settings: Settings) -> dict[str, Any]:
    """What aiokafka's clients take to connect.

    Raises:
        SettingError: no server is set, or a certificate cannot be read.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap_servers(settings),
        "security_protocol": settings.kafka_security.upper(),
        "request_timeout_ms": int(REQUEST_TIMEOUT * 1000),
        "retry_backoff_ms": 200,
    }
    if settings.kafka_security.endswith("ssl"):
        options["ssl_context"] = _tls(settings)
    if settings.kafka_security.startswith("sasl"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_username
        options["sasl_plain_password"] = settings.kafka_password
    return options


async def why_refused(settings: Settings) -> str:
    """What is wrong with the connection to the first broker that does not let us in; empty where all do.

    aiokafka's clients only say that they could not connect to any, and log why.
    """
    options = connection_options(settings)
    for host, port, _ in collect_hosts(options.pop("bootstrap_servers"), randomize=False):
        options.pop("retry_backoff_ms", None)
        try:
            connection = await create_conn(host, port, **options)
        except (OSError, KafkaError, TimeoutError) as error:
            return f"{host}:{port}: {error or type(error).__name__}"
        connection.close()
    return ""


def _tls(settings: Settings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.kafka_tls_ca or None)
        if settings.kafka_tls_certificate:
            context.load_cert_chain(settings.kafka_tls_certificate, settings.kafka_tls_key or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            "The files of STACKTIDE_KAFKA_TLS_CA, STACKTIDE_KAFKA_TLS_CERTIFICATE and STACKTIDE_KAFKA_TLS_KEY cannot be "
            f"used: {error}"
        ) from error
    return context
