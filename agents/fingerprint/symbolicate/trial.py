"""Reads a map once in a process of its own, run as a program: a hostile one ends that process and nothing else.

The parsers of ``symbolic`` are recursive: a script of 100 KB that nests deeply overflows their stack, which no exception
handler survives, and some scripts take time that grows with the square of their length. So a map is first read here, with a
smaller stack, and then by the service.

Arguments: ``source_map SCRIPT MAP`` or ``proguard MAPPING``, paths of files. Exit status 0: the map can be read.
"""

import resource
import sys
import threading
from pathlib import Path

#: Bytes of stack: here, and for the thread of the service that reads a map afterwards.
TRIAL_STACK = 8 * 1024 * 1024
READING_STACK = 16 * 1024 * 1024
#: Seconds of CPU, and bytes of memory. A source map of 64 MiB takes about a second.
CPU_SECONDS = 10
_MEMORY = 4 * 1024**3


def main(arguments: list[str]) -> int:
    """Read the map; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    read: list[bool] = []
    threading.stack_size(TRIAL_STACK)
    thread = threading.Thread(target=_read, args=(arguments, read))
    thread.start()
    thread.join()
    return 0 if read else 1


def _read(arguments: list[str], read: list[bool]) -> None:
    # Imported here: only one of the two is needed.
    from symbolic.exceptions import SymbolicError

    kind, *paths = arguments
    try:
        if kind == "proguard":
            from symbolic.proguard import ProguardMapper

            ProguardMapper.open(paths[0])
        else:
            from symbolic.sourcemapcache import SourceMapCache

            SourceMapCache.from_bytes(Path(paths[0]).read_bytes(), Path(paths[1]).read_bytes())
    except SymbolicError:
        return
    read.append(True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
