"""Which key a request claims to have. Pure: looking the key up is ``keys.py``'s part."""

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ingest.errors import Unauthorised

_SENTRY_KEY = re.compile(r"sentry_key=\s*([^\s,&]+)")
_SENTRY_CLIENT = re.compile(r"sentry_client=\s*([^,&]+)")


class Claim(NamedTuple):
    """What a request says of itself. ``client`` names the SDK, empty where it does not say."""

    public_key: str
    client: str


def sentry_claim(headers: Mapping[str, str], query: str) -> Claim | None:
    """The claim of a request of Sentry's protocol, or None where neither headers nor query have one.

    In this order: ``X-Sentry-Auth``, ``Authorization: Sentry …``, ``?sentry_key=``, ``Authorization: Basic
    …``. ``query`` is the query string as sent.
    """
    if (auth := headers.get("X-Sentry-Auth")) is not None and (claim := _parse_sentry_auth(auth)):
        return claim
    authorization = headers.get("Authorization", "")
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "sentry" and (claim := _parse_sentry_auth(credentials)):
        return claim
    if "sentry_key=" in query and (claim := _parse_sentry_auth(unquote(query))):
        return claim
    if scheme.lower() == "basic" and (user := _basic_user(credentials)):
        return Claim(user, "")
    return None


def native_claim(headers: Mapping[str, str]) -> Claim:
    """The claim of a request of our own protocol: ``Authorization: Bearer KEY`` or ``X-Stacktide-Key``.

    Raises:
        Unauthorised: there is none.
    """
    if key := headers.get("X-Stacktide-Key", "").strip():
        return Claim(key, "")
    scheme, _, credentials = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return Claim(credentials.strip(), "")
    raise Unauthorised(
        "key_missing",
        "The request has no key. Send the project's public key as 'Authorization: Bearer KEY' or 'X-Stacktide-Key'.",
    )


def dsn_claim(dsn: object) -> Claim:
    """The claim of an envelope whose header holds a DSN, ``scheme://KEY[:SECRET]@host[/prefix]/PROJECT``.

    Raises:
        Unauthorised: it is not a DSN; this was the last place to look for a key.
    """
    if isinstance(dsn, str):
        try:
            user = urlsplit(dsn).username
        except ValueError:
            user = None
        if user:
            return Claim(user, "")
    raise Unauthorised(
        "key_missing",
        "The request has no key. Send it in X-Sentry-Auth, as ?sentry_key=, or as the dsn of the envelope's header; "
        "an SDK does so by itself when it is given the project's DSN.",
    )


@lru_cache(maxsize=1024)
def _parse_sentry_auth(text: str) -> Claim | None:
    key = _SENTRY_KEY.search(text)
    if key is None:
        return None
    client = _SENTRY_CLIENT.search(text)
    return Claim(key.group(1), client.group(1).strip() if client else "")


def _basic_user(credentials: str) -> str:
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, ValueError):
        return ""
