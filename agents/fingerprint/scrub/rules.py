"""The default rules of scrubbing as they stand in ``rules.yaml``: loaded once, checked by type."""

from functools import lru_cache
from pathlib import Path

import msgspec
import yaml


class KeyRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names of things that are secret; ``rules.yaml`` says what each list means."""

    marker: str
    strong: tuple[str, ...]
    phrases: tuple[str, ...]
    whole: tuple[str, ...]
    endings: tuple[str, ...]
    harmless: frozenset[str]
    harmless_first: frozenset[str]
    always: tuple[str, ...]


class ValueRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern of secrets in text. ``check`` names a function of ``checks.py``."""

    name: str
    marker: str
    pattern: str
    check: str | None = None


class AddressRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pattern of IP addresses, and the words of names whose values are versions."""

    name: str
    marker: str
    pattern: str
    check: str
    versions: frozenset[str]


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An issuer of cards: the range of the first digits, and how many digits its cards have."""

    first: str
    last: str
    lengths: frozenset[int]


class DefaultRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``rules.yaml``."""

    keys: KeyRules
    harmless_values: str
    prose: frozenset[str]
    values: tuple[ValueRule, ...]
    addresses: AddressRule
    file_endings: frozenset[str]
    iban_lengths: dict[str, int]
    issuers: tuple[Issuer, ...]
    card_layouts: frozenset[tuple[int, ...]]


@lru_cache(maxsize=1)
def default_rules() -> DefaultRules:
    """The rules of the package.

    Raises:
        msgspec.ValidationError: the file has a wrong form.
    """
    path = Path(__file__).with_name("rules.yaml")
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), DefaultRules)


def joined(pattern: str) -> str:
    """A pattern that YAML folded over several lines, as one."""
    return pattern.replace("\n", "").replace(" |", "|") if " |" in pattern else pattern
