"""What is wrong with a rule, and where."""


class RuleFault(ValueError):
    """A rule that cannot be used. ``place`` is its path in the settings, such as ``rules[2].conditions[0].pattern``."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason
