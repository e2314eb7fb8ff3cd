"""The explanation of a grouping: every part that was considered, whether it contributed, and why or why not."""

from schemas.records import Component

#: Most components of one explanation. What goes beyond is counted in the last, and still contributes.
MAX_COMPONENTS = 60
_LONGEST_VALUE = 300


class Explanation:
    """Collects components and, of those that contribute, what is hashed."""

    __slots__ = ("_components", "_further", "_further_contributing", "values")

    def __init__(self) -> None:
        self._components: list[Component] = []
        self._further = 0
        self._further_contributing = 0
        self.values: list[str] = []

    def contribute(self, name: str, hint: str, value: str) -> None:
        """A part that contributes: it is explained, and its whole value goes into the hash under its name."""
        self.values.append(name)
        self.values.append(value)
        self._add(name, True, hint, value)

    def mention(self, name: str, hint: str, value: str | None = None) -> None:
        """A part that was looked at and does not contribute."""
        self._add(name, False, hint, value)

    def take(self, components: list[Component], values: list[str]) -> None:
        """What was explained apart: its components, and what of them is hashed."""
        self.values.extend(values)
        for component in components:
            self._add(component.name, component.contributes, component.hint, component.value)

    def components(self) -> tuple[Component, ...]:
        """All components, in the order in which they were considered."""
        if not self._further:
            return tuple(self._components)
        hint = f"{self._further} further parts, of which {self._further_contributing} contribute"
        rest = Component("rest", self._further_contributing > 0, hint)
        return (*self._components, rest)

    def _add(self, name: str, contributes: bool, hint: str, value: str | None) -> None:
        if len(self._components) >= MAX_COMPONENTS - 1:
            self._further += 1
            self._further_contributing += contributes
            return
        if value is not None and len(value) > _LONGEST_VALUE:
            value = value[: _LONGEST_VALUE - 1] + "…"
        self._components.append(Component(name, contributes, hint, value))
