"""Sends one exception and one message through sentry-sdk (1.45 and 2.75 alike), and prints their ids.

Usage: python sentry.py DSN
"""

import json
import sys

import sentry_sdk


def price_of(order: dict[str, int]) -> int:
    """Fail two calls deep, so that there is a stack trace."""
    return total(order) // order["items"]


def total(order: dict[str, int]) -> int:
    """Look up what is not there."""
    return order["total"]


def main(dsn: str) -> None:
    """Send both and wait until they are sent."""
    sentry_sdk.init(dsn=dsn, release="shop@1.2.3", environment="conformance")
    try:
        price_of({"items": 2})
    except KeyError as error:
        exception_id = sentry_sdk.capture_exception(error)
    message_id = sentry_sdk.capture_message("checkout took 7 s", level="warning")
    sentry_sdk.flush(timeout=10)
    for kind, event_id in (("exception", exception_id), ("message", message_id)):
        sys.stdout.write(json.dumps({"kind": kind, "event_id": event_id}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
