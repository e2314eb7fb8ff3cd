"""A durable, partitioned log in a folder: what Kafka is to a cluster, for one process. See docs/embedded-log.md."""

from embedded.log.errors import LogCorrupt, LogFull, LogLocked
from embedded.log.log import Log
from embedded.log.topic import TopicConfig
from embedded.log.watch import Watch

__all__ = ["Log", "LogCorrupt", "LogFull", "LogLocked", "TopicConfig", "Watch"]
