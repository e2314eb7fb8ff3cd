"""The one error of this package."""


class ServerError(RuntimeError):
    """A server could not be prepared or started; the message says why and ends with the last lines of its log."""
