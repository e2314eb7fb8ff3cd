"""The match of a pattern, as the checks see it."""

from typing import NamedTuple

from agents.fingerprint.scrub.keys import Keys

Span = tuple[int, int]
Spans = tuple[Span, ...]

#: What joins words and numbers to longer ones.
JOINING = frozenset("-./_")


class Found(NamedTuple):
    """A match: the text, the spans of the whole and of the value, and of what else the pattern has.

    ``key`` is the name before the value, ``closing`` its quote, ``operator`` what stands between, with spaces.
    ``code``: the text is a line of source, where an unquoted value is mostly an expression.
    """

    text: str
    whole: Span
    value: Span
    key: str
    operator: str
    closing: str
    code: bool
    keys: Keys

    @property
    def words(self) -> str:
        """The matched value."""
        return self.text[self.value[0] : self.value[1]]

    @property
    def before(self) -> str:
        """The character before the match, or nothing."""
        return self.text[self.whole[0] - 1 : self.whole[0]] if self.whole[0] else ""

    @property
    def after(self) -> str:
        """The character after the match, or nothing."""
        return self.text[self.whole[1] : self.whole[1] + 1]
