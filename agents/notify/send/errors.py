"""How a receiver may fail.

``ReceiverError``
├── ``ReceiverUnavailable``   it cannot be reached or takes nothing just now: the same is tried again later
└── ``ReceiverRefused``       it understood and refused, or cannot be what was meant: the same would be refused again
"""


class ReceiverError(Exception):
    """A receiver did not take a message; the message is for the person who set up the channel, and holds no secret."""


class ReceiverUnavailable(ReceiverError):
    """It takes nothing just now. ``retry_after``: for how many seconds, where it said so."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ReceiverRefused(ReceiverError):
    """It will not take this."""
