"""The lists of ``lists.yaml``, loaded and compiled once."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import re2
import yaml

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Browser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A browser by its user agent; versions below ``least`` are legacy."""

    name: str
    pattern: str
    least: int


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``lists.yaml``."""

    crawlers: tuple[str, ...]
    browsers: tuple[Browser, ...]
    extension_origins: tuple[str, ...]
    extension_errors: tuple[str, ...]
    local_hosts: tuple[str, ...]
    local_networks: tuple[str, ...]


class Globs:
    """Globs as one regular expression of RE2: linear in the text, whatever the globs. Letter case is ignored."""

    def __init__(self, globs: Iterable[str]) -> None:
        parts = [_pattern(glob) for glob in globs]
        self._regexp = re2.compile(f"(?is)(?:{'|'.join(parts)})") if parts else None

    def __bool__(self) -> bool:
        return self._regexp is not None

    def match(self, text: str | None) -> bool:
        """Whether one of the globs matches the whole text."""
        return self._regexp is not None and text is not None and self._regexp.fullmatch(text) is not None


class Compiled(NamedTuple):
    """The lists, ready to be asked."""

    crawlers: "re2._Regexp"
    browsers: tuple[tuple["re2._Regexp", int], ...]
    extension_origins: tuple[str, ...]
    extension_errors: Globs
    local_names: frozenset[str]
    local_endings: tuple[str, ...]
    local_networks: tuple[Network, ...]


@lru_cache(maxsize=1)
def default_lists() -> Compiled:
    """The lists of the package.

    Raises:
        msgspec.ValidationError: the file has a wrong form.
    """
    path = Path(__file__).with_name("lists.yaml")
    lists: Lists = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Lists)
    return Compiled(
        re2.compile(f"(?i){'|'.join(lists.crawlers)}"),
        tuple((re2.compile(browser.pattern), browser.least) for browser in lists.browsers),
        lists.extension_origins,
        Globs(lists.extension_errors),
        frozenset(host for host in lists.local_hosts if not host.startswith(".")),
        tuple(host for host in lists.local_hosts if host.startswith(".")),
        networks(lists.local_networks),
    )


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from CIDR form or from single addresses.

    Raises:
        ValueError: one has neither form.
    """
    return tuple(ipaddress.ip_network(text.strip(), strict=False) for text in texts)


def within(address: Any, ranges: tuple[Network, ...]) -> bool:
    """Whether a text is an address in one of the networks. An IPv4 address in an IPv6 one counts as IPv4."""
    if not ranges or not isinstance(address, str):
        return False
    try:
        known = ipaddress.ip_address(address.strip())
    except ValueError:
        return False
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return any(known.version == network.version and known in network for network in ranges)


def _pattern(glob: str) -> str:
    special = {"*": ".*", "?": "."}
    return "".join(special.get(letter) or re2.escape(letter) for letter in glob)
