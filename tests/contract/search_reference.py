"""What a search means, said once more and as plainly as can be: the stores are held to it."""

import re
from collections.abc import Sequence

import msgspec

from agents.fingerprint.search_text import search_text
from agents.records import Incoming
from schemas.event import Event
from schemas.records import FingerprintedEvent
from stores.search.syntax import LISTS, Term

_decode = msgspec.json.Decoder(FingerprintedEvent).decode


class Searched:
    """An event as searches see it."""

    def __init__(self, record: Incoming) -> None:
        value = _decode(record.value)
        self.event: Event = value.event
        self.text = search_text(value.event).lower()
        self.fields = {
            "culprit": value.grouping.culprit,
            "title": value.grouping.title,
            "issue": value.issue_id,
            "event": value.event.event_id,
            "user.id": (value.event.user and value.event.user.id) or "",
            "user.email": (value.event.user and value.event.user.email) or "",
        }
        for name in [
            "level",
            "environment",
            "release",
            "dist",
            "platform",
            "logger",
            "sdk",
            "server_name",
            "transaction",
            "message",
        ]:
            self.fields[name] = getattr(value.event, name) or ""

    def matches(self, terms: Sequence[Term]) -> bool:
        """Whether all terms match."""
        return all(self._matches(term) != term.negated for term in terms)

    def _matches(self, term: Term) -> bool:
        if term.field is None:
            return _in_text(tuple(part.lower() for part in term.parts), self.text)
        if not term.is_tag and term.field in LISTS:
            texts = [getattr(exception, term.field) for exception in self.event.exceptions]
            return any(_is_value(term.parts, text) for text in [text for text in texts if text] or [""])
        if not term.is_tag and term.field in self.fields:
            return _is_value(term.parts, self.fields[term.field])
        return _is_value(term.parts, self.event.tags.get(term.field, ""))


def _is_value(parts: tuple[str, ...], value: str) -> bool:
    if not any(parts):
        return bool(value) == (len(parts) > 1)
    return re.fullmatch(".*".join(map(re.escape, parts)), value, re.DOTALL) is not None


def _in_text(parts: tuple[str, ...], text: str) -> bool:
    pattern = r"[^ \t\n\f\r]*".join(map(re.escape, parts))
    if _is_word(parts[0][:1]):
        pattern = r"(?<![a-z0-9\u0080-\U0010ffff])" + pattern
    if _is_word(parts[-1][-1:]):
        pattern += r"(?![a-z0-9\u0080-\U0010ffff])"
    return re.search(pattern, text) is not None


def _is_word(character: str) -> bool:
    return bool(character) and (character > "\x7f" or character.isalnum())
