"""What a setting's value may be, beyond its type. Pure, but that a file must exist to be named."""

import math
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Check(NamedTuple):
    """``takes`` completes the sentence "The setting takes …"; ``accepts`` gets a value of the setting's type."""

    takes: str
    accepts: Callable[[Any], bool]


def between(low: float, high: float = math.inf) -> Check:
    """A number, bounds included."""
    takes = f"a number from {low:g} to {high:g}" if high < math.inf else f"a number of at least {low:g}"
    return Check(takes, lambda value: low <= value <= high and math.isfinite(value))


POSITIVE = Check("a number above 0", lambda value: value > 0 and math.isfinite(value))
NOT_NEGATIVE = between(0)


def one_of(*choices: str) -> Check:
    """One of some words."""
    return Check(f"{', '.join(choices[:-1])} or {choices[-1]}", lambda value: value in choices)


def matching(pattern: str, takes: str) -> Check:
    """A text that a pattern matches as a whole, or an empty one."""
    compiled = re.compile(pattern)
    return Check(takes, lambda value: not value or compiled.fullmatch(value) is not None)


def url(*schemes: str, several: bool = False) -> Check:
    """An address with a host, or several separated by commas, or an empty text."""
    takes = f"{'addresses' if several else 'an address'} such as {schemes[0]}://host:port"

    def accepts(value: str) -> bool:
        parts = value.split(",") if several else [value]
        return not value or all(_is_url(part.strip(), schemes) for part in parts)

    return Check(takes + (", separated by commas" if several else ""), accepts)


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _are_hosts(value: str) -> bool:
    return all(_is_url(f"tcp://{part.strip()}", ("tcp",)) and _has_port(part) for part in value.split(","))


def _has_port(text: str) -> bool:
    return urlsplit(f"tcp://{text.strip()}").port is not None


HOSTS = Check("host:port, several separated by commas", lambda value: not value or _are_hosts(value))

FILE = Check("the path of a file that can be read", lambda value: not value or Path(value).is_file())


def _are_networks(value: str) -> bool:
    try:
        for part in value.split(","):
            if part.strip():
                ip_network(part.strip(), strict=False)
    except ValueError:
        return False
    return True


NETWORKS = Check("networks such as 10.0.0.0/8,::1", _are_networks)
