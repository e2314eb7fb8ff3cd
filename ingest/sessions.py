"""The items ``session`` and ``sessions`` of an envelope, as reports of sessions. Pure.

Their form is described at develop.sentry.dev/sdk/telemetry/sessions/. ``session`` is what a client says of one session so far;
``sessions`` are sums of short ones that are over, such as a server's requests.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from ingest.errors import EdgeError
from ingest.event import new_id, normalised_id
from schemas.sessions import SessionReport
from schemas.users import user_hash

SESSION = "session"
SESSION_ITEMS = (SESSION, "sessions")
CATEGORY = "session"

MAX_BYTES = 128 * 1024
"""Of one item. A sum takes about a hundred bytes."""
_MAX_GROUPS = 1000
_MAX_QUANTITY = 1_000_000
_MAX_RELEASE = 512
_MAX_ENVIRONMENT = 200
"""As long as those of events may be (``agents/fingerprint/limits.py``): the same release must have the same name."""

_STATES = {
    "ok": "healthy",
    "exited": "healthy",
    "errored": "errored",
    "unhandled": "errored",
    "abnormal": "abnormal",
    "crashed": "crashed",
}


class BadSession(ValueError):
    """The item cannot be counted; the message is the reason of its outcome."""


class Times(NamedTuple):
    """When the request was received, in Unix seconds; how long ago a session may have started, and how far in the future."""

    received: float
    window: float
    skew: float


class _Attributes(msgspec.Struct, frozen=True):
    release: Any = None
    environment: Any = None


class _Session(msgspec.Struct, frozen=True):
    sid: Any = None
    did: Any = None
    started: Any = None
    status: Any = "ok"
    errors: Any = 0
    attrs: _Attributes = _Attributes()


class _Group(msgspec.Struct, frozen=True):
    started: Any = None
    did: Any = None
    exited: Any = 0
    errored: Any = 0
    unhandled: Any = 0
    abnormal: Any = 0
    crashed: Any = 0


class _Sums(msgspec.Struct, frozen=True):
    aggregates: list[_Group]
    attrs: _Attributes = _Attributes()


_session = msgspec.json.Decoder(_Session).decode
_sums = msgspec.json.Decoder(_Sums).decode


def reports_of(kind: str, payload: bytes, sent_at: object, project: int, times: Times) -> list[SessionReport]:
    """What an item of the type ``session`` or ``sessions`` reports.

    ``sent_at`` of the envelope's header tells sums that are sent again from others that are alike.

    Raises:
        BadSession: it cannot be counted.
    """
    if len(payload) > MAX_BYTES:
        raise BadSession("session_too_large")
    try:
        if kind == SESSION:
            return [_report(_session(payload), project, times)]
        return list(_reports(_sums(payload), _identity(payload, sent_at), project, times))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSession("session_unreadable") from error


def _report(session: _Session, project: int, times: Times) -> SessionReport:
    state = _STATES.get(session.status) if isinstance(session.status, str) else None
    if state is None:
        raise BadSession("session_status")
    if state == "healthy" and isinstance(session.errors, int) and session.errors > 0:
        state = "errored"
    try:
        session_id = normalised_id(session.sid)
    except EdgeError as error:
        raise BadSession("session_id") from error
    return SessionReport(
        project,
        session_id,
        *_place(session.attrs),
        _started(session.started, times),
        healthy=int(state == "healthy"),
        errored=int(state == "errored"),
        abnormal=int(state == "abnormal"),
        crashed=int(state == "crashed"),
        user=_user(session.did),
    )


def _reports(sums: _Sums, identity: str, project: int, times: Times) -> Iterator[SessionReport]:
    if len(sums.aggregates) > _MAX_GROUPS:
        raise BadSession("session_too_large")
    for number, group in enumerate(sums.aggregates):
        report = SessionReport(
            project,
            f"{identity}-{number}",
            *_place(sums.attrs),
            _started(group.started, times),
            healthy=_quantity(group.exited),
            errored=_quantity(group.errored) + _quantity(group.unhandled),
            abnormal=_quantity(group.abnormal),
            crashed=_quantity(group.crashed),
            user=_user(group.did),
        )
        if report.healthy or report.errored or report.abnormal or report.crashed:
            yield report


def _identity(payload: bytes, sent_at: object) -> str:
    """The same for the same item sent again. Two processes may well report the same sums, but not at the same millisecond."""
    if not isinstance(sent_at, str):
        return new_id()
    return blake2b(payload, digest_size=16, key=sent_at.encode("utf-8", "replace")[:64]).hexdigest()


def _place(attributes: _Attributes) -> tuple[str, str]:
    """Release and environment."""
    release, environment = attributes.release, attributes.environment
    if not isinstance(release, str) or not release:
        raise BadSession("session_without_release")
    return release[:_MAX_RELEASE], environment[:_MAX_ENVIRONMENT] if isinstance(environment, str) else ""


def _started(value: object, times: Times) -> float:
    """Unix seconds; a time in the future, which a clock that is wrong says, becomes that of receipt."""
    started = _seconds(value)
    if started is None:
        raise BadSession("session_start")
    if started < times.received - times.window:
        raise BadSession("session_too_old")
    return times.received if started > times.received + times.skew else started


def _seconds(value: object) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if abs(value) < 2**53 else None
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _quantity(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_QUANTITY:
        raise BadSession("session_quantity")
    return value


def _user(value: object) -> int | None:
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    return user_hash(text) if text else None
