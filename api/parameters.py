"""The parameters of a URL: declared once, read and documented by the same declaration.

What cannot be read is answered with 400, naming the parameter and what it takes. A route sees only what it declares
(``Route.query``), so none works without being documented.
"""

import binascii
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from multidict import MultiMapping

from api.declarations import DEFAULT_LIMIT, DURATION, MAX_LIMIT, Parameter
from api.errors import ApiError, bad_parameter

Query = MultiMapping[str]

#: ClickHouse's DateTime ends here, in 2106.
_LAST_SECOND = 2**32 - 1
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME = "an ISO 8601 time such as 2026-01-31T12:00:00Z, or Unix seconds"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class TimeRange(NamedTuple):
    """From ``start`` up to, and without, ``end``: Unix seconds. ``end`` is None where it is open."""

    start: float
    end: float | None


def microseconds(moment: datetime) -> int:
    """Unix microseconds. Exact, unlike a float of seconds: a cursor must not skip events within the same millionth."""
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond


def time_range(query: Query, now: float, default_span: float) -> TimeRange:
    """The parameters ``from`` and ``to``: by default the last ``default_span`` seconds before ``to``, or before now."""
    end = _time(query, "to")
    start = _time(query, "from")
    if start is None:
        start = max(0.0, (now if end is None else end) - default_span)
    if end is not None and end <= start:
        raise bad_parameter("to", query["to"], "a time after 'from'")
    return TimeRange(start, end)


def _time(query: Query, name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _iso_time(name, text)
    if not math.isfinite(seconds) or not 0 <= seconds <= _LAST_SECOND:
        raise bad_parameter(name, text, _TIME)
    return seconds


def _iso_time(name: str, text: str) -> float:
    try:
        # A plus sign that was not encoded arrives as a space.
        moment = datetime.fromisoformat(text.replace(" 00:00", "+00:00"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise bad_parameter(name, text, _TIME) from error


def duration(query: Query, parameter: Parameter, default: int, multiple_of: int) -> int:
    """A duration in whole seconds, such as ``90``, ``5m``, ``1h`` or ``7d``: of ``length``."""
    name = parameter.name
    text = query.get(name)
    if text is None:
        return default
    match = DURATION.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if seconds <= 0 or seconds % multiple_of or seconds > _LAST_SECOND:
        raise bad_parameter(
            name, text, f"a duration such as 60, 5m or 1h, in multiples of {multiple_of} seconds"
        )
    return seconds


def limit(query: Query, default: int = DEFAULT_LIMIT) -> int:
    """The parameter ``limit``."""
    text = query.get("limit")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise bad_parameter("limit", text, f"a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def number(query: Query, parameter: Parameter) -> int:
    """The value of a parameter of ``whole``."""
    maximum: int = parameter.schema["maximum"]
    text = query.get(parameter.name)
    if text is None:
        return maximum
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= maximum):
        raise bad_parameter(parameter.name, text, f"a whole number from 0 to {maximum}")
    return int(text)


def fraction(query: Query, parameter: Parameter) -> float:
    """The value of a parameter of ``share``."""
    name = parameter.name
    text = query.get(name)
    if text is None:
        return float(parameter.schema["default"])
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise bad_parameter(name, text, "a number from 0 to 1")
    return value


def choice(query: Query, parameter: Parameter) -> str:
    """The value of a parameter of ``one_of``."""
    choices: list[str] = parameter.schema["enum"]
    text: str = query.get(parameter.name, parameter.schema["default"])
    if text not in choices:
        raise bad_parameter(parameter.name, text, f"one of {', '.join(choices)}")
    return text


def words(query: Query, parameter: Parameter, choices: Sequence[str] | None = None) -> list[str]:
    """The values of a parameter of ``any_of``, of which there may be fewer ``choices`` now."""
    name = parameter.name
    choices = parameter.schema["items"]["enum"] if choices is None else choices
    given = [word.strip() for word in query.get(name, "").split(",") if word.strip()]
    for word in given:
        if word not in choices:
            raise bad_parameter(name, word, f"any of {', '.join(choices)}, separated by commas")
    return list(dict.fromkeys(given))


def time_zone(query: Query) -> tzinfo:
    """The parameter ``timezone``: a name of the IANA database. UTC by default."""
    text = query.get("timezone")
    if text is None or text == "UTC":
        return UTC
    if text not in _zones():
        raise bad_parameter("timezone", text, "a name of the IANA time zone database such as Europe/Berlin")
    return ZoneInfo(text)


@cache
def _zones() -> set[str]:
    return available_timezones()


def values(query: Query, parameter: Parameter) -> list[str]:
    """All values of a parameter of ``several``."""
    return query.getall(parameter.name, [])


def issue_ids(query: Query, parameter: Parameter) -> list[str]:
    """All values of a parameter of ``several`` that takes ids of issues."""
    given = values(query, parameter)
    for value in given:
        if not is_id(value):
            raise bad_parameter(parameter.name, value, "an issue's id: 32 hexadecimal digits")
    return given


def is_id(text: str) -> bool:
    """Whether a text has the form of the id of an event or an issue: 32 lower-case hexadecimal digits."""
    return _ID.fullmatch(text) is not None


def number_of(text: str) -> int | None:
    """The id of what is numbered (projects, rules, channels and the like), or None where a text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def event_id_of(text: str) -> str | None:
    """An event's id in its normal form, from one with dashes or capitals, or None."""
    text = text.replace("-", "").lower()
    return text if is_id(text) else None


def encode_cursor(kind: str, value: int, id: str) -> str:
    """Where a page of a list ended: the last item's sorting value and its id. ``kind`` names the list's order."""
    return urlsafe_b64encode(msgspec.msgpack.encode((kind, value, id))).rstrip(b"=").decode()


def cursor(query: Query, kind: str, *, of_ids: bool = True) -> tuple[int, str] | None:
    """The parameter ``cursor``: a value and an id as given to ``encode_cursor`` with the same kind. Lists whose items have
    names in place of ids are not ``of_ids``."""
    text = query.get("cursor")
    if not text:
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        decoded: tuple[str, int, str] = msgspec.msgpack.decode(data, type=tuple[str, int, str])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise _bad_cursor(text) from error
    named = of_ids and decoded[2]
    if decoded[0] != kind or (named and not is_id(decoded[2])) or not 0 <= decoded[1] < 2**63:
        raise _bad_cursor(text)
    return decoded[1], decoded[2]


def _bad_cursor(text: str) -> ApiError:
    return bad_parameter("cursor", text, "the next_cursor of a page of the same list in the same order")
