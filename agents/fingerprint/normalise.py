"""From every shape that SDKs send to the one shape of ``schemas.event.Event``, bounded everywhere.

Nothing that a client sends in a field raises: what has the wrong type is coerced or left out, what is too large is
trimmed, and ``Event.errors`` says so, a sentence each. Bounds are in ``limits.py``.

Protocol forms are understood, those of the legacy ``sentry.interfaces.*`` too; so is the JSON of an ``Event`` itself, and
normalising that gives the same event. Source of the forms: getsentry/sentry-data-schemas, ``relay/event.schema.json``.
"""

from typing import Any

from msgspec.structs import replace

from agents.fingerprint import fields, limits
from agents.fingerprint.coerce import Notes, text
from agents.fingerprint.messages import read_message
from agents.fingerprint.shrink import shrink
from agents.fingerprint.stacktraces import StackReader
from agents.fingerprint.timestamps import event_time
from schemas.event import Event, ExceptionValue, Stacktrace
from schemas.headers import Received


def normalise(data: dict[str, Any], received: Received, max_clock_skew: float, max_event_age: float) -> Event:
    """The event in ``data``, the value of a client's JSON object; the id is the one that the edge gave it.

    ``max_clock_skew`` and ``max_event_age`` (seconds) bound the client's timestamp around the time of receipt.
    """
    notes = Notes()
    get = data.get
    platform = text(get("platform"), limits.NAME, notes, "platform") or "other"
    message = read_message(data, notes)
    exceptions, stacktrace, threads = _stacks(data, platform, notes)
    event = Event(
        event_id=received.event_id,
        timestamp=event_time(get("timestamp"), received.received, max_clock_skew, max_event_age, notes),
        platform=platform,
        level=fields.level(get("level"), notes),
        logger=text(get("logger"), limits.NAME, notes, "logger"),
        transaction=text(get("transaction") or get("culprit"), limits.LABEL, notes, "transaction"),
        server_name=text(get("server_name"), limits.NAME, notes, "server_name"),
        release=text(get("release"), limits.LABEL, notes, "release"),
        dist=text(get("dist"), limits.NAME, notes, "dist"),
        environment=text(get("environment"), limits.NAME, notes, "environment"),
        message=message.shown,
        message_template=message.template,
        exceptions=exceptions,
        stacktrace=stacktrace,
        threads=threads,
        breadcrumbs=fields.breadcrumbs(_either(data, "breadcrumbs", "sentry.interfaces.Breadcrumbs"), notes),
        tags=fields.tags(get("tags"), notes),
        user=fields.user(_either(data, "user", "sentry.interfaces.User"), received.client_address, notes),
        request=fields.request(_either(data, "request", "sentry.interfaces.Http"), notes),
        contexts=fields.free_form(
            _either(data, "contexts", "sentry.interfaces.Contexts"), limits.CONTEXTS_TOTAL, notes, "contexts"
        ),
        extra=fields.free_form(get("extra"), limits.EXTRA_TOTAL, notes, "extra"),
        modules=fields.modules(get("modules"), notes),
        sdk=fields.sdk(get("sdk"), received.sdk, notes),
        fingerprint=fields.fingerprint(get("fingerprint"), notes),
        errors=_errors(get("errors"), notes),
    )
    return shrink(event)


def _stacks(
    data: dict[str, Any], platform: str, notes: Notes
) -> tuple[tuple[ExceptionValue, ...], Stacktrace | None, tuple[Any, ...]]:
    reader = StackReader(platform, notes)
    raw = _either(data, "exception", "sentry.interfaces.Exception")
    exceptions = reader.exceptions(data.get("exceptions") if raw is None else raw)
    stacktrace = reader.stacktrace(_either(data, "stacktrace", "sentry.interfaces.Stacktrace"))
    # Old clients send the only exception's stack trace beside it.
    if stacktrace is not None and len(exceptions) == 1 and exceptions[0].stacktrace is None:
        exceptions = (replace(exceptions[0], stacktrace=stacktrace),)
        stacktrace = None
    threads = reader.threads(data.get("threads"))
    reader.finish()
    return exceptions, stacktrace, threads


def _either(data: dict[str, Any], name: str, legacy: str) -> Any:
    value = data.get(name)
    return data.get(legacy) if value is None else value


def _errors(earlier: Any, notes: Notes) -> tuple[str, ...]:
    """This normalisation's sentences, then those of an earlier one. What SDKs themselves put here are objects: left out."""
    if earlier.__class__ is list:
        for sentence in earlier[: limits.MAX_ERRORS]:
            if sentence.__class__ is str and sentence:
                notes.add(sentence)
    return notes.sentences()
