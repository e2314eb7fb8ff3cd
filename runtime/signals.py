"""How a process is asked to stop."""

import asyncio
import signal


def stop_signal() -> asyncio.Event:
    """Set once SIGINT or SIGTERM has come. For the running event loop, in the main thread."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
