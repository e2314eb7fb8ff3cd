"""How a process is asked to stop."""

import asyncio
import signal


def stop_signal() -> "asyncio.Future[None]":
    """Done once SIGINT or SIGTERM has come."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not stop.done():
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    return stop
