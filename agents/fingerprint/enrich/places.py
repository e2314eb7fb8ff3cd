"""Where an address is: the registries' country by default, or what an mmdb file says.

What the default is, and why: docs/decisions/0015-countries-from-the-registries.md.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import iptocc
import maxminddb

from agents.fingerprint import limits
from agents.fingerprint.coerce import trimmed

#: ``country_code`` (ISO 3166-1 alpha-2) and, where the data has them, ``region`` and ``city`` in English.
Place = dict[str, str]

#: What an address can consist of: the libraries raise other errors for other texts.
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def country_place(address: str) -> Place | None:
    """The country to which a regional registry gave the address; None for private and unknown ones, and for no address."""
    country = iptocc.country_code(address) if _ADDRESS.fullmatch(address) else None
    return {"country_code": country} if country else None


def database_lookup(path: Path) -> Callable[[str], Place | None]:
    """Look-ups in an mmdb file, of MaxMind's form or flat (``country_code``, ``state1``, ``city``).

    Raises:
        ValueError: the file cannot be read, or is no mmdb file.
    """
    try:
        reader = maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise ValueError(f"{path} cannot be read as an mmdb file: {error}") from error

    def place(address: str) -> Place | None:
        if not _ADDRESS.fullmatch(address):
            return None
        try:
            found = reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return None
        return _place(found) if isinstance(found, dict) else None

    return place


def _place(found: Mapping[str, Any]) -> Place | None:
    country = _member(found, "country", "iso_code") or found.get("country_code")
    subdivisions = found.get("subdivisions")
    first = subdivisions[0] if isinstance(subdivisions, list) and subdivisions else None
    texts = {
        "country_code": country,
        "region": _member(first, "names", "en") or found.get("state1"),
        "city": _member(found, "city", "names", "en") or found.get("city"),
    }
    return {
        name: trimmed(value, limits.NAME) for name, value in texts.items() if value and isinstance(value, str)
    } or None


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
