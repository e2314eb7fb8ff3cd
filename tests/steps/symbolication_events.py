"""Events that go with the files of tests/symbolication."""

from typing import Any

from fingerprinting import normalised
from symbolication_files import CALLS, URL

from schemas.event import Event


def javascript_event(calls: list[tuple[str | None, int]] = CALLS, **fields: Any) -> Event:
    """The event of the script's error."""
    frames = [
        {"abs_path": URL, "filename": URL, "function": name, "lineno": 1, "colno": column, "in_app": True}
        for name, column in calls
    ]
    exception = {"type": "TypeError", "value": "no price for pear", "stacktrace": {"frames": frames}}
    return normalised(**{"platform": "javascript", "exception": {"values": [exception]}, **fields})


def java_event(*frames: tuple[str, str, int | None], type: str = "c", module: str = "a.a") -> Event:
    """An event of an obfuscated Android program: class, method and line of each frame, the outermost first."""
    values = [
        {"module": name, "function": method, "lineno": line, "filename": "SourceFile", "in_app": True}
        for name, method, line in frames
    ]
    exception = {"type": type, "module": module, "value": "pear", "stacktrace": {"frames": values}}
    return normalised(platform="java", exception={"values": [exception]})
