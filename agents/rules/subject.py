"""What rules look at: an event, or totals of sessions, by the names of the search language's fields."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from agents.event_view import GroupingView
from agents.fingerprint.search_text import search_text
from schemas.event import Event, User
from schemas.sessions import SessionCount


class ExceptionView(msgspec.Struct, frozen=True):
    """Of an exception, without its frames."""

    type: str | None = None
    value: str | None = None


class RuleEventView(msgspec.Struct, frozen=True):
    """Of the normalised event, all fields that have a name in the search language."""

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
    sdk: str | None = None
    exceptions: tuple[ExceptionView, ...] = ()
    tags: dict[str, str] = {}
    user: User | None = None


class RuleView(msgspec.Struct, frozen=True):
    """Of ``schemas.records.FingerprintedEvent``."""

    project: int
    issue_id: str
    event: RuleEventView
    grouping: GroupingView


class _WholeEvent(msgspec.Struct, frozen=True):
    event: Event


_NO_MERGES: Mapping[str, str] = {}

_decode_view = msgspec.json.Decoder(RuleView).decode
_decode_whole = msgspec.json.Decoder(_WholeEvent).decode
_decode_sessions = msgspec.json.Decoder(SessionCount).decode

#: Fields of the search language that totals of sessions have.
SESSION_FIELDS = frozenset({"environment", "release"})


class Subject(Protocol):
    """What a predicate may ask for. Fields that there are not are empty."""

    def text_of(self, field: str) -> str:
        """A field of one text."""

    def texts_of(self, field: str) -> list[str]:
        """A field of several texts, none of them empty."""

    def tag(self, name: str) -> str:
        """A tag's value."""

    def is_issue(self, issue: str) -> bool:
        """Whether it is of an issue, or of one that is merged with it."""

    def search_text(self) -> str:
        """The text that is searched without a field, in lower case."""


class EventSubject:
    """A value of events-fingerprinted. ``roots`` has the issue that each merged one is shown as; ``issue`` is the event's.

    Raises:
        msgspec.ValidationError: it is not one.
    """

    __slots__ = ("_roots", "_text", "_value", "issue", "view")

    def __init__(self, value: bytes, roots: Mapping[str, str] = _NO_MERGES) -> None:
        self.view = _decode_view(value)
        self.issue = roots.get(self.view.issue_id, self.view.issue_id)
        self._roots = roots
        self._value = value
        self._text: str | None = None

    def text_of(self, field: str) -> str:
        """As ``Subject``."""
        view = self.view
        if field in _IN_GROUPING:
            return str(getattr(view.grouping, field))
        if field == "issue":
            return self.issue
        if field == "event":
            return view.event.event_id
        if field.startswith("user."):
            return (view.event.user and getattr(view.event.user, field[5:])) or ""
        return getattr(view.event, field) or ""

    def texts_of(self, field: str) -> list[str]:
        """As ``Subject``."""
        return [text for exception in self.view.event.exceptions if (text := getattr(exception, field))]

    def tag(self, name: str) -> str:
        """As ``Subject``."""
        return self.view.event.tags.get(name, "")

    def is_issue(self, issue: str) -> bool:
        """As ``Subject``."""
        return self._roots.get(issue, issue) == self.issue

    def search_text(self) -> str:
        """As ``Subject``. The rest of the event is decoded only for this."""
        if self._text is None:
            self._text = search_text(_decode_whole(self._value).event).lower()
        return self._text


class SessionSubject:
    """A value of sessions-counted. It has ``SESSION_FIELDS`` only.

    Raises:
        msgspec.ValidationError: it is not one.
    """

    __slots__ = ("count",)

    def __init__(self, value: bytes) -> None:
        self.count = _decode_sessions(value)

    def text_of(self, field: str) -> str:
        """As ``Subject``."""
        return str(getattr(self.count, field))

    def is_issue(self, issue: str) -> bool:
        """As ``Subject``."""
        return False

    def texts_of(self, field: str) -> list[str]:
        """As ``Subject``."""
        return []

    def tag(self, name: str) -> str:
        """As ``Subject``."""
        return ""

    def search_text(self) -> str:
        """As ``Subject``."""
        return ""


_IN_GROUPING = frozenset({"title", "culprit"})
