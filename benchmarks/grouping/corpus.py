"""The labelled events: each bug's event, its variants, and the other bugs that look like it, with variants of theirs."""

import copy
import json
import random
from pathlib import Path
from typing import NamedTuple

from benchmarks.grouping.frames import Raw
from benchmarks.grouping.generate import PLATFORMS, generate
from benchmarks.grouping.lookalikes import LOOK_ALIKES
from benchmarks.grouping.variants import VARIANTS

#: Variants of each look-alike: so that a wrong merge costs what it costs among real events.
_VARIANTS_OF_LOOK_ALIKES = 2


class Case(NamedTuple):
    """An event with the name of its bug. ``kind`` is how it was made from the first event of its ``family``."""

    event: Raw
    platform: str
    family: str
    bug: str
    kind: str


#: Samples that report a bug of another sample: the same page in three browsers, one crash or message reported twice.
_TWINS = (
    "javascript-xbrowser-http-edge",
    "javascript-xbrowser-http-firefox",
    "javascript-xbrowser-edge",
    "group_432_event_453",
    "130",
    "exception_null_frames",
)


def corpus(samples: Path | None, generated: int, seed: int) -> list[Case]:
    """All events: of the samples (without what groups them by hand) and of ``generated`` bugs for each platform."""
    dice = random.Random(seed)
    bases = _samples(samples) if samples else {}
    for platform in PLATFORMS:
        for number in range(generated):
            bases[f"generated/{platform}-{number}"] = generate(platform, dice)
    return [case for name, base in bases.items() for case in family(name, base, dice)]


def family(name: str, base: Raw, dice: random.Random) -> list[Case]:
    """One event, its variants and its look-alikes."""
    platform = base.get("platform") or "other"
    cases = [Case(base, platform, name, name, "itself")]
    for variant in VARIANTS:
        event = variant(copy.deepcopy(base), dice)
        if event is not None:
            cases.append(Case(event, platform, name, name, variant.__name__))
    for look_alike in LOOK_ALIKES:
        other = look_alike(copy.deepcopy(base), dice)
        if other is None:
            continue
        bug = f"{name} {look_alike.__name__}"
        cases.append(Case(other, platform, name, bug, look_alike.__name__))
        for variant in dice.sample(VARIANTS, _VARIANTS_OF_LOOK_ALIKES):
            event = variant(copy.deepcopy(other), dice)
            if event is not None:
                cases.append(Case(event, platform, name, bug, f"{look_alike.__name__}'s variant"))
    return cases


def _samples(folder: Path) -> dict[str, Raw]:
    bases: dict[str, Raw] = {}
    for path in sorted(folder.rglob("*.json")):
        event = json.loads(path.read_text())
        if isinstance(event, dict) and path.stem not in _TWINS:
            event.pop("fingerprint", None)
            event["platform"] = event.get("platform") or "other"
            bases[str(path.relative_to(folder))] = event
    return bases
