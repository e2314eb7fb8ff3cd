"""Users whose address is not kept are still told apart: what stands for a field that was taken out whole says whose it was.

The pseudonym is a hash, so it can be compared and not read. Whoever has the store and guesses an address can confirm the
guess, unless the project has set a ``hash_key``.
"""

from hashlib import blake2b
from typing import Any

_PLACES = ("user", "sentry.interfaces.User")
_FIELDS = ("id", "email", "username")


def with_pseudonyms(before: dict[str, Any], after: dict[str, Any], key: str) -> dict[str, Any]:
    """The clean payload ``after``, in which users have pseudonyms; ``before`` is the client's own."""
    for place in _PLACES:
        known, clean = before.get(place), after.get(place)
        if clean is known or known.__class__ is not dict or clean.__class__ is not dict:
            continue
        changed = {
            field: pseudonym(clean[field].strip(), known[field], key)
            for field in _FIELDS
            if _is_marker(clean.get(field)) and clean[field] != known.get(field)
        }
        if changed:
            after = {**after, place: {**clean, **changed}}
    return after


def pseudonym(marker: str, value: Any, key: str) -> str:
    """What stands for a user's ``value``: ``[email 16 hex digits]`` of BLAKE2b (RFC 7693) under a key of at most 64 bytes.
    Letter case and blanks around it are ignored."""
    text = str(value).strip().lower()
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8, key=key.encode()[:64])
    return f"{marker[:-1]} {digest.hexdigest()}]"


def _is_marker(value: Any) -> bool:
    if value.__class__ is not str:
        return False
    text = value.strip()
    return bool(text.startswith("[") and text.endswith("]") and " " not in text)
