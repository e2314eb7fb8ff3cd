"""Two explanations side by side: why two events are, or are not, one issue. Pure."""

from difflib import SequenceMatcher
from enum import StrEnum

import msgspec

from schemas.records import Component, Grouping


class Side(StrEnum):
    """Where a component is found."""

    BOTH = "both"
    FIRST = "first"
    SECOND = "second"


class Line(msgspec.Struct, frozen=True):
    """One component of a comparison. ``decides``: it contributes on one side only, so it tells the two apart."""

    side: Side
    decides: bool
    component: Component


class Comparison(msgspec.Struct, frozen=True):
    """``same``: the fingerprints are equal. ``reasons``: a sentence for each difference that decides, at most 20."""

    same: bool
    lines: tuple[Line, ...]
    reasons: tuple[str, ...]


_MOST_REASONS = 20


def compare(first: Grouping, second: Grouping) -> Comparison:
    """The components of two groupings, aligned in order.

    Explanations have at most 60 components, so that aligning them costs at most 3,600 steps.
    """
    same = first.version == second.version and first.fingerprint == second.fingerprint
    one, other = first.components, second.components
    keys, other_keys = [
        [(part.name, part.value, part.contributes) for part in parts] for parts in (one, other)
    ]
    lines: list[Line] = []
    matcher = SequenceMatcher(None, keys, other_keys, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            lines += [Line(Side.BOTH, False, part) for part in one[start:end]]
        else:
            lines += [Line(Side.FIRST, part.contributes, part) for part in one[start:end]]
            lines += [Line(Side.SECOND, part.contributes, part) for part in other[other_start:other_end]]
    return Comparison(same, tuple(lines), _reasons(first, second, lines, same))


def _reasons(first: Grouping, second: Grouping, lines: list[Line], same: bool) -> tuple[str, ...]:
    if same:
        return ("All parts that contribute are the same.",)
    reasons = []
    if first.version != second.version:
        reasons.append(f"Grouped by different versions: {first.version} and {second.version}.")
    if first.strategy != second.strategy:
        reasons.append(f"Grouped by different rules: {first.strategy} and {second.strategy}.")
    for line in lines:
        if line.decides:
            part = line.component
            reasons.append(f"Only the {line.side} event has the {part.name} {part.value!r} ({part.hint}).")
    return tuple(reasons[:_MOST_REASONS]) or ("They differ in parts beyond those that are listed.",)
