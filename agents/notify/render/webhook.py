"""An alert as a webhook, signed as the Standard Webhooks specification (standardwebhooks.com) has it."""

import base64
import binascii
import hashlib
import hmac
import secrets

import msgspec

from agents.notify.notice import Notice

PREFIX = "whsec_"
#: ``CloudEvent.type`` of what is no alert: somebody tried the channel; somebody looks after an alert.
TEST_TYPE = "dev.stacktide.alert.test.v1"
ACKNOWLEDGED_TYPE = "dev.stacktide.alert.acknowledged.v1"


def webhook_of(notice: Notice) -> bytes:
    """The body: the CloudEvent, as it stands on ``alerts-evaluated``."""
    (told,) = notice.told
    event = told.event
    if notice.test:
        event = msgspec.structs.replace(event, type=TEST_TYPE)
    elif told.state == "acknowledged":
        event = msgspec.structs.replace(
            event, type=ACKNOWLEDGED_TYPE, id=f"{event.data.alert_id}:acknowledged"
        )
    return msgspec.json.encode(event)


def signed_headers(key: str, body: bytes, secret: str, now: float) -> dict[str, str]:
    """The headers that tell who sent a body, when (Unix seconds), and that it is the same again if it is."""
    timestamp = str(int(now))
    signed = b".".join((key.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(secret_key(secret), signed, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/cloudevents+json",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }


def new_secret() -> str:
    """A secret made at random."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def secret_key(secret: str) -> bytes:
    """The bytes of a secret.

    Raises:
        ValueError: it has not the form of one, or is not from 24 to 64 bytes long.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("A webhook's secret is whsec_ followed by base64.") from error
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("A webhook's secret is whsec_ followed by 24 to 64 bytes in base64.")
    return key
