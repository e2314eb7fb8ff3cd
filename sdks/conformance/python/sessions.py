"""Reports sessions through sentry-sdk 2.75: of a program one that is healthy, one with an error and one that crashes, and five
of a server's requests, of which one fails.

Usage: python sessions.py DSN
"""

import sys

import sentry_sdk
from sentry_sdk.sessions import track_session
from sentry_sdk.utils import event_from_exception


def capture_crash(error: Exception) -> None:
    """Report an exception as an integration does that has caught it at the outermost."""
    mechanism = {"type": "excepthook", "handled": False}
    event, hint = event_from_exception(error, sentry_sdk.get_client().options, mechanism)
    sentry_sdk.capture_event(event, hint=hint)


def main(dsn: str) -> None:
    """Report all, and wait until they are sent."""
    sentry_sdk.init(dsn=dsn, release="shop@1.2.3", environment="conformance", auto_session_tracking=True)
    for number, state in enumerate(("healthy", "errored", "crashed")):
        with sentry_sdk.isolation_scope() as scope:
            scope.set_user({"id": f"user-{number}"})
            with track_session(scope, session_mode="application"):
                if state == "errored":
                    sentry_sdk.capture_exception(ValueError("no price"))
                if state == "crashed":
                    capture_crash(RuntimeError("no more"))
    for number in range(5):
        with sentry_sdk.isolation_scope() as scope, track_session(scope, session_mode="request"):
            if number == 0:
                sentry_sdk.capture_exception(KeyError("total"))
    sentry_sdk.get_client().session_flusher.flush()
    sentry_sdk.flush(timeout=10)


if __name__ == "__main__":
    main(sys.argv[1])
