"""Which exceptions of a chain identify the bug, and what of each."""

from typing import NamedTuple

from agents.fingerprint.grouping_v1.explanation import Explanation
from agents.fingerprint.grouping_v1.message import without_variables
from agents.fingerprint.grouping_v1.stacks import OTHER_FRAMES, Parts, any_in_app, explain_frames, parts_of
from agents.fingerprint.grouping_v1.titles import is_synthetic, thread_stacktrace
from schemas.event import Event, ExceptionValue
from schemas.records import Component

#: They only carry another exception through reflection, futures and tasks; the last part of their names.
_WRAPPERS = frozenset(
    {
        "InvocationTargetException",
        "UndeclaredThrowableException",
        "ExecutionException",
        "CompletionException",
        "TargetInvocationException",
        "TypeInitializationException",
        "ExceptionInInitializerError",
        "PrivilegedActionException",
        "NestedServletException",
        "wrapError",
        "withStack",
        "withMessage",
        "fundamental",
    }
)
#: They hold several exceptions that failed side by side, whose number and order are chance.
_GROUPS = frozenset(
    {
        "ExceptionGroup",
        "BaseExceptionGroup",
        "AggregateException",
        "AggregateError",
        "CompositeException",
        "MultiError",
        "joinError",
    }
)
#: Types that every plain error of a language has; their stack traces are of the place that reported them.
_PLAIN = frozenset({"errorString", "wrapErrors", "joinErrors"})
#: How crash reporters name what the operating system said: then the message repeats it, or holds addresses.
_FAULTS = ("SIG", "EXC_", "EXCEPTION_", "0x", "Unhandled C++")


class _Part(NamedTuple):
    """The components of one exception and what of them is hashed."""

    components: list[Component]
    values: list[str]


def explain_exceptions(event: Event, explanation: Explanation) -> bool:
    """Explain every exception, innermost cause first; whether any part contributed."""
    stacks = [parts_of(exception.stacktrace, event.platform) for exception in event.exceptions]
    if not any(stacks):
        # Crash reporters may send the stack trace with the thread that crashed.
        stacks[0] = parts_of(event.stacktrace or thread_stacktrace(event), event.platform)
    in_app_only = any(any_in_app(stack) for stack in stacks)
    if len(stacks) == 1:
        _exception(event.exceptions[0], stacks[0], in_app_only, explanation)
        return bool(explanation.values)
    for part in _relevant(event.exceptions, stacks, in_app_only):
        explanation.take(part.components, part.values)
    return bool(explanation.values)


def _relevant(exceptions: tuple[ExceptionValue, ...], stacks: list[Parts], in_app_only: bool) -> list[_Part]:
    """The parts of a chain without wrappers and repeats; of a group in an order that chance does not change."""
    names = [(exception.type or "").rsplit(".", 1)[-1] for exception in exceptions]
    carriers = [name in _WRAPPERS or name in _GROUPS for name in names]
    parts = []
    seen: set[tuple[str, ...]] = set()
    for exception, stack, carrier in zip(exceptions, stacks, carriers, strict=True):
        if carrier and not all(carriers):
            parts.append(_aside(exception, "only carries the other exceptions"))
            continue
        own = Explanation()
        # Without in-app frames the cause's stack trace says who called; of the others, where they were raised is enough.
        _exception(exception, stack, in_app_only, own, OTHER_FRAMES if not seen else 1)
        if tuple(own.values) in seen:
            parts.append(_aside(exception, "the same as an exception before"))
            continue
        seen.add(tuple(own.values))
        parts.append(_Part(list(own.components()), own.values))
    if any(name in _GROUPS for name in names):
        parts.sort(key=lambda part: part.values)
    return parts


def _aside(exception: ExceptionValue, hint: str) -> _Part:
    return _Part([Component("type", False, hint, exception.type)], [])


def _exception(
    exception: ExceptionValue,
    stack: Parts,
    in_app_only: bool,
    explanation: Explanation,
    most: int = OTHER_FRAMES,
) -> None:
    kind, value = exception.type, exception.value
    if kind is not None:
        explanation.contribute("type", "type of the exception", kind)
    has_frames = explain_frames(stack, in_app_only, explanation, kind, most)
    if not value:
        return
    usable = has_frames or any(part.value is not None for part in stack)
    hint = _why_the_value_counts(exception, usable)
    if hint is None:
        explanation.mention("value", "the stack trace takes precedence", value)
    else:
        explanation.contribute("value", hint, without_variables(value))


def _why_the_value_counts(exception: ExceptionValue, usable_stack: bool) -> str | None:
    kind = exception.type
    if not usable_stack:
        return "there is no usable stack trace; variable parts replaced"
    if kind is None or (is_synthetic(exception) and not kind.startswith(_FAULTS)):
        return "there is no type to go by; variable parts replaced"
    if kind.rsplit(".", 1)[-1] in _PLAIN:
        return "the type is that of every plain error; variable parts replaced"
    return None
