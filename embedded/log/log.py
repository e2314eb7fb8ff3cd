"""The embedded log: topics of partitions on disk, in one process, for any number of users in it."""

from embedded.log.administration import TopicAdministration
from embedded.log.appends import Appends
from embedded.log.consumer_groups import ConsumerGroups
from embedded.log.reads import Reads


class Log(TopicAdministration, Appends, Reads, ConsumerGroups):
    """The log in one folder, made by ``open`` or ``shared``. It is the port ``stores.ports.Log``, and more.

    All methods belong to one event loop, that of ``start``. Every wait for the disk is done in threads.
    """
