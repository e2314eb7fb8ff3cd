"""A topic's metadata, kept as ``topic.json`` in the topic's folder."""

import re
from pathlib import Path

import msgspec

from embedded.log.errors import LogCorrupt
from embedded.log.files import replace_file, sync_folder
from stores.errors import StoreRejected

DAY = 86_400.0
METADATA = "topic.json"

#: Kafka's rule for names of topics (org.apache.kafka.common.internals.Topic).
_LEGAL_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")


class TopicConfig(msgspec.Struct, frozen=True):
    """How long a topic keeps its records.

    ``retention`` is in seconds (the default is Kafka's) and ``retention_bytes`` in bytes for each partition; None sets no
    bound.
    Both apply only with ``delete``. With ``compact`` the latest record of each key is kept, others go.
    """

    retention: float | None = 7 * DAY
    retention_bytes: int | None = None
    compact: bool = False
    delete: bool = True


class TopicMetadata(msgspec.Struct, frozen=True):
    """A topic. ``generation`` is when it was made, in Unix milliseconds."""

    name: str
    partitions: int
    generation: int
    config: TopicConfig


def check_name(name: str) -> None:
    """See that a topic may be called this.

    Raises:
        StoreRejected: it may not.
    """
    if not _LEGAL_NAME.fullmatch(name) or name in {".", ".."}:
        raise StoreRejected(
            f"{name!r} cannot be a topic: a name has 1 to 249 letters, digits, dots, underscores and hyphens."
        )


def write_metadata(folder: Path, metadata: TopicMetadata) -> None:
    """Keep a new topic's metadata, durably."""
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / METADATA, msgspec.json.format(msgspec.json.encode(metadata)) + b"\n")
    sync_folder(folder.parent)


def read_metadata(folder: Path) -> TopicMetadata | None:
    """A topic's metadata, or None where a crash left the folder without any.

    Raises:
        LogCorrupt: the file cannot be read.
    """
    path = folder / METADATA
    try:
        return msgspec.json.decode(path.read_bytes(), type=TopicMetadata)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise LogCorrupt(f"{path} is not a topic's metadata: {error}. Restore it from a backup.") from error
