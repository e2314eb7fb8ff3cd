"""Sends one exception and one message through raven 6.10, the SDK before sentry-sdk, and prints their ids.

Usage: python raven_client.py DSN
"""

import json
import sys

from raven import Client
from raven.transport.http import HTTPTransport


def price_of(order):
    """Fail two calls deep, so that there is a stack trace."""
    return total(order) // order["items"]


def total(order):
    """Look up what is not there."""
    return order["total"]


def main(dsn):
    """Send both; this transport returns when they are sent."""
    client = Client(dsn, transport=HTTPTransport, release="shop@1.2.3", environment="conformance")
    try:
        price_of({"items": 2})
    except KeyError:
        exception_id = client.captureException()
    message_id = client.captureMessage("checkout took 7 s", level="warning")
    for kind, event_id in (("exception", exception_id), ("message", message_id)):
        sys.stdout.write(json.dumps({"kind": kind, "event_id": event_id}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
