"""Small operations on files that must survive a crash."""

import errno
import fcntl
import os
from pathlib import Path

from embedded.log.errors import LogFull, LogLocked
from stores.errors import StoreUnavailable

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def write_all(fd: int, data: bytes | bytearray | memoryview, position: int) -> None:
    """Write all of ``data`` at a position, however many writes it takes."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, position)
        if written == 0:
            raise OSError(errno.ENOSPC, "nothing could be written")
        view = view[written:]
        position += written


def read_all(fd: int, length: int, position: int) -> bytes:
    """``length`` bytes at a position, or fewer where the file ends."""
    data = os.pread(fd, length, position)
    while len(data) < length and (more := os.pread(fd, length - len(data), position + len(data))):
        data += more
    return data


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def replace_file(path: Path, data: bytes | bytearray) -> None:
    """Put ``data`` in place of a file, whole or not at all, through a crash."""
    temporary = path.with_name(path.name + ".tmp")
    fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(fd, data, 0)
        os.fsync(fd)
    finally:
        os.close(fd)
    temporary.replace(path)
    sync_folder(path.parent)


def store_error(error: OSError, path: Path) -> StoreUnavailable:
    """The error that a caller of the log sees when a file cannot be written."""
    if error.errno in _NO_ROOM:
        return LogFull(
            f"No room to write {path} ({error.strerror}). Nothing that was acknowledged is affected; free some disk "
            "space, or lower the retention, and appends work again."
        )
    return StoreUnavailable(
        f"Cannot write {path}: {error.strerror or error}. Nothing of this append is kept."
    )


def lock_folder(folder: Path) -> int:
    """Take the folder's lock; returns the file descriptor that holds it until it is closed or the process ends.

    Raises:
        LogLocked: another holds it.
    """
    path = folder / "lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = read_all(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        if holder == str(os.getpid()):
            advice = "That is this process: share the log with Log.shared() instead of opening it twice."
        else:
            advice = "Stop that process, or choose another folder, or open the log read-only."
        raise LogLocked(f"The log in {folder} is in use by the process with pid {holder}. {advice}") from None
    os.ftruncate(fd, 0)
    write_all(fd, f"{os.getpid()}\n".encode(), 0)
    return fd
