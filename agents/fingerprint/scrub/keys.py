"""Which names are names of secrets: ``apiKey`` is one, ``token_count`` and ``tokenizer`` are not."""

import re
from enum import IntEnum
from typing import Any

import re2

from agents.fingerprint.scrub.rules import DefaultRules, joined
from schemas.scrubbing import Scrubbing

#: What splits a name into words: case changes, and anything that is no letter or digit. Each alternative is one class with
#: one repetition, so that splitting is linear.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
#: What stands in sentences, paths and code, and not in names; and how many words a name has at most.
_NO_NAME = re.compile(r"[/()<>=?;,'\"]")
_MOST_WORDS = 8
#: Of a longer name only the end is looked at.
_LONGEST_NAME = 160
#: Names whose class is remembered, and how long such a name may be.
_REMEMBERED = 8192
_REMEMBERED_LENGTH = 64
_COUNTED = ("tokens", "cookies", "sessions", "credentials", "secrets", "passwords")


class Sensitivity(IntEnum):
    """How surely a name is the name of a secret. ``QUANTITY``: only where the value is no number (``tokens: 512``)."""

    PLAIN = 0
    QUANTITY = 1
    SENSITIVE = 2
    STRONG = 3


class Keys:
    """The rules on names for one project. Names are remembered, in a bounded number."""

    def __init__(self, rules: DefaultRules, config: Scrubbing) -> None:
        keys = rules.keys
        defaults = config.defaults and "key" not in config.disabled
        own = tuple(" ".join(words_of(name)) for name in config.sensitive_keys)
        self.marker = keys.marker
        self._allowed = frozenset(" ".join(words_of(name)) for name in config.allow_keys)
        self._always = own + (keys.always if defaults else ())
        self._strong = keys.strong if defaults else ()
        self._phrases = keys.phrases if defaults else ()
        self._whole = frozenset(keys.whole if defaults else ())
        self._endings = keys.endings if defaults else ()
        self._harmless = keys.harmless
        self._harmless_first = keys.harmless_first
        self._harmless_value = re2.compile(joined(rules.harmless_values.strip()))
        markers = {rule.marker for rule in rules.values} | {rules.addresses.marker}
        self._markers = re.compile("|".join(sorted(map(re.escape, markers))))
        self._known: dict[str, Sensitivity] = {}
        #: Names in which no pattern finds a secret.
        self.clean: set[str] = set()

    def sensitivity(self, name: str) -> Sensitivity:
        """How sensitive the value of a name is."""
        known = self._known.get(name)
        if known is not None:
            return known
        found = self._classify(name[-_LONGEST_NAME:])
        if len(name) <= _REMEMBERED_LENGTH:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[name] = found
        return found

    def note_clean(self, name: str) -> None:
        """Remember that a name holds no secret itself."""
        if len(name) <= _REMEMBERED_LENGTH:
            if len(self.clean) >= _REMEMBERED:
                self.clean.clear()
            self.clean.add(name)

    def stems(self) -> str:
        """The alternatives of a regular expression (letter case ignored) that is found in each name of a secret."""
        names = {*self._always, *self._strong, *self._phrases, *self._endings}
        stems = {re2.escape(name).replace("\\ ", "[ _.-]?") for name in names}
        stems |= {rf"\b{re2.escape(name)}\b".replace("\\ ", "[ _.-]?") for name in self._whole}
        return "|".join(sorted(stems)) or r"[^\s\S]"

    def harmless(self, value: str) -> bool:
        """Whether a value under a sensitive name is no secret: empty, a placeholder, already removed, an object's address."""
        return not value.strip() or (len(value) < 300 and self._harmless_value.search(value) is not None)

    def secret(self, sensitivity: Sensitivity, value: Any) -> bool:
        """Whether a value under a name of this sensitivity is to be removed."""
        if value is None or value is True or value is False or value == [] or value == {}:
            return False
        if value.__class__ is str:
            return not self.harmless(value)
        return sensitivity is not Sensitivity.QUANTITY or value.__class__ in (dict, list)

    def _classify(self, name: str) -> Sensitivity:
        # What was taken out of a name is not what the name says.
        words = words_of(self._markers.sub("", name))
        phrase = " ".join(words)
        if not words or phrase in self._allowed or len(words) > _MOST_WORDS or _is_sentence(name):
            return Sensitivity.PLAIN
        padded = f" {phrase} "
        if any(f" {always} " in padded for always in self._always):
            return Sensitivity.SENSITIVE
        if self._is_about(words):
            return Sensitivity.PLAIN
        if any(f" {strong} " in padded for strong in self._strong):
            return Sensitivity.STRONG
        if (
            phrase in self._whole
            or any(f" {part} " in padded for part in self._phrases)
            or any(word.endswith(ending) for word in words for ending in self._endings)
        ):
            return Sensitivity.QUANTITY if name.lower().endswith(_COUNTED) else Sensitivity.SENSITIVE
        return Sensitivity.PLAIN

    def _is_about(self, words: list[str]) -> bool:
        """Whether a name of several words says something about a secret: its length, whether there is one."""
        if len(words) < 2:
            return False
        last = next((word for word in reversed(words) if not word.isdigit()), "")
        return last in self._harmless or words[0] in self._harmless_first


def _is_sentence(name: str) -> bool:
    return _NO_NAME.search(name) is not None or name.count(" ") > 2


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case, without a plural s."""
    words = [word.lower() for word in _WORD.findall(name)]
    return [word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word for word in words]
