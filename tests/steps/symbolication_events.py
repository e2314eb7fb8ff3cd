"""Events that go with the files of tests/symbolication."""

from typing import Any

from fingerprinting import normalised
from symbolication_files import DEBUG_ID, PROGUARD_ID

from schemas.event import Event

URL = "https://cdn.example/static/app.min.js"
RELEASE = "shop@1.4.0"

#: What Node.js 20 says when it runs the script: function, column (the line is 1), the outermost first.
CALLS = [("<anonymous>", 356), (None, 350), ("c", 345), ("u", 312), ("e.total", 216), (None, 232), ("o", 47)]
#: What the sources say of the same calls.
ORIGINAL = [
    ("src/main.ts", "<anonymous>", 14),
    ("src/main.ts", "<anonymous>", 14),
    ("src/main.ts", "onClick", 11),
    ("src/main.ts", "checkOut", 7),
    ("src/cart.ts", "Cart.total", 11),
    ("src/cart.ts", "<anonymous>", 11),
    ("src/price.ts", "priceOfLine", 4),
]


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


def debug_meta(kind: str) -> dict[str, Any]:
    """What SDKs send of the files of a kind."""
    if kind == "proguard":
        return {"images": [{"type": "proguard", "uuid": PROGUARD_ID}]}
    return {"images": [{"type": "sourcemap", "code_file": URL, "debug_id": DEBUG_ID}]}
