"""The topics, as their YAML files declare them. There is one file a topic, and this is the only place that reads them."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

DLQ_SUFFIX = "-dlq"


class TopicDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One topic. ``partitions`` is the cluster's default; the setting ``partitions`` overrides it.

    ``consumers`` are the agents that take its records in turn, ``followers`` those that read it whole
    (``agents/followed.py``). A topic without consumers has no DLQ, and its number of partitions is fixed. Without
    ``retention_days`` records are kept without end; ``dlq_retention_days`` is for how long bad ones are.
    """

    name: str
    description: str
    key: str
    value: str
    partitions: int
    producer: str
    retention_days: float | None = None
    dlq_retention_days: float = 30.0
    consumers: list[str] = []
    followers: list[str] = []
    headers: str = ""
    compacted: bool = False

    @property
    def retention(self) -> float | None:
        """Seconds for which a record is kept."""
        return None if self.retention_days is None else self.retention_days * 86_400.0

    @property
    def dlq_retention(self) -> float:
        """Seconds for which a bad record is kept."""
        return self.dlq_retention_days * 86_400.0

    @property
    def dlq(self) -> str:
        """Name of the topic on which this topic's bad records are put aside."""
        return self.name + DLQ_SUFFIX


@cache
def declared_topics() -> dict[str, TopicDeclaration]:
    """All declared topics by name, in the order of the flow as far as file names give it.

    Raises:
        msgspec.ValidationError: a YAML file has the wrong form.
    """
    folder = Path(__file__).parent
    declarations = (
        msgspec.convert(yaml.safe_load(path.read_text()), TopicDeclaration)
        for path in sorted(folder.glob("*.yaml"))
    )
    return {declaration.name: declaration for declaration in declarations}


def consumed_topics() -> list[str]:
    """Names of the topics that agents consume, each of which has a DLQ."""
    return [name for name, declared in declared_topics().items() if declared.consumers]


#: Partitions of the topics of events, which every table shares. A test holds the YAML files to it.
EVENT_PARTITIONS = 16


class TopicPlan(NamedTuple):
    """How a topic is to be made. ``retention`` is in seconds, None for without end; a compacted topic with one is deleted from
    too."""

    name: str
    partitions: int
    retention: float | None
    compacted: bool


def planned_topics(partitions: int = 0) -> list[TopicPlan]:
    """Every topic that must exist, DLQs among them; those that agents consume have ``partitions``, or each its own number
    where that is 0."""
    plans = []
    for declared in declared_topics().values():
        number = partitions if partitions and declared.consumers else declared.partitions
        plans.append(TopicPlan(declared.name, number, declared.retention, declared.compacted))
        if declared.consumers:
            plans.append(TopicPlan(declared.dlq, number, declared.dlq_retention, False))
    return plans
