"""Whether processes are there."""

import os
import time
from pathlib import Path


def exists(pid: int) -> bool:
    """Whether the process runs. One that ended, and whose parent has not asked yet, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int, within: float = 20.0) -> bool:
    """Whether the process ends ``within`` so many seconds."""
    deadline = time.monotonic() + within
    while exists(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
