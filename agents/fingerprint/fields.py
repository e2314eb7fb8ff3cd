"""The parts of an event beside its message and its stack traces: level, tags, user, request, breadcrumbs and so on."""

from typing import Any
from urllib.parse import urlencode

from agents.fingerprint import limits
from agents.fingerprint.coerce import Notes, kind, mapping, text, to_float, values_of
from agents.fingerprint.free_form import Copier
from agents.fingerprint.timestamps import seconds
from schemas.event import User

LEVELS = ("fatal", "error", "warning", "info", "debug")
_LEVEL_NAMES = dict(zip(LEVELS, LEVELS, strict=True)) | {
    "critical": "fatal",
    "emergency": "fatal",
    "alert": "fatal",
    "crash": "fatal",
    "warn": "warning",
    "notice": "info",
    "log": "info",
    "information": "info",
    "trace": "debug",
    "verbose": "debug",
}
#: Python's logging and its kin: the level is the highest of these that is not above the number.
_LEVEL_NUMBERS = ((50, "fatal"), (40, "error"), (30, "warning"), (20, "info"), (0, "debug"))
#: What SDKs send for "the address that the request came from".
_AUTO_ADDRESS = "{{auto}}"


def level(value: Any, notes: Notes) -> str:
    """One of ``LEVELS``; error where there is none, or an unknown one."""
    if value is None or value == "":
        return "error"
    if value.__class__ is str and (known := _LEVEL_NAMES.get(value.lower())):
        return known
    number = to_float(value)
    if number is not None and number >= 0:
        return next(name for least, name in _LEVEL_NUMBERS if number >= least)
    notes.add("level: not a known level; error is used.")
    return "error"


def tags(value: Any, notes: Notes) -> dict[str, str]:
    """Tags from an object, a list of pairs or a list of ``{"key", "value"}``. Null values are left out."""
    if not value:
        return {}
    if value.__class__ is dict:
        pairs = list(value.items())
    elif value.__class__ is list:
        pairs = _pairs(value, notes, "tags")
    else:
        notes.add(f"tags: {kind(value)} where an object was expected; left out.")
        return {}
    if len(pairs) > limits.MAX_TAGS:
        notes.add(f"tags: {len(pairs) - limits.MAX_TAGS} of {len(pairs)} left out.")
    found = {}
    for key, member in pairs[: limits.MAX_TAGS]:
        name = text(key, limits.TAG, notes, "tags: a key")
        tag = text(member, limits.TAG, notes, "tags: a value")
        if name is not None and tag is not None:
            found[name] = tag
    return found


def modules(value: Any, notes: Notes) -> dict[str, str]:
    """Versions of installed packages by name."""
    items = mapping(value, notes, "modules")
    if not items:
        return {}
    if len(items) > limits.MAX_MODULES:
        notes.add(f"modules: {len(items) - limits.MAX_MODULES} of {len(items)} left out.")
    found = {}
    for key, version in list(items.items())[: limits.MAX_MODULES]:
        name = text(key, limits.TAG, notes, "modules: a name")
        if name is not None:
            found[name] = text(version, limits.TAG, notes, "modules: a version") or ""
    return found


def user(value: Any, client_address: str, notes: Notes) -> User | None:
    """The user; a bare string or number is taken as the id. ``{{auto}}`` stands for the client's address."""
    if not value:
        return None
    if value.__class__ is str or value.__class__ is int:
        value = {"id": value}
    item = mapping(value, notes, "user")
    if not item:
        return None
    address = text(item.get("ip_address"), limits.NAME, notes, "user.ip_address")
    found = User(
        text(item.get("id"), limits.LABEL, notes, "user.id"),
        text(item.get("email"), limits.LABEL, notes, "user.email"),
        text(item.get("username"), limits.LABEL, notes, "user.username"),
        (client_address or None) if address == _AUTO_ADDRESS else address,
    )
    return found if found != User() else None


