"""What ClickHouse's errors mean: whether the same may be tried again."""

from clickhouse_connect.driver.exceptions import Error, ProgrammingError

from stores.errors import StoreError, StoreRejected, StoreUnavailable

#: Codes after which the same may succeed later (ClickHouse ``src/Common/ErrorCodes.cpp``): out of memory, disk, time or
#: parts, or stopping. Everything else is refused for what it is.
_TEMPORARY = {
    74: "CANNOT_READ_FROM_FILE_DESCRIPTOR",
    75: "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
    76: "CANNOT_OPEN_FILE",
    159: "TIMEOUT_EXCEEDED",
    160: "TOO_SLOW",
    173: "CANNOT_ALLOCATE_MEMORY",
    201: "QUOTA_EXCEEDED",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    209: "SOCKET_TIMEOUT",
    210: "NETWORK_ERROR",
    236: "ABORTED",
    241: "MEMORY_LIMIT_EXCEEDED",
    242: "TABLE_IS_READ_ONLY",
    243: "NOT_ENOUGH_SPACE",
    252: "TOO_MANY_PARTS",
    279: "ALL_CONNECTION_TRIES_FAILED",
    394: "QUERY_WAS_CANCELLED",
    425: "SYSTEM_ERROR",
    439: "CANNOT_SCHEDULE_TASK",
    999: "KEEPER_EXCEPTION",
    1001: "STD_EXCEPTION",
}


def store_error(error: Exception, doing: str) -> StoreError:
    """The store's error for an error of clickhouse-connect, of the engine or of the operating system.

    ``doing`` says what was tried. Values that cannot be encoded are the caller's fault: the store would never take them.
    """
    code = getattr(error, "code", None)
    message = f"ClickHouse failed {doing}: {_first_line(error)}"
    if code in _TEMPORARY:
        return StoreUnavailable(f"{message} It is worth another try.")
    if isinstance(error, ProgrammingError):
        return StoreUnavailable(message)
    if isinstance(error, (Error, TypeError, ValueError, OverflowError)):
        return StoreRejected(message)
    return StoreUnavailable(message)


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:500]
