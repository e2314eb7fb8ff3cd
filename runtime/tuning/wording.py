"""The form of what is said of settings, and how figures are written in it."""

from typing import NamedTuple

import msgspec

from faust_app import EMBEDDED_STAGES, STAGES
from settings import Settings, variable_name


class Tuning(msgspec.Struct, frozen=True):
    """A setting: its present ``value``, what it ``does``, what another value would do ``now`` (empty where the figures do not
    say), and how to ``change`` it. What no variable sets has an empty ``variable``."""

    name: str
    variable: str
    value: str
    does: str
    now: str
    change: str


class Tuned(msgspec.Struct, frozen=True):
    """An agent or a topic, and the settings that concern it."""

    name: str
    settings: list[Tuning]


class Installation(NamedTuple):
    """What the sentences are about: the settings of this process, and which stages there are wherever they run."""

    settings: Settings
    stages: tuple[str, ...]

    @property
    def is_cluster(self) -> bool:
        """Whether stages run in processes of their own."""
        return any(stage in STAGES and stage not in EMBEDDED_STAGES for stage in self.stages)

    def restart(self, stage: str) -> str:
        """How a setting of a stage is changed."""
        if not self.is_cluster:
            return "Takes a restart."
        return f"Set it for the workers of {stage} and restart them one after another."


def of_stage(where: Installation, stage: str, name: str, value: str, does: str, now: str) -> Tuning:
    """What is to be said of a setting of a stage."""
    return Tuning(name, variable_name(name), value, does, now, where.restart(stage))


def number_text(value: float) -> str:
    """A figure with three digits that count, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def bytes_text(value: int) -> str:
    """A size in MiB."""
    return f"{value / (1024 * 1024):g} MiB"


def time_text(seconds: float) -> str:
    """A duration in the largest unit in which it is whole."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
