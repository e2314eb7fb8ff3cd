"""Maps that are in memory, read by the package ``symbolic``: look-ups are synchronous, bounded, and never raise."""

from collections.abc import Mapping
from typing import NamedTuple

from symbolic.exceptions import SymbolicError
from symbolic.proguard import JavaStackFrame, ProguardMapper
from symbolic.sourcemapcache import SourceMapCache

from agents.fingerprint import limits
from agents.fingerprint.coerce import line, trimmed
from schemas.artifacts import ArtifactName

#: Lines of source before and after a frame's own.
CONTEXT_LINES = 5
#: What a look-up may return, in characters, and in frames inlined into one. A map that returns more is not asked again:
#: it would cost every event as much.
_MOST_TEXT = 512 * 1024
_MOST_INLINED = 64
#: Line and column numbers are 32 bits wide in ``symbolic``.
_LARGEST = 2**32 - 1
_UNKNOWN = "<unknown>"
#: Characters that a remembered position counts beside its text.
_OVERHEAD = 500


class Position(NamedTuple):
    """A place in an original source. ``function`` is None where the map cannot tell it; ``context_line`` likewise."""

    source: str
    line: int
    column: int
    function: str | None
    context_line: str | None
    pre_context: tuple[str, ...]
    post_context: tuple[str, ...]


class Call(NamedTuple):
    """A call in original Java: ``class_name`` with its package, ``line`` 0 and ``file`` None where they are unknown."""

    class_name: str
    method: str
    line: int
    file: str | None


class SourceMap:
    """A source map with the script to which it belongs.

    Most events of an issue have the same frames, so positions are remembered, up to ``room`` characters of text.
    """

    def __init__(self, cache: SourceMapCache, room: int = 0) -> None:
        self._cache = cache
        self._refused = False
        self._room = self._left = room
        self._remembered: dict[tuple[int, int, bool], Position] = {}

    def lookup(self, line_number: int, column: int, context: bool) -> Position | None:
        """The original of a position (both numbers from 1), with lines around it if ``context``; None if there is none."""
        if self._refused or not 0 < line_number <= _LARGEST or not 0 < column <= _LARGEST:
            return None
        place = line_number, column, context
        if (known := self._remembered.get(place)) is not None:
            return known
        position = self._look_up(line_number, column, context)
        if position is not None:
            self._remember(place, position)
        return position

    def _remember(self, place: tuple[int, int, bool], position: Position) -> None:
        size = _OVERHEAD + len(position.source) + len(position.context_line or "")
        size += sum(map(len, position.pre_context)) + sum(map(len, position.post_context))
        if size > self._left:
            self._remembered.clear()
            self._left = self._room
        if size <= self._left:
            self._left -= size
            self._remembered[place] = position

    def _look_up(self, line_number: int, column: int, context: bool) -> Position | None:
        try:
            token = self._cache.lookup(line_number, column, CONTEXT_LINES if context else 0)
        except SymbolicError:
            return None
        if token is None or not token.src:
            return None
        texts = (token.src, token.function_name, token.name, token.context_line)
        lines = (*token.pre_context, *token.post_context)
        self._refused = sum(map(len, lines)) + sum(len(text) for text in texts if text) > _MOST_TEXT
        function = token.function_name
        return Position(
            trimmed(token.src, limits.CODE),
            token.line,
            token.col,
            None if function is None or function == _UNKNOWN else trimmed(function, limits.CODE),
            _line(token.context_line) if token.context_line else None,
            tuple(_line(text) for text in token.pre_context),
            tuple(_line(text) for text in token.post_context),
        )


class ProguardMap:
    """A mapping of ProGuard or R8."""

    def __init__(self, mapper: ProguardMapper) -> None:
        self._mapper = mapper
        self._refused = False

    def class_name(self, obfuscated: str) -> str | None:
        """The original name of a class, or None for one that the mapping does not have."""
        try:
            found = self._mapper.remap_class(obfuscated)
        except (SymbolicError, UnicodeEncodeError):
            return None
        return trimmed(found, limits.LABEL) if found else None

    def calls(self, class_name: str, method: str, line_number: int) -> tuple[Call, ...]:
        """The original calls that stand in one obfuscated frame, outermost first; none where the mapping has none.

        Without a line number what was inlined cannot be told from what is ambiguous: only one call is returned then.
        """
        if self._refused or not 0 <= line_number <= _LARGEST:
            return ()
        try:
            found = self._mapper.remap_frame(class_name, method, line_number)
        except (SymbolicError, UnicodeEncodeError):
            return ()
        self._refused = len(found) > _MOST_INLINED
        calls = [_call(frame) for frame in found[:_MOST_INLINED]]
        return tuple(reversed(calls)) if line_number else tuple(calls[:1])


#: The maps that were found, by the name of the artifact that stands for each.
Maps = Mapping[ArtifactName, SourceMap | ProguardMap]


def _call(frame: JavaStackFrame) -> Call:
    return Call(
        trimmed(frame.class_name, limits.LABEL),
        trimmed(frame.method, limits.CODE),
        frame.line,
        trimmed(frame.file, limits.LABEL) if frame.file else None,
    )


def _line(text: str) -> str:
    return line(text.rstrip("\r\n"), limits.SOURCE_LINE)
