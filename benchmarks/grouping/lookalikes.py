"""Other bugs that look like a given one. Each takes a copy of an event, and None says that it does not apply."""

import random

from benchmarks.grouping.frames import Raw, exceptions, named, renamed, stacks, telling
from benchmarks.grouping.variants import Variant

_WORDS = (
    "refund",
    "audit",
    "merge",
    "render",
    "export",
    "upload",
    "archive",
    "publish",
    "restore",
    "forecast",
)


def other_stack(event: Raw, dice: random.Random) -> Raw | None:
    """The same type and message, thrown elsewhere: every named frame is another function."""
    found = False
    word = f"{dice.choice(_WORDS)}_{dice.randrange(10**6)}x"
    for frames in stacks(event):
        for position, frame in enumerate(frames):
            if named(frame):
                found = True
                frames[position] = renamed(frame, f"{word}_{chr(97 + position % 26)}")
    return event if found else None


def other_caller(event: Raw, dice: random.Random) -> Raw | None:
    """The same helper throws, called by other functions of the program."""
    found = False
    word = f"{dice.choice(_WORDS)}_{dice.randrange(10**6)}x"
    for frames in stacks(event):
        for position in telling(event, frames)[:-1]:
            found = True
            frames[position] = renamed(frames[position], f"{word}_{chr(97 + position % 26)}")
    return event if found else None


def other_nearest_caller(event: Raw, dice: random.Random) -> Raw | None:
    """The same helper throws; only the function that called it is another."""
    found = False
    word = f"{dice.choice(_WORDS)}_{dice.randrange(10**6)}x"
    for frames in stacks(event):
        places = {position: _place(frames[position]) for position in telling(event, frames)}
        last = places[max(places)] if places else None
        callers = [position for position, place in places.items() if place != last]
        if callers:
            found = True
            frames[callers[-1]] = renamed(frames[callers[-1]], f"{word}_orders")
    return event if found else None


def other_exception(event: Raw, dice: random.Random) -> Raw | None:
    """The same stack, another exception."""
    thrown = exceptions(event)
    if not thrown:
        return None
    for exception in thrown:
        exception["type"] = f"{dice.choice(_WORDS).capitalize()}Error"
        exception["value"] = "something else went wrong here"
    return event


def _place(frame: Raw) -> tuple[object, ...]:
    return frame.get("module"), frame.get("filename"), frame["function"]


LOOK_ALIKES: tuple[Variant, ...] = (other_stack, other_caller, other_nearest_caller, other_exception)
