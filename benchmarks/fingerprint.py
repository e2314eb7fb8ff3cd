"""CPU time of the fingerprint step alone, by event: ``python -m benchmarks.fingerprint``.

Each figure is the best of many runs of the whole step: decode, scrub, normalise, filter, enrich, symbolicate with warm maps,
scrub the lines of source, group. It leaves out the log and the encoding of the result. The maps are those of
tests/symbolication; docs/symbolication.md has the figures.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolic.proguard import ProguardMapper
from symbolic.sourcemapcache import SourceMapCache

from agents.fingerprint.config import config_of
from agents.fingerprint.enrich import Enricher
from agents.fingerprint.step import Prepared, finish, prepare
from agents.fingerprint.symbolicate import Maps
from agents.fingerprint.symbolicate.maps import ProguardMap, SourceMap
from benchmarks.events import make_event
from schemas.artifacts import PROGUARD, SOURCE_MAP, ArtifactName
from schemas.headers import Received
from schemas.project import ProjectConfiguration
from settings import Settings

_FILES = Path(__file__).parent.parent / "tests" / "symbolication"
_URL = "https://cdn.example/static/app.min.js"
_ID = "3f2a9c1b-0d4e-4b6f-8a7c-5e6d7f809102"
#: Functions and columns of calls in the minified script, and obfuscated calls of which every second holds an inlined one.
_CALLS = [("u", 312), ("e.total", 216), ("o", 47), (None, 350), ("c", 345), (None, 232), ("<anonymous>", 356)]
_OBFUSCATED = [("a.a.d", "a", 1), ("a.a.b", "a", 2)]
_RUNS, _TIMES = 30, 20


def javascript(frames: int) -> dict[str, Any]:
    """An event of a minified script."""
    calls = [_CALLS[number % len(_CALLS)] for number in range(frames)]
    values = [
        {"abs_path": _URL, "filename": _URL, "function": name, "lineno": 1, "colno": column, "in_app": True}
        for name, column in calls
    ]
    error = {"type": "TypeError", "value": "no price for pear", "stacktrace": {"frames": values}}
    images = [{"type": "sourcemap", "code_file": _URL, "debug_id": _ID}]
    return _event("javascript", [error], debug_meta={"images": images})


def java(frames: int, **fields: Any) -> dict[str, Any]:
    """An event of an obfuscated program: a chain of three exceptions."""
    values = [
        {"module": module, "function": method, "lineno": line, "filename": "SourceFile", "in_app": True}
        for module, method, line in (_OBFUSCATED[number % 2] for number in range(frames // 3))
    ]
    chain = [{"type": "c", "module": "a.a", "value": "pear", "stacktrace": {"frames": values}}] * 3
    return _event("java", chain, **fields)


def _event(platform: str, exceptions: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "event_id": "0" * 32,
        "platform": platform,
        "release": "shop@1.4.0",
        "environment": "production",
        "user": {"id": "7", "ip_address": "203.0.113.9"},
        "request": {
            "url": "https://shop.example/cart",
            "headers": {"User-Agent": "Mozilla/5.0 Firefox/140.0"},
        },
        "tags": {"page": "cart"},
        "exception": {"values": exceptions},
        **fields,
    }


def measure(room: int) -> dict[str, float]:
    """CPU µs of the step, by event. ``room``: see ``SourceMap``."""
    script, source_map = (_FILES / "app.min.js").read_bytes(), (_FILES / "app.min.js.map").read_bytes()
    maps: Maps = {
        ArtifactName(1, SOURCE_MAP, _ID): SourceMap(SourceMapCache.from_bytes(script, source_map), room),
        ArtifactName(1, PROGUARD, _ID): ProguardMap(ProguardMapper.open(str(_FILES / "mapping.txt"))),
    }
    mapping = {"debug_meta": {"images": [{"type": "proguard", "uuid": _ID}]}}
    events = {
        "Python, 2 KiB": make_event(0, 1, 2048),
        "Java, 60 frames in 3 exceptions, no mapping": java(60),
        "Java, 60 frames in 3 exceptions, mapped": java(60, **mapping),
        "JavaScript, 7 frames": javascript(7),
        "JavaScript, 21 frames": javascript(21),
        "JavaScript, 56 frames": javascript(56),
    }
    config = config_of(ProjectConfiguration(1), Settings(), Enricher.open(None))

    def step(payload: bytes, received: Received) -> Callable[[], object]:
        def run() -> object:
            prepared = prepare(received, payload, config)
            assert isinstance(prepared, Prepared)
            return finish(prepared, maps)

        return run

    received = Received(1, 1, "0" * 32, time.time(), "", "203.0.113.9", "bench/1", "envelope")
    return {name: _best(step(json.dumps(event).encode(), received)) for name, event in events.items()}


def _best(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_RUNS):
        started = time.thread_time()
        for _ in range(_TIMES):
            run()
        best = min(best, (time.thread_time() - started) / _TIMES)
    return best * 1e6


if __name__ == "__main__":
    for title, room in (("positions looked up each time", 0), ("positions remembered", 1_000_000)):
        print(f"\n{title}")
        for name, microseconds in measure(room).items():
            print(f"{name:50}{microseconds:8.0f} µs")
