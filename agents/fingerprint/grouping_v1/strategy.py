"""How version 1 chooses what identifies an issue. ``group`` is read from top to bottom: the first rule that applies wins."""

from hashlib import blake2b

from agents.fingerprint.grouping_v1.explanation import Explanation
from agents.fingerprint.grouping_v1.frames import frame_value
from agents.fingerprint.grouping_v1.message import without_variables
from agents.fingerprint.grouping_v1.titles import culprit, is_synthetic, thread_stacktrace, title
from schemas.event import Event, ExceptionValue, Stacktrace
from schemas.records import Grouping

VERSION = "v1"

#: Of each frame, oldest first: what identifies it, and whether it is in-app.
Stack = list[tuple[str | None, bool]]

_DEFAULT = frozenset({"{{ default }}", "{{default}}"})


def group(event: Event) -> Grouping:
    """The grouping of a normalised event.

    ``fingerprint`` holds the values that the event was given with, where ``{{ default }}`` stands for a digest of the
    parts that contribute by default; without such values it is that digest alone.
    """
    explanation = Explanation()
    given = event.fingerprint
    if given is None or (len(given) == 1 and given[0] in _DEFAULT):
        strategy = _default(event, explanation)
        fingerprint: tuple[str, ...] = (_digest(explanation.values),)
    else:
        strategy, fingerprint = _given(event, given, explanation)
    return Grouping(VERSION, strategy, fingerprint, explanation.components(), title(event), culprit(event))


def _given(event: Event, given: tuple[str, ...], explanation: Explanation) -> tuple[str, tuple[str, ...]]:
    for value in given:
        if value in _DEFAULT:
            explanation.contribute(
                "fingerprint", "given with the event; stands for the default parts below", value
            )
        else:
            explanation.contribute("fingerprint", "given with the event", value)
    if not any(value in _DEFAULT for value in given):
        explanation.mention("default", "a fingerprint given with the event replaces the default grouping")
        return "fingerprint", given
    explanation.values.clear()
    strategy = _default(event, explanation)
    default = _digest(explanation.values)
    values = tuple([default if value in _DEFAULT else value for value in given])
    return f"fingerprint with {strategy}", values


def _default(event: Event, explanation: Explanation) -> str:
    if event.exceptions:
        stacks = [_values(exception.stacktrace) for exception in event.exceptions]
        any_in_app = any(_any_in_app(stack) for stack in stacks)
        for exception, stack in zip(event.exceptions, stacks, strict=True):
            _exception(exception, stack, any_in_app, explanation)
        if explanation.values:
            if event.message:
                explanation.mention("message", "the exceptions take precedence", event.message)
            return "exception"
    stack = _values(event.stacktrace or thread_stacktrace(event))
    has_frames = _frames(stack, _any_in_app(stack), explanation)
    has_message = _message(event, explanation)
    if has_frames:
        return "message and stack trace" if has_message else "stack trace"
    if has_message:
        return "message"
    explanation.contribute("logger", "there is nothing else to group by", event.logger or "")
    explanation.contribute("level", "there is nothing else to group by", event.level)
    explanation.contribute("platform", "there is nothing else to group by", event.platform)
    return "fallback"


def _exception(exception: ExceptionValue, stack: Stack, any_in_app: bool, explanation: Explanation) -> None:
    kind, value = exception.type, exception.value
    synthetic = is_synthetic(exception)
    if kind is not None:
        if synthetic and value:
            explanation.mention("type", "the SDK made up this exception, so its type says nothing", kind)
        else:
            explanation.contribute("type", "type of the exception", kind)
    _frames(stack, any_in_app, explanation)
    if not value:
        return
    if synthetic:
        explanation.contribute(
            "value", "there is no type to go by; variable parts replaced", without_variables(value)
        )
    elif any(found is not None for found, _ in stack):
        explanation.mention("value", "the stack trace takes precedence", value)
    else:
        explanation.contribute(
            "value", "there is no usable stack trace; variable parts replaced", without_variables(value)
        )


def _values(stacktrace: Stacktrace | None) -> Stack:
    if stacktrace is None:
        return []
    return [
        (frame_value(frame.module, frame.filename, frame.abs_path, frame.function), bool(frame.in_app))
        for frame in stacktrace.frames
    ]


def _any_in_app(stack: Stack) -> bool:
    return any(in_app and value is not None for value, in_app in stack)


def _frames(stack: Stack, any_in_app: bool, explanation: Explanation) -> bool:
    """Explain the frames, oldest first; whether any contributed. Recursion counts once."""
    hint = "in-app frame" if any_in_app else "no frame is in-app, so all count"
    seen: set[str] = set()
    newest = innermost = None
    for value, in_app in stack:
        if value is None:
            explanation.mention("frame", "neither its place nor its function is known")
            continue
        if any_in_app and not in_app:
            explanation.mention("frame", "not in-app", value)
            continue
        innermost = value
        if value in seen:
            explanation.mention("frame", "recursion: counted where it came first", value)
        else:
            seen.add(value)
            newest = value
            explanation.contribute("frame", hint, value)
    if innermost is not None and innermost != newest:
        explanation.contribute("innermost", "where the stack ends, though it came before", innermost)
    return bool(seen)


def _message(event: Event, explanation: Explanation) -> bool:
    if event.message_template:
        explanation.contribute(
            "message", "template of the message", without_variables(event.message_template)
        )
    elif event.message:
        explanation.contribute(
            "message", "message; variable parts replaced", without_variables(event.message)
        )
    return event.message is not None or event.message_template is not None


def _digest(values: list[str]) -> str:
    return blake2b(netstrings(values), digest_size=16).hexdigest()


def netstrings(values: list[str]) -> bytes:
    """Values as netstrings (length in bytes, colon, value, comma), so that no two lists have the same bytes."""
    encoded = [value.encode() for value in values]
    return b"".join([b"%d:%s," % (len(value), value) for value in encoded])
