"""The normalised event: the fields of the Sentry event, in one shape, bounded everywhere.

Names are those of the Sentry protocol (getsentry/sentry-data-schemas, ``relay/event.schema.json``). A value of this type
is made by ``agents/fingerprint/normalise.py`` only, and never changed afterwards.
"""

from typing import Any

import msgspec

from schemas.scrubbing import Scrubbed


class RawFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a frame was before symbolication: in the minified or obfuscated program."""

    filename: str | None = None
    abs_path: str | None = None
    function: str | None = None
    module: str | None = None
    lineno: int | None = None
    colno: int | None = None


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call in a stack trace. ``in_app`` is the SDK's word, or a guess from the frame's place where it gave none.

    ``raw`` is there where symbolication changed the frame; frames that were inlined into one have the same.
    """

    filename: str | None = None
    abs_path: str | None = None
    function: str | None = None
    module: str | None = None
    package: str | None = None
    lineno: int | None = None
    colno: int | None = None
    in_app: bool | None = None
    instruction_addr: str | None = None
    context_line: str | None = None
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()
    vars: dict[str, Any] | None = None
    raw: RawFrame | None = None


class Stacktrace(msgspec.Struct, frozen=True, omit_defaults=True):
    """Frames, oldest call first."""

    frames: tuple[Frame, ...] = ()


class Mechanism(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an exception was caught."""

    type: str | None = None
    handled: bool | None = None
    synthetic: bool = False


class ExceptionValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exception of a chain."""

    type: str | None = None
    value: str | None = None
    module: str | None = None
    mechanism: Mechanism | None = None
    stacktrace: Stacktrace | None = None


class Thread(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thread at the time of the event."""

    id: str | None = None
    name: str | None = None
    crashed: bool = False
    current: bool = False
    stacktrace: Stacktrace | None = None


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """The end user to whom the error happened."""

    id: str | None = None
    email: str | None = None
    username: str | None = None
    ip_address: str | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One error report after normalisation.

    ``timestamp`` is the client's in Unix seconds, or the time of receipt where the client's could not be used (``errors``
    then says so). ``exceptions`` are innermost cause first, as the protocol has them. ``errors`` lists what normalisation
    had to mend or trim, a sentence each; ``scrubbed`` says what was taken out before, by which rule. ``sdk`` is
    ``name/version``. ``message_template`` is set only where it differs from the message that is shown. Every bound is in
    ``agents/fingerprint/limits.py``; the whole takes at most 256 KiB of JSON.
    """

    event_id: str
    timestamp: float
    platform: str = "other"
    level: str = "error"
    logger: str | None = None
    transaction: str | None = None
    server_name: str | None = None
    release: str | None = None
    dist: str | None = None
    environment: str | None = None
    message: str | None = None
    message_template: str | None = None
    exceptions: tuple[ExceptionValue, ...] = ()
    stacktrace: Stacktrace | None = None
    threads: tuple[Thread, ...] = ()
    breadcrumbs: tuple[dict[str, Any], ...] = ()
    tags: dict[str, str] = {}
    user: User | None = None
    request: dict[str, Any] | None = None
    contexts: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    modules: dict[str, str] = {}
    sdk: str | None = None
    fingerprint: tuple[str, ...] | None = None
    errors: tuple[str, ...] = ()
    scrubbed: tuple[Scrubbed, ...] = ()
