"""Free ports that stay free while a server is down."""

import random
import socket

# Below the ports that systems hand to outgoing connections (Linux from 32768, macOS from 49152): otherwise a client that
# tries to reconnect to a killed server could itself be given the server's port, and the restart would fail.
_FIRST, _LAST = 20_000, 32_000

_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nothing listens, and that no earlier call of this process returned."""
    while True:
        port = random.randrange(_FIRST, _LAST)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def accepts(port: int) -> bool:
    """Whether something listens on a port of 127.0.0.1."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
