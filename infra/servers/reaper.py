"""Kills the servers when the process that started them is gone, however it went.

A process of its own: it reads ``+PID`` and ``-PID`` lines from its standard input, a pipe whose other end only the starting
process holds. At the end of that input it kills the process groups that are still listed. A parent-death signal
(``PR_SET_PDEATHSIG``) would not do: it is Linux's alone, and it fires when the *thread* that started the server ends.
"""

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import threading

_lock = threading.Lock()
_reaper: subprocess.Popen[bytes] | None = None
_owner = 0


def watch(pid: int) -> None:
    """Have the process group ``pid`` killed when this process ends."""
    _tell(f"+{pid}\n")


def forget(pid: int) -> None:
    """The process group ``pid`` has ended."""
    _tell(f"-{pid}\n")


def _tell(line: str) -> None:
    global _reaper, _owner
    with _lock:
        if _reaper is None or _owner != os.getpid():
            _reaper = subprocess.Popen(
                [sys.executable, "-S", __file__], stdin=subprocess.PIPE, start_new_session=True
            )
            _owner = os.getpid()
            atexit.register(_close, _reaper)
        assert _reaper.stdin is not None
        _reaper.stdin.write(line.encode())
        _reaper.stdin.flush()


def _close(reaper: subprocess.Popen[bytes]) -> None:
    if _owner == os.getpid() and reaper.stdin is not None:
        reaper.stdin.close()
        reaper.wait()


def _main() -> None:
    watched: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        watched.add(pid) if line[0] == "+" else watched.discard(pid)
    for pid in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    _main()
