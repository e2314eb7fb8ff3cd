"""A payload as a flat list of its containers, so that it is walked once, without recursion, and copied only where it changes.

The parts of a payload come from a client; they may be of any JSON type and nest as deep as the decoder allows.
"""

from bisect import bisect_right
from typing import Any, NamedTuple

from agents.fingerprint.scrub.keys import Keys, Sensitivity
from agents.fingerprint.scrub.paths import Path

#: Shorter strings hold no secret that a pattern could tell.
SHORTEST = 5
#: Cards have at least thirteen digits.
_LEAST_CARD = 10**12
#: Top-level names under which keys are names of packages (``cookie``, ``secretstorage``), not of secrets.
_PACKAGES = frozenset({"modules"})


#: New values, and new names of keys, by container.
Edits = dict[int, dict[str | int, Any]]
Renamed = dict[int, dict[str, str]]


class SensitiveValue(NamedTuple):
    """A value under the name of a secret: its container, its key there, and the value."""

    container: int
    key: str | int
    value: Any


class Tree:
    """The containers of a payload, parents first, with its strings in the order of their containers.

    ``strings[n]`` stands under ``keys[n]`` in the container ``container_of(n)``. What is under the name of a secret is in
    ``sensitive`` and not looked into any further. ``numbers`` are whole numbers long enough for a card, ``names`` the
    keys that may themselves hold a secret, with their containers; ``renamed`` is filled by who finds one in them.
    """

    def __init__(self, data: Any, names: Keys) -> None:
        self.containers: list[Any] = []
        self._parents: list[int] = []
        self._places: list[str | int] = []
        self._first: list[int] = []
        self.strings: list[str] = []
        self.keys: list[str | int] = []
        self.sensitive: list[SensitiveValue] = []
        self.numbers: list[SensitiveValue] = []
        self.names: list[tuple[int, str]] = []
        self.renamed: Renamed = {}
        self._indexes: dict[int, int] = {}
        self._names = names
        self._add(data, -1, "")
        # The list grows while it is walked.
        for index, container in enumerate(self.containers):
            self._first.append(len(self.strings))
            if container.__class__ is dict:
                self._walk_object(index, container)
            else:
                self._walk_list(index, container)

    def container_of(self, number: int) -> int:
        """The container of a string."""
        return bisect_right(self._first, number) - 1

    def path(self, container: int, *key: str | int) -> Path:
        """The keys that lead to a container, or to a key in it, as they are called after renaming."""
        parts: list[str | int] = [self._name(container, part) for part in key]
        while container > 0:
            parent = self._parents[container]
            parts.append(self._name(parent, self._places[container]))
            container = parent
        return tuple(reversed(parts))

    def _name(self, container: int, key: str | int) -> str | int:
        if not self.renamed or isinstance(key, int):
            return key
        return self.renamed.get(container, {}).get(key, key)

    def index_of(self, container: Any) -> int | None:
        """The place in ``containers`` of a container that is in the payload; None for anything else."""
        if not self._indexes:
            self._indexes = {id(known): index for index, known in enumerate(self.containers)}
        return self._indexes.get(id(container))

    def parent(self, container: int) -> tuple[int, str | int]:
        """The container around a container (-1: none), and the key there."""
        return self._parents[container], self._places[container]

    def rebuilt(self, edits: Edits) -> Any:
        """The payload with values replaced, and keys renamed as ``renamed`` says. What is not changed is shared."""
        edits = {container: dict(values) for container, values in edits.items()}
        changed = {*edits, *self.renamed}
        data = self.containers[0]
        for index in sorted(changed | self._ancestors(changed), reverse=True):
            data = self.containers[index].copy()
            for key, value in edits.get(index, {}).items():
                data[key] = value
            if index in self.renamed:
                data = {self._name(index, key): value for key, value in data.items()}
            if index:
                edits.setdefault(self._parents[index], {}).setdefault(self._places[index], data)
        return data

    def _ancestors(self, containers: set[int]) -> set[int]:
        found: set[int] = set()
        for container in containers:
            while container > 0 and container not in found:
                found.add(container)
                container = self._parents[container]
        return found | {0} if containers else found

    def _add(self, container: Any, parent: int, key: str | int) -> None:
        self.containers.append(container)
        self._parents.append(parent)
        self._places.append(key)

    def _walk_object(self, index: int, container: dict[str, Any]) -> None:
        sensitivity, plain = self._names.sensitivity, Sensitivity.PLAIN
        packages = self._parents[index] == 0 and self._places[index] in _PACKAGES
        strings, keys, clean = self.strings, self.keys, self._names.clean
        for key, value in container.items():
            if key not in clean and len(key) >= SHORTEST:
                self.names.append((index, key))
            if (how := sensitivity(key)) is not plain and not packages and self._names.secret(how, value):
                self.sensitive.append(SensitiveValue(index, key, value))
                continue
            kind = value.__class__
            if kind is str:
                if len(value) >= SHORTEST:
                    strings.append(value)
                    keys.append(key)
            elif kind is dict or kind is list:
                self._add(value, index, key)
            elif kind is int and value > _LEAST_CARD:
                self.numbers.append(SensitiveValue(index, key, value))
        if "value" in container:
            self._named(index, container.get("key", container.get("name")), "value", container["value"])

    def _walk_list(self, index: int, container: list[Any]) -> None:
        strings, keys = self.strings, self.keys
        option: str | None = None
        pair = len(container) == 2 and container[0].__class__ is str
        for place, value in enumerate(container):
            kind = value.__class__
            if kind is str:
                if (place and pair and self._named(index, container[0], 1, value)) or (
                    option is not None and self._named(index, option, place, value)
                ):
                    option = None
                    continue
                option = value if value[:1] == "-" and len(value) < 64 else None
                if len(value) >= SHORTEST:
                    strings.append(value)
                    keys.append(place)
            elif kind is dict or kind is list:
                self._add(value, index, place)
            elif kind is int and value > _LEAST_CARD:
                self.numbers.append(SensitiveValue(index, place, value))

    def _named(self, index: int, name: Any, key: str | int, value: Any) -> bool:
        """Note a value that its neighbour names: ``["password", "…"]``, ``{"key": "password", "value": "…"}``."""
        if name.__class__ is not str or (value.__class__ is str and value[:2] == "--"):
            return False
        how = self._names.sensitivity(name)
        if how is Sensitivity.PLAIN or not self._names.secret(how, value):
            return False
        self.sensitive.append(SensitiveValue(index, key, value))
        return True
