"""What a change of a setting would do to a topic."""

from collections.abc import Iterator

from runtime.tuning.wording import Installation, Tuned, Tuning, bytes_text
from settings import variable_name


def topic_tuning(topic: str, partitions: int, where: Installation) -> Tuned:
    """The settings that concern a topic."""
    return Tuned(topic, [_partitions(topic, partitions), *_log_settings(where)])


def _partitions(topic: str, partitions: int) -> Tuning:
    return Tuning(
        "partitions",
        variable_name("partitions"),
        str(partitions),
        "Records of one key lie in one partition, in order; that many workers of a stage can share the topic.",
        "",
        f"Fixed since {topic} was made: another number sends keys to other partitions than those in which their state lies. "
        "The variable counts only when the topics of a new installation are made.",
    )


def _log_settings(where: Installation) -> Iterator[Tuning]:
    settings = where.settings
    if where.is_cluster:
        yield Tuning(
            "kafka_replication",
            variable_name("kafka_replication"),
            str(settings.kafka_replication),
            "So many brokers keep a copy of each partition; -1 leaves it to the brokers. More copies survive the loss of more "
            "brokers, and cost their disk and network.",
            "",
            "Counts when topics are made; Kafka's own tools change those that exist.",
        )
        return
    change = where.restart("")
    yield Tuning(
        "log_retention_bytes",
        variable_name("log_retention_bytes"),
        bytes_text(settings.log_retention_bytes) if settings.log_retention_bytes else "no bound",
        "Beyond so much in a partition the oldest records go before their days are over, though never those that a stage has "
        "not consumed yet.",
        "",
        change,
    )
    yield Tuning(
        "log_linger",
        variable_name("log_linger"),
        f"{settings.log_linger:g} s",
        "Records are gathered for so long into one write to the disk, of all topics together. Longer makes fewer writes, and "
        "whoever sends waits for longer.",
        "",
        change,
    )
