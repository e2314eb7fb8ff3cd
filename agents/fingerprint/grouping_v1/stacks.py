"""Which frames of a stack trace identify the bug: where it happened, and who called.

Of the frames that count, the innermost few do. What lies further out (routing, workers, the order of middleware) differs
between ways to reach one bug, and an inlined or added frame there changes nothing; who called the failing function tells
two bugs in one helper apart. That the frames near the top say most is what studies of crash grouping found: Bartz et al.,
"Finding similar failures using callstack similarity" (SysML 2008); Vasiliev et al., "TraceSim" (2020).
"""

from collections import Counter

from agents.fingerprint.grouping_v1.explanation import Explanation
from agents.fingerprint.grouping_v1.frames import FramePart, frame_part
from schemas.event import Stacktrace

#: Distinct in-app frames that count, innermost first: the place and its caller. Helpers do not use them up.
_IN_APP_FRAMES = 2
#: Where no frame is in-app, one more: a library's own frames say less.
OTHER_FRAMES = 4
#: Most frames that count, helpers included.
_MOST_FRAMES = 5

#: What is thrown when recursion does not end. Where it was cut off is chance, so its frames count as a set.
_OVERFLOWS = frozenset(
    {
        "RecursionError",
        "StackOverflowError",
        "StackOverflowException",
        "InsufficientExecutionStackException",
        "SystemStackError",
    }
)

Parts = list[FramePart]


def parts_of(stacktrace: Stacktrace | None, platform: str) -> Parts:
    """The frames of a stack trace, oldest first. Where none has a name, their binaries stand for them."""
    if stacktrace is None:
        return []
    parts = [frame_part(platform, frame) for frame in stacktrace.frames]
    if any(part.value is not None for part in parts):
        return parts
    return [FramePart(_binary(frame.package), False) for frame in stacktrace.frames]


def _binary(package: str | None) -> str | None:
    return package.replace("\\", "/").rsplit("/", 1)[-1] or None if package else None


def any_in_app(parts: Parts) -> bool:
    """Whether a frame is in-app and says more than where programs begin."""
    return any(part.in_app and not part.entry and not part.generated for part in parts)


def explain_frames(
    parts: Parts,
    in_app_only: bool,
    explanation: Explanation,
    kind: str | None = None,
    most: int = OTHER_FRAMES,
) -> bool:
    """Explain each frame, oldest first; whether any contributed.

    ``in_app_only``: whether a frame anywhere in the event is in-app, so that the others do not count; else ``most`` do.
    ``kind``: the type of the exception.
    """
    hints, candidates = _sort_out(parts, in_app_only)
    if (
        kind is not None
        and kind.rsplit(".", 1)[-1] in _OVERFLOWS
        and _recursion(parts, candidates, explanation)
    ):
        return True
    chosen = _innermost(parts, candidates, in_app_only, most, hints)
    said = "in-app frame" if in_app_only else "no frame is in-app, so the innermost count"
    for position, part in enumerate(parts):
        if position in chosen:
            explanation.contribute("frame", said, part.value or "")
        else:
            explanation.mention("frame", hints[position], part.value)
    return bool(chosen)


def _sort_out(parts: Parts, in_app_only: bool) -> tuple[list[str], list[int]]:
    """Why each frame does not count, and the positions of those that may, innermost first."""
    hints = [""] * len(parts)
    candidates: list[int] = []
    set_aside: list[int] = []
    for position in range(len(parts) - 1, -1, -1):
        part = parts[position]
        if part.value is None:
            hints[position] = "neither its place nor its function is known"
        elif in_app_only and not part.in_app:
            hints[position] = "not in-app"
        elif part.generated:
            hints[position] = "made by a compiler or runtime, or how programs stop"
            set_aside.append(position)
        elif part.hands_on and (candidates or not part.in_app):
            hints[position] = "hands the call on: middleware, a wrapper or a template"
            set_aside.append(position)
        else:
            candidates.append(position)
    return hints, candidates or set_aside


def _innermost(
    parts: Parts, candidates: list[int], in_app_only: bool, most: int, hints: list[str]
) -> set[int]:
    """The positions that count; the hints of the other candidates are filled in. Recursion counts once, where it ends."""
    left = _IN_APP_FRAMES if in_app_only else most
    seen: set[str | None] = set()
    chosen: set[int] = set()
    for position in candidates:
        part = parts[position]
        if part.value in seen:
            hints[position] = "recursion: counted where it came last"
        elif left == 0 or len(chosen) == _MOST_FRAMES:
            hints[position] = "further out than the place and its caller"
        else:
            chosen.add(position)
            seen.add(part.value)
            left -= not part.helper
    if not in_app_only:
        # A program's own entry is in-app where nothing else is: it tells programs apart.
        for position in candidates:
            if parts[position].in_app and parts[position].entry and parts[position].value not in seen:
                chosen.add(position)
                break
    return chosen


def _recursion(parts: Parts, candidates: list[int], explanation: Explanation) -> bool:
    """Contribute the frames that recur, as a set; False where none recurs."""
    counts = Counter(parts[position].value for position in candidates)
    often = max(counts.values(), default=0)
    if often < 3:
        return False
    cycle = sorted(value for value, times in counts.items() if value and times * 6 >= often)
    for value in cycle[:_MOST_FRAMES]:
        explanation.contribute("recursion", "one of the frames that recur without end", value)
    explanation.mention("frame", f"{len(parts)} frames; only those that recur count")
    return True
