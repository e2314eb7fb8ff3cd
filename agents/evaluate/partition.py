"""The states of one partition: all rules of the projects whose key belongs to it, in memory, with their rows.

A scope has a row for its status and one for each page of its tally, so that an event rewrites little. A change of an issue
that was seen has a row too, so that a copy of it is recognised.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

import metrics
from agents.evaluate.conditions import make_tally
from agents.evaluate.state import ScopeState, Status
from agents.evaluate.step import give_up, new_state
from agents.rules.book import RuleBook
from agents.rules.compiled import CompiledRule
from agents.table import WATERMARKS_KEY, Changes, StateTable
from schemas.alerts import Alert
from schemas.rules import Change, CountedEvent, Silence
from topics.partitioner import partition_of

#: Scope value of the state that tells since when a rule counts, where it counts several scopes.
ROOT = "\0"
#: A row that is rewritten this seldom stays on the changelog.
REWRITTEN_EVERY = 86_400.0

_STAMP = struct.Struct(">QQ")
_STATUS = -1
_SEEN = -2
#: The highest origin applied, by partition of events-fingerprinted and of events-received.
_APPLIED_KEY = WATERMARKS_KEY

_Applied = dict[int, dict[int, tuple[int, int]]]


class StateKey(NamedTuple):
    """Which scope of which rule. ``scope`` is the value of what the rule looks at apart."""

    rule: int
    scope: str


class Row(NamedTuple):
    """A row. ``stamp`` is the (generation, offset) of the record that was last applied to it."""

    stamp: tuple[int, int]
    value: bytes

    def encode(self) -> bytes:
        """16 bytes, big-endian (generation, offset), then the value."""
        return _STAMP.pack(*self.stamp) + self.value

    @classmethod
    def decode(cls, stored: bytes) -> "Row":
        """The inverse of ``encode``."""
        generation, offset = _STAMP.unpack_from(stored)
        return cls((generation, offset), stored[_STAMP.size :])


class PartitionStates:
    """What is known of one partition, as of this assignment."""

    def __init__(
        self, number: int, partitions: int, table: StateTable, book: RuleBook, most_scopes: int
    ) -> None:
        self.number = number
        self._partitions = partitions
        self._rooted: tuple[RuleBook | None, list[CompiledRule]] = (None, [])
        self.states: dict[StateKey, ScopeState] = {}
        self._scopes: dict[int, int] = {}
        self._table = table
        self._most_scopes = most_scopes
        self._rows: Changes = {}
        self._gone: list[bytes] = []
        self._seen: dict[tuple[int, str], tuple[int, int]] = {}
        stored = table.get(number, _APPLIED_KEY)
        self._applied: _Applied = msgspec.msgpack.decode(stored, type=_Applied) if stored else {}
        self._load(book)

    def _load(self, book: RuleBook) -> None:
        pages: list[tuple[StateKey, int, Row]] = []
        for key, stored in self._table.scan(self.number, b""):
            if key.startswith(b"__"):
                continue
            rule, scope, page = _decode_key(key)
            if not stored or page == _SEEN:
                continue
            row = Row.decode(stored)
            if page == _STATUS:
                status = _decode_status(row.value)
                compiled = book.rules.get(rule)
                current = compiled is not None and compiled.rule.version == status.version
                state = (
                    new_state(compiled, status.scope, status.since)
                    if compiled is not None and current
                    else ScopeState(status, make_tally(_ANY, _ANY.window))
                )
                state.status, state.due, state.changed = status, 0.0, False
                state.status_stamp = row.stamp
                self._put(StateKey(rule, scope), state)
            else:
                pages.append((StateKey(rule, scope), page, row))
        for state_key, page, row in pages:
            loaded = self.states.get(state_key)
            if loaded is not None and is_current(state_key, loaded, book):
                loaded.tally.load(row.value)
                loaded.page_stamps[page] = row.stamp

    def _put(self, key: StateKey, state: ScopeState) -> None:
        self.states[key] = state
        self._scopes[key.rule] = self._scopes.get(key.rule, 0) + 1

    def is_copy(self, partition: int, event: CountedEvent) -> bool:
        """Whether an event that was matched in ``partition`` of events-fingerprinted was applied already; from now on it
        counts as applied."""
        applied = self._applied.setdefault(partition, {})
        number, generation, offset = event.source
        if (generation, offset) <= applied.get(number, (-1, -1)):
            return True
        applied[number] = generation, offset
        return False

    def is_seen(self, rule: int, change: str, stamp: tuple[int, int]) -> bool:
        """Whether a change of an issue came before the record of ``stamp``; else it counts as seen by it."""
        known = self._seen.get((rule, change))
        key = _encode_key((rule, change, _SEEN))
        if known is None and (stored := self._table.get(self.number, key)):
            known = Row.decode(stored).stamp
        if known is not None and known != stamp:
            return True
        self._seen[rule, change] = stamp
        self._rows[key] = Row(stamp, b"").encode()
        return False

    def state(self, compiled: CompiledRule, scope: str, at: float, alerts: list[Alert]) -> ScopeState | None:
        """The state of a scope; None where the rule has too many scopes. What an earlier version of the rule had going on
        ends in ``alerts``."""
        key = StateKey(compiled.rule.id, scope)
        state = self.states.get(key)
        if state is not None and state.status.version != compiled.rule.version:
            alerts += give_up(state, at)
            self.remove(key)
            state = None
        if state is not None:
            return state
        if self._scopes.get(key.rule, 0) >= self._most_scopes and scope != root_of(compiled):
            metrics.RULE_SCOPES_IGNORED.inc()
            return None
        state = new_state(compiled, _scope_of(compiled, scope), self._since(compiled, scope, at, alerts))
        self._put(key, state)
        return state

    def _since(self, compiled: CompiledRule, scope: str, at: float, alerts: list[Alert]) -> float:
        """Since when a scope that is new is known: since the rule counts."""
        if not isinstance(compiled.rule.condition, Change) or scope == root_of(compiled):
            return at
        root = self.state(compiled, ROOT, at, alerts)
        return at if root is None else root.status.since

    def remove(self, key: StateKey) -> None:
        """Forget a scope."""
        state = self.states.pop(key)
        self._scopes[key.rule] -= 1
        encoded = _encode_key((*key, _STATUS))
        self._rows[encoded] = b""
        self._gone.append(encoded)
        self._drop_pages(key, state.changed_pages | state.old_pages)

    def _drop_pages(self, key: StateKey, pages: set[int]) -> None:
        for page in pages:
            encoded = _encode_key((*key, page))
            self._rows.pop(encoded, None)
            self._gone.append(encoded)

    def take_changes(self, touched: Iterable[StateKey], at: float, stamp: tuple[int, int]) -> Changes:
        """The rows of the scopes ``touched`` that have changed since the last time, the watermarks last. ``stamp``: of the
        last record that was applied."""
        for key in touched:
            state = self.states.get(key)
            if state is None:
                continue
            if state.changed or state.status.written < at - REWRITTEN_EVERY:
                state.status.written = at
                self._rows[_encode_key((*key, _STATUS))] = Row(stamp, _encode(state.status)).encode()
                state.changed = False
            for page in state.changed_pages - state.old_pages:
                self._rows[_encode_key((*key, page))] = Row(stamp, state.tally.encode(page)).encode()
            self._drop_pages(key, state.old_pages)
            state.changed_pages, state.old_pages = set(), set()
        rows, self._rows = self._rows, {}
        self._seen = {}
        rows[_APPLIED_KEY] = _encode(self._applied)
        return rows

    def take_gone(self) -> list[bytes]:
        """Keys of rows that are no longer needed, once the changes are written."""
        gone, self._gone = self._gone, []
        return gone

    def without_root(self, book: RuleBook) -> list[CompiledRule]:
        """The rules of this partition's projects of which it matters since when they count, and is not noted yet."""
        if self._rooted[0] is not book:
            rooted = [
                compiled
                for project, rules in book.counting.items()
                if partition_of(b"%d" % project, self._partitions) == self.number
                for compiled in rules
                if needs_root(compiled)
            ]
            self._rooted = (book, rooted)
        found = []
        for compiled in self._rooted[1]:
            known = self.states.get(StateKey(compiled.rule.id, root_of(compiled)))
            if known is None or known.status.version != compiled.rule.version:
                found.append(compiled)
        return found

    def wants_tick(self, at: float, book: RuleBook) -> bool:
        """Whether the passing of time may change anything."""
        return bool(self.without_root(book)) or any(True for _ in self.due(at, book))

    def due(self, at: float, book: RuleBook) -> Iterator[StateKey]:
        """The scopes that time may change something for."""
        for key, state in self.states.items():
            if state.due <= at or not is_current(key, state, book):
                yield key


def is_current(key: StateKey, state: ScopeState, book: RuleBook) -> bool:
    """Whether a state is of the rule as it is now."""
    compiled = book.rules.get(key.rule)
    return compiled is not None and compiled.rule.version == state.status.version


def root_of(compiled: CompiledRule) -> str:
    """The scope value of the state that tells since when the rule counts."""
    return ROOT if compiled.rule.per else ""


def needs_root(compiled: CompiledRule) -> bool:
    """Whether it matters since when a rule counts."""
    return isinstance(compiled.rule.condition, Silence | Change)


def _scope_of(compiled: CompiledRule, value: str) -> dict[str, str]:
    return {compiled.rule.per: value} if compiled.rule.per and value != ROOT else {}


_ANY = Silence(10)
_encode = msgspec.msgpack.Encoder().encode
_decode_status = msgspec.msgpack.Decoder(Status).decode
_encode_key = _encode
_decode_key = msgspec.msgpack.Decoder(tuple[int, str, int]).decode
