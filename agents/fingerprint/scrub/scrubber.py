"""The scrubbing of one project: the decoded payload goes in, and comes out without secrets, with notes of what was removed.

The payload is scrubbed before it is normalised, so that the event, the archived payload, the search text and the grouping
are all made from what is clean already. What the service adds by itself is scrubbed by ``address`` and ``text``.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from agents.fingerprint.scrub.actions import text_action, value_action, with_value
from agents.fingerprint.scrub.addresses import truncated
from agents.fingerprint.scrub.entries import ENTRIES, filled, without_secrets
from agents.fingerprint.scrub.key_blocks import hide_rest_of_key, is_hidden
from agents.fingerprint.scrub.keys import Keys, words_of
from agents.fingerprint.scrub.numbers import is_card
from agents.fingerprint.scrub.paths import Path, find, matches, segments, shown
from agents.fingerprint.scrub.people import with_pseudonyms
from agents.fingerprint.scrub.rules import ValueRule, default_rules
from agents.fingerprint.scrub.text import Pattern, TextRules, compiled
from agents.fingerprint.scrub.tree import Edits, Tree
from schemas.scrubbing import MAX_PATHS, MAX_RULES, CustomRule, Scrubbed, Scrubbing

#: Most notes of one event. What is over it is scrubbed all the same.
MAX_NOTES = 100
#: JSON within strings within JSON: how deep it is taken apart. Below that it is treated as text.
_JSON_DEPTH = 3
#: Keys of lines of source.
_SOURCE = frozenset({"context_line", "pre_context", "post_context"})

Notes = dict[Scrubbed, None]


class Clean(NamedTuple):
    """A payload without secrets, and where some were removed."""

    data: Any
    scrubbed: tuple[Scrubbed, ...]


@lru_cache(maxsize=256)
def scrubber_for(config: Scrubbing) -> "Scrubber":
    """The scrubber of a configuration; those used lately are kept, for compiling one takes tens of milliseconds.

    Raises:
        ValueError: a pattern of the configuration is not in RE2's syntax, or there are too many rules.
    """
    return Scrubber(config)


class Scrubber:
    """Everything compiled from one configuration. Its methods are pure, and linear in what they are given."""

    def __init__(self, config: Scrubbing) -> None:
        if len(config.rules) > MAX_RULES or any(len(rule.paths) > MAX_PATHS for rule in config.rules):
            raise ValueError(f"At most {MAX_RULES} rules with at most {MAX_PATHS} paths each.")
        rules = default_rules()
        self._config = config
        self._keys = Keys(rules, config)
        self._allowed = tuple(segments(path) for path in config.allow_paths)
        self._versions = rules.addresses.versions
        self._card = config.defaults and "card" not in config.disabled
        own = [rule for rule in config.rules if rule.pattern is not None]
        self._paths = [tuple(segments(path) for path in rule.paths) for rule in own]
        self._whole = [
            (rule, segments(path)) for rule in config.rules if rule.pattern is None for path in rule.paths
        ]
        patterns = [self._own_pattern(rule) for rule in own]
        if config.defaults:
            patterns += [
                compiled(rule, self._keys) for rule in rules.values if rule.name not in config.disabled
            ]
        if config.addresses != "keep":
            action = truncated if config.addresses == "truncate" else None
            about = rules.addresses
            rule = ValueRule(about.name, about.marker, about.pattern, about.check)
            patterns.append(compiled(rule, self._keys, action))
        self._text = TextRules(patterns, self._keys, config.allow_values)

    def payload(self, data: Any) -> Clean:
        """A decoded JSON payload without secrets. ``data`` itself is not changed; the result shares its clean parts."""
        notes: Notes = {}
        before = data
        if data.__class__ is str:
            return Clean(self.text(data), ())
        if data.__class__ is not dict and data.__class__ is not list:
            return Clean(data, ())
        for rule, pattern in self._whole:
            for path, value in list(find(data, pattern)):
                data = with_value(data, path, value_action(rule, self._config.hash_key, value))
                _note(
                    notes,
                    rule.name,
                    tuple(self.text(part) if isinstance(part, str) else part for part in path),
                )
        if data.__class__ is dict:
            data = self._entries(data, notes)
        clean = self._structure(data, (), 0, notes)
        if notes and clean.__class__ is dict:
            clean = with_pseudonyms(before, clean, self._config.hash_key)
        return Clean(clean, tuple(notes))

    def text(self, text: str) -> str:
        """A text from elsewhere (the name of an SDK, a file name) without secrets."""
        return self._text.scrub(text, self._text.hits([text]).get(0, ()), False)[0]

    def address(self, address: str) -> str:
        """The client's address as it may be kept; nothing where it may not."""
        if self._config.addresses == "keep":
            return address
        return truncated(address) if self._config.addresses == "truncate" else ""

    def _own_pattern(self, rule: CustomRule) -> Pattern:
        pattern = ValueRule(rule.name, rule.replacement, rule.pattern or "")
        return compiled(pattern, self._keys, text_action(rule, self._config.hash_key))

    def _entries(self, data: dict[str, Any], notes: Notes) -> dict[str, Any]:
        """The message's parameters are looked at in their template: ``password=%s`` says what they are."""
        for name in ENTRIES:
            entry = data.get(name)
            text = filled(entry)
            if entry is None or text is None:
                continue
            clean, rules = self._text.scrub(text, self._text.hits([text]).get(0, ()), False)
            if rules and not self._is_allowed((name, "formatted")):
                data = {**data, name: without_secrets(entry, clean, self._keys.marker)}
                for rule in rules:
                    _note(notes, rule, (name, "formatted"))
        return data

    def _structure(self, data: Any, above: Path, depth: int, notes: Notes) -> Any:
        tree = Tree(data, self._keys)
        hits = self._text.hits(tree.strings + [name for _, name in tree.names])
        # Names first, so that no secret in one gets into the path of a note.
        for number, (container, name) in enumerate(tree.names, len(tree.strings)):
            if number in hits:
                self._name(tree, notes, above, container, name, hits[number])
            else:
                self._keys.note_clean(name)
        edits: Edits = {}
        for container, key, _value in tree.sensitive:
            self._edit(tree, edits, notes, ("key",), above, container, key, self._keys.marker)
        if self._card:
            for container, key, number in tree.numbers:
                if is_card(str(number)):
                    self._edit(tree, edits, notes, ("card",), above, container, key, "[card]")
        for number, rules in hits.items():
            if number < len(tree.strings):
                self._string(tree, edits, notes, above, depth, number, rules)
        return tree.rebuilt(edits) if edits or tree.renamed else data

    def _name(
        self, tree: Tree, notes: Notes, above: Path, container: int, name: str, rules: list[int]
    ) -> None:
        clean, found = self._text.scrub(name, rules, False)
        if found and not self._is_allowed(above + tree.path(container, name)):
            tree.renamed.setdefault(container, {})[name] = clean
            _note(notes, found[0], above + tree.path(container, name))

    def _string(
        self, tree: Tree, edits: Edits, notes: Notes, above: Path, depth: int, number: int, rules: list[int]
    ) -> None:
        container, key = tree.container_of(number), tree.keys[number]
        text, path = tree.strings[number], above + tree.path(container, key)
        named = str(tree.parent(container)[1] if key.__class__ is int else key)
        rules = self._applicable(rules, path, named)
        if not rules or self._is_allowed(path) or is_hidden(edits, container, key):
            return
        inner = _json(text) if depth < _JSON_DEPTH else None
        if inner is not None:
            clean = self._structure(inner, path, depth + 1, notes)
            if clean is not inner:
                edits.setdefault(container, {})[key] = orjson.dumps(clean).decode()
            return
        after, found = self._text.scrub(text, rules, named in _SOURCE)
        if found:
            self._edit(tree, edits, notes, tuple(found), above, container, key, after)
        if "private-key" in found:
            hide_rest_of_key(tree, edits, container, key)

    def _applicable(self, rules: list[int], path: Path, named: str) -> list[int]:
        """Custom rules apply at their paths only; addresses are no addresses where versions are expected."""
        own = len(self._paths)
        kept = []
        for rule in rules:
            paths = self._paths[rule] if rule < own else ()
            if paths and not any(matches(pattern, path) for pattern in paths):
                continue
            if self._text.patterns[rule].name == "address" and self._is_version(path, named):
                continue
            kept.append(rule)
        return kept

    def _is_version(self, path: Path, named: str) -> bool:
        return path[:1] == ("modules",) or not self._versions.isdisjoint(words_of(named))

    def _is_allowed(self, path: Path) -> bool:
        return any(matches(pattern, path, below=True) for pattern in self._allowed)

    def _edit(
        self,
        tree: Tree,
        edits: Edits,
        notes: Notes,
        rules: tuple[str, ...],
        above: Path,
        container: int,
        key: str | int,
        value: Any,
    ) -> None:
        path = above + tree.path(container, key)
        if self._allowed and self._is_allowed(path):
            return
        edits.setdefault(container, {})[key] = value
        for rule in rules:
            _note(notes, rule, path)


def _note(notes: Notes, rule: str, path: Path) -> None:
    if len(notes) < MAX_NOTES:
        notes[Scrubbed(rule, shown(path))] = None


def _json(text: str) -> Any:
    """The object or list that a text is the JSON of; None where it is something else."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = orjson.loads(text)
        # What cannot be written again (nested too deep) is treated as text.
        orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value
