"""How version 1 chooses what identifies an issue. ``group`` is read from top to bottom: the first rule that applies wins."""

from hashlib import blake2b

from agents.fingerprint.grouping_v1.exceptions import explain_exceptions
from agents.fingerprint.grouping_v1.explanation import Explanation
from agents.fingerprint.grouping_v1.message import without_variables
from agents.fingerprint.grouping_v1.stacks import any_in_app, explain_frames, parts_of
from agents.fingerprint.grouping_v1.titles import culprit, thread_stacktrace, title
from schemas.event import Event
from schemas.records import Grouping

VERSION = "v1"

_DEFAULT = frozenset({"{{ default }}", "{{default}}"})


def group(event: Event, given_by: str = "given with the event") -> Grouping:
    """The grouping of a normalised event. ``given_by`` says in the explanation where its fingerprint comes from.

    ``fingerprint`` holds the values that the event was given with, where ``{{ default }}`` stands for a digest of the
    parts that contribute by default; without such values it is that digest alone.
    """
    explanation = Explanation()
    given = event.fingerprint
    if given is None or (len(given) == 1 and given[0] in _DEFAULT):
        strategy = _default(event, explanation)
        fingerprint: tuple[str, ...] = (_digest(explanation.values),)
    else:
        strategy, fingerprint = _given(event, given, given_by, explanation)
    return Grouping(VERSION, strategy, fingerprint, explanation.components(), title(event), culprit(event))


def _given(
    event: Event, given: tuple[str, ...], given_by: str, explanation: Explanation
) -> tuple[str, tuple[str, ...]]:
    for value in given:
        hint = f"{given_by}; stands for the default parts below" if value in _DEFAULT else given_by
        explanation.contribute("fingerprint", hint, value)
    if not any(value in _DEFAULT for value in given):
        explanation.mention("default", f"a fingerprint {given_by} replaces the default grouping")
        return "fingerprint", given
    explanation.values.clear()
    strategy = _default(event, explanation)
    default = _digest(explanation.values)
    values = tuple([default if value in _DEFAULT else value for value in given])
    return f"fingerprint with {strategy}", values


def _default(event: Event, explanation: Explanation) -> str:
    if event.exceptions and explain_exceptions(event, explanation):
        if event.message:
            explanation.mention("message", "the exceptions take precedence", event.message)
        return "exception"
    stack = parts_of(event.stacktrace or thread_stacktrace(event), event.platform)
    has_frames = explain_frames(stack, any_in_app(stack), explanation)
    has_message = _message(event, explanation)
    if has_frames:
        return "message and stack trace" if has_message else "stack trace"
    if has_message:
        return "message"
    explanation.contribute("logger", "there is nothing else to group by", event.logger or "")
    explanation.contribute("level", "there is nothing else to group by", event.level)
    explanation.contribute("platform", "there is nothing else to group by", event.platform)
    return "fallback"


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
