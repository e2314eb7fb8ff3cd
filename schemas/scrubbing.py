"""What a project wants scrubbed from its events, and the note of what was scrubbed."""

from typing import Literal

import msgspec

Action = Literal["replace", "remove", "mask", "hash"]
AddressMode = Literal["keep", "truncate", "remove"]

#: Most custom rules of one project, and most paths of one rule.
MAX_RULES = 50
MAX_PATHS = 20


class CustomRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of a project, applied after the default rules.

    ``paths`` are dotted paths into the client's payload (``request.headers.X-Card``, ``exception.values.*.value``,
    ``extra.**``): ``*`` is any one key or list index, ``**`` any number of them; letter case is ignored. Without paths
    a rule applies everywhere. ``pattern`` is a regular expression in RE2's syntax: what it matches in strings (its
    group ``value`` where it has one) is removed; without a pattern the whole value is.

    ``replace`` puts ``replacement`` in its place; ``remove`` cuts it out, or puts null in place of a whole value;
    ``mask`` puts ``*`` for each character but the last four; ``hash`` puts a keyed BLAKE2b, so that equal values stay
    equal.
    """

    name: str
    paths: tuple[str, ...] = ()
    pattern: str | None = None
    action: Action = "replace"
    replacement: str = "[Filtered]"


class Scrubbing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The scrubbing of one project. The default is every default rule, and addresses kept.

    ``disabled`` names default rules that are off. ``sensitive_keys`` are further names of secrets, ``allow_keys`` names
    that hold none. Nothing at or below a path of ``allow_paths`` is touched, and no text that an RE2 pattern of
    ``allow_values`` matches in full. ``addresses``: ``truncate`` keeps the /24 of an IPv4 and the /48 of an IPv6
    address. ``hash_key`` is the key of ``hash``.
    """

    defaults: bool = True
    disabled: tuple[str, ...] = ()
    sensitive_keys: tuple[str, ...] = ()
    allow_keys: tuple[str, ...] = ()
    allow_paths: tuple[str, ...] = ()
    allow_values: tuple[str, ...] = ()
    addresses: AddressMode = "keep"
    rules: tuple[CustomRule, ...] = ()
    hash_key: str = ""


class Scrubbed(msgspec.Struct, frozen=True):
    """One place where something was removed: the name of the rule, and the dotted path in the client's payload."""

    rule: str
    path: str
