"""What ClickHouse's errors mean: whether the same may be tried again."""

import re

from clickhouse_connect.driver.exceptions import Error, OperationalError, ProgrammingError

from stores.errors import LeaseExpired, StoreError, StoreRejected, StoreUnavailable

#: Codes after which the same may succeed later (ClickHouse ``src/Common/ErrorCodes.cpp``): out of memory, disk, time or
#: parts, stopping, not yet made by a migration, or without enough replicas. Everything else is refused for what it is.
_TEMPORARY = {
    74: "CANNOT_READ_FROM_FILE_DESCRIPTOR",
    75: "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
    76: "CANNOT_OPEN_FILE",
    81: "UNKNOWN_DATABASE",
    159: "TIMEOUT_EXCEEDED",
    160: "TOO_SLOW",
    173: "CANNOT_ALLOCATE_MEMORY",
    198: "DNS_ERROR",
    201: "QUOTA_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    203: "NO_FREE_CONNECTION",
    209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR",
    225: "NO_ZOOKEEPER",
    236: "ABORTED",
    241: "MEMORY_LIMIT_EXCEEDED",
    242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE",
    252: "TOO_MANY_PARTS",
    279: "ALL_CONNECTION_TRIES_FAILED",
    285: "TOO_FEW_LIVE_REPLICAS",
    286: "UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE",
    319: "UNKNOWN_STATUS_OF_INSERT",
    341: "UNFINISHED",
    369: "ALL_REPLICAS_ARE_STALE",
    394: "QUERY_WAS_CANCELLED",
    425: "SYSTEM_ERROR",
    439: "CANNOT_SCHEDULE_TASK",
    473: "DEADLOCK_AVOIDED",
    497: "ACCESS_DENIED",
    516: "AUTHENTICATION_FAILED",
    517: "CANNOT_ASSIGN_ALTER",
    519: "NO_REMOTE_SHARD_AVAILABLE",
    745: "SERVER_OVERLOADED",
    999: "KEEPER_EXCEPTION",
    1001: "STD_EXCEPTION",
}


_VIOLATED_CONSTRAINT = 469
_LEASE = "Constraint `lease`"
_CODE = re.compile(r"\bCode: (\d+)\.")
#: What clickhouse-connect says of an answer that does not come from ClickHouse, but from a proxy before it.
_NOT_CLICKHOUSE = "HTTP driver received HTTP status"


def store_error(error: Exception, doing: str) -> StoreError:
    """The store's error for an error of clickhouse-connect, of the engine or of the operating system.

    ``doing`` says what was tried. Values that cannot be encoded are the caller's fault: the store would never take them.
    """
    code = _code_of(error)
    message = f"ClickHouse failed {doing}: {_first_line(error)}"
    if code == _VIOLATED_CONSTRAINT and _LEASE in str(error):
        return LeaseExpired(message)
    if code in _TEMPORARY:
        return StoreUnavailable(f"{message} It is worth another try.")
    if code is None and (
        isinstance(error, (OperationalError, ProgrammingError)) or _NOT_CLICKHOUSE in str(error)
    ):
        return StoreUnavailable(message)
    if isinstance(error, (Error, TypeError, ValueError, OverflowError)):
        return StoreRejected(message)
    return StoreUnavailable(message)


def _code_of(error: Exception) -> int | None:
    """ClickHouse's code of an error. One in the middle of a result is in the text alone."""
    code: int | None = getattr(error, "code", None)
    if code is None and isinstance(error, Error) and (match := _CODE.search(str(error))):
        return int(match[1])
    return code


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:500]