def request(value: Any, notes: Notes) -> dict[str, Any] | None:
    """The HTTP request: url, method, query_string (as text), headers (an object of strings), cookies, data and env."""
    item = mapping(value, notes, "request")
    if not item:
        return None
    copier = Copier(limits.REQUEST_TOTAL, "request")
    found: dict[str, Any] = {}
    for name in ("url", "method"):
        if (words := text(item.get(name), limits.FREE_STRING // 2, notes, f"request.{name}")) is not None:
            found[name] = copier.copy(words)
    if (query := _query(item.get("query_string"), notes)) is not None:
        found["query_string"] = copier.copy(query)
    if headers := _headers(item.get("headers"), notes):
        found["headers"] = copier.copy(headers)
    for name in ("cookies", "data", "env"):
        if item.get(name) not in (None, "", [], {}):
            found[name] = copier.copy(item[name])
    copier.report(notes)
    return found or None


def breadcrumbs(value: Any, notes: Notes) -> tuple[dict[str, Any], ...]:
    """The latest breadcrumbs, oldest first: type, category, level, message, timestamp (Unix seconds) and data."""
    items = values_of(value, notes, "breadcrumbs")
    if len(items) > limits.MAX_BREADCRUMBS:
        notes.add(f"breadcrumbs: the {len(items) - limits.MAX_BREADCRUMBS} oldest of {len(items)} left out.")
        items = items[-limits.MAX_BREADCRUMBS :]
    copier = Copier(limits.BREADCRUMBS_TOTAL, "breadcrumbs")
    found = []
    # The latest are the nearest to the error: they are served first while the total lasts.
    for item in reversed(items):
        if item.__class__ is dict:
            found.append(_breadcrumb(item, copier, notes))
        elif item is not None:
            notes.add("breadcrumbs: what is not an object was left out.")
    copier.report(notes)
    return tuple(crumb for crumb in reversed(found) if crumb)


def free_form(value: Any, total: int, notes: Notes, name: str) -> dict[str, Any]:
    """A bounded copy of an object such as contexts or extra."""
    if not value:
        return {}
    item = mapping(value, notes, name)
    if not item:
        return {}
    copier = Copier(total, name)
    copied: dict[str, Any] = copier.copy(item)
    copier.report(notes)
    return copied


def fingerprint(value: Any, notes: Notes) -> tuple[str, ...] | None:
    """The values of a fingerprint given with the event; None where there is none."""
    if value is None:
        return None
    items = value if value.__class__ is list else [value]
    if len(items) > limits.MAX_FINGERPRINT:
        notes.add(f"fingerprint: {len(items) - limits.MAX_FINGERPRINT} of {len(items)} values left out.")
    found = (text(item, limits.FINGERPRINT, notes, "fingerprint") for item in items[: limits.MAX_FINGERPRINT])
    return tuple([item for item in found if item is not None]) or None


def sdk(value: Any, fallback: str, notes: Notes) -> str | None:
    """``name/version`` of the client; ``fallback`` is what the edge knows of it."""
    if value.__class__ is not dict:
        return text(value, limits.NAME, notes, "sdk") or fallback or None
    name = text(value.get("name"), limits.NAME // 2, notes, "sdk.name")
    version = text(value.get("version"), limits.NAME // 4, notes, "sdk.version")
    if name is None:
        return fallback or None
    return f"{name}/{version}" if version else name


def _breadcrumb(item: dict[str, Any], copier: Copier, notes: Notes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    moment = seconds(item.get("timestamp"))
    if moment is not None:
        found["timestamp"] = copier.copy(moment)
    for name in ("type", "category", "level", "message"):
        words = text(item.get(name), limits.FREE_STRING // 2, notes, f"breadcrumbs.{name}")
        if words is not None:
            found[name] = copier.copy(words)
    data = item.get("data")
    if data:
        found["data"] = copier.copy(data if data.__class__ is dict else {"value": data})
    return found


def _query(value: Any, notes: Notes) -> str | None:
    pairs = _pairs(value, notes, "request.query_string") if value.__class__ is list else None
    if value.__class__ is dict:
        pairs = list(value.items())
    if pairs is not None:
        words = ((text(key, limits.TAG, notes, "request.query_string"), member) for key, member in pairs)
        value = urlencode(
            [
                (key or "", text(member, limits.FREE_STRING, notes, "request.query_string") or "")
                for key, member in words
            ][: limits.MAX_HEADERS]
        )
    return text(value, limits.FREE_STRING // 2, notes, "request.query_string")


def _headers(value: Any, notes: Notes) -> dict[str, str]:
    if not value:
        return {}
    pairs = list(value.items()) if value.__class__ is dict else _pairs(value, notes, "request.headers")
    if len(pairs) > limits.MAX_HEADERS:
        notes.add(f"request.headers: {len(pairs) - limits.MAX_HEADERS} of {len(pairs)} left out.")
    found = {}
    for key, member in pairs[: limits.MAX_HEADERS]:
        name = text(key, limits.FREE_KEY, notes, "request.headers")
        if member.__class__ is list and all(isinstance(part, str) for part in member):
            member = ", ".join(member)
        words = text(member, limits.FREE_STRING // 2, notes, "request.headers")
        if name is not None and words is not None:
            found[name] = words
    return found


def _pairs(value: Any, notes: Notes, name: str) -> list[tuple[Any, Any]]:
    """Pairs from ``[[key, value], …]`` or ``[{"key": …, "value": …}, …]``."""
    if value.__class__ is not list:
        notes.add(f"{name}: {kind(value)} where an object was expected; left out.")
        return []
    pairs = []
    for item in value:
        if item.__class__ is list and len(item) == 2:
            pairs.append((item[0], item[1]))
        elif item.__class__ is dict and "key" in item:
            pairs.append((item["key"], item.get("value")))
        elif item is not None:
            notes.add(f"{name}: what is neither a pair nor an object with key and value was left out.")
    return pairs
