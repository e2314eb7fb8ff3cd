"""Many patterns tried on a text at once: one pass of RE2, linear in the text however many patterns there are."""

from collections.abc import Sequence

import re2

from agents.fingerprint.rules.faults import RuleFault
from schemas.grouping import Condition

#: Bytes that the automaton of one field's patterns may take. It is made as it is needed, and rarely takes a tenth.
_MOST_MEMORY = 16 * 1024 * 1024
#: Instructions of RE2 that the patterns of one field may take together: about 500 globs. At worst, each character of a text
#: costs as many steps.
_MOST_INSTRUCTIONS = 10_000
#: Characters of a text that are looked at.
_LONGEST_TEXT = 1_000

_OPTIONS = re2.Options()
_OPTIONS.max_mem = _MOST_MEMORY
_OPTIONS.log_errors = False


class PatternSet:
    """The conditions on one field, each by the number that it is known by."""

    def __init__(self, field: str, conditions: Sequence[tuple[int, str, Condition]]) -> None:
        """``conditions``: the number of each, its place in the settings, and the condition.

        Raises:
            RuleFault: a pattern that RE2 does not understand, or too much of them.
        """
        self._numbers = [number for number, _, _ in conditions]
        self._set = re2.Set.SearchSet(_OPTIONS)
        instructions = 0
        for _, place, condition in conditions:
            where = f"{place}.{'globs' if condition.pattern is None else 'pattern'}"
            pattern = _pattern(condition)
            instructions += _size(pattern, where)
            if instructions > _MOST_INSTRUCTIONS:
                raise RuleFault(where, f"with it, the globs and patterns on {field!r} are too large together")
            self._set.Add(pattern)
        self._set.Compile()

    def match(self, text: str) -> list[int]:
        """The numbers of the conditions whose globs or pattern match; what they negate is not looked at."""
        return [self._numbers[found] for found in self._set.Match(text[:_LONGEST_TEXT]) or ()]


def _size(pattern: str, place: str) -> int:
    try:
        return int(re2.compile(pattern, _OPTIONS).programsize)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise RuleFault(place, f"RE2 refuses it: {words}") from None


def _pattern(condition: Condition) -> str:
    if condition.pattern is not None:
        return condition.pattern
    special = {"*": ".*", "?": "."}
    globs = [
        "".join(special.get(letter) or re2.escape(letter) for letter in glob) for glob in condition.globs
    ]
    return rf"(?is)\A(?:{'|'.join(globs)})\z"
