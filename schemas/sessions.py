"""The values of the topics of sessions. A session is one use of a program, from its start to its end or its crash."""

import msgspec


class SessionReport(msgspec.Struct, frozen=True):
    """Value of ``sessions-received``: what a client says of one session so far, or of several that are over.

    Each session is in one state, the worst that it came to: ``healthy``, ``errored``, ``abnormal`` (it ended, and nobody
    knows how) or ``crashed``. Reports of one ``id`` are about the same sessions; of what they say the worst holds, so
    neither order nor repeats matter. ``started`` is in Unix seconds, ``user`` a hash (``schemas/users.py``).
    """

    project: int
    id: str
    release: str
    environment: str
    started: float
    healthy: int = 0
    errored: int = 0
    abnormal: int = 0
    crashed: int = 0
    user: int | None = None


class SessionCount(msgspec.Struct, frozen=True):
    """Value of ``sessions-counted``: the running totals of one bucket of one release and environment from one input partition.

    ``bucket`` is the Unix second at which the bucket begins in which the sessions started, and ``width`` its seconds.
    ``sessions`` counts all, ``errored`` those that came to this state or a worse one, ``abnormal`` and ``crashed`` likewise;
    so none of them ever falls, and of the same (project, release, environment, bucket, partition, opened) the largest of
    each holds. Publishing one twice changes nothing. ``users`` and ``crashed_users`` are hashes of the users of the sessions
    that were reported since the totals before: those of a bucket are the union over all its totals. ``opened`` is the
    position at which the totals began; totals of one bucket that were opened at different positions add up.
    """

    project: int
    release: str
    environment: str
    bucket: int
    width: int
    partition: int
    opened: str
    sessions: int
    errored: int
    abnormal: int
    crashed: int
    users: tuple[int, ...] = ()
    crashed_users: tuple[int, ...] = ()
