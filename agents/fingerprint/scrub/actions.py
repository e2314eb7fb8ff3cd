"""What a custom rule puts in place of what it removes."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import msgspec

from agents.fingerprint.scrub.paths import Path
from schemas.scrubbing import CustomRule

#: Characters that a mask leaves to see, and how long a value must be for that.
_SHOWN = 4
_LEAST_MASKED = 8


def text_action(rule: CustomRule, key: str) -> Callable[[str], str]:
    """The function from removed text to its replacement. ``key`` is that of the hash."""
    if rule.action == "remove":
        return lambda _text: ""
    if rule.action == "mask":
        return masked
    if rule.action == "hash":
        return lambda text: hashed(text, key)
    return lambda _text: rule.replacement


def value_action(rule: CustomRule, key: str, value: Any) -> Any:
    """The replacement of a whole value, which may be of any JSON type; null stays null."""
    if value is None or rule.action == "remove":
        return None
    text = value if value.__class__ is str else msgspec.json.encode(value).decode()
    return text_action(rule, key)(text)


def masked(text: str) -> str:
    """``*`` for each character, but for the last four of a text of at least eight."""
    shown = _SHOWN if len(text) >= _LEAST_MASKED else 0
    return "*" * (len(text) - shown) + text[len(text) - shown :]


def hashed(text: str, key: str) -> str:
    """``[hash:…]`` with 16 hex digits of BLAKE2b (RFC 7693) under a key of at most 64 bytes."""
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8, key=key.encode()[:64])
    return f"[hash:{digest.hexdigest()}]"


def with_value(data: Any, path: Path, value: Any) -> Any:
    """A copy of ``data`` with the value at ``path`` replaced; what does not lie on the path is shared."""
    copies = [data.copy()]
    for part in path[:-1]:
        inner = copies[-1][part].copy()
        copies[-1][part] = inner
        copies.append(inner)
    copies[-1][path[-1]] = value
    return copies[0]
