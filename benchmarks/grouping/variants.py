"""Variants of a bug that is still the same bug. Each takes a copy of an event, and None says that it does not apply."""

import copy
import random
import re
from collections.abc import Callable
from typing import Any

from benchmarks.grouping.frames import Raw, exceptions, in_app, stacks, telling

Variant = Callable[[Raw, random.Random], Raw | None]

_FOLDER = re.compile(r"^(?:[A-Za-z]:[\\/]|/)(?:[^\\/]+[\\/]){1,2}")
_HASH = re.compile(r"(?<=[.\-])[0-9a-f]{8,32}(?=\.)")
_NUMBER = re.compile(r"\d+")
_HEX = re.compile(r"\b[0-9a-f]{8,}\b")

#: Frames that frameworks put between server and application.
_MIDDLEWARE: dict[str, Raw] = {
    "python": {
        "module": "corsheaders.middleware",
        "function": "__call__",
        "filename": "corsheaders/middleware.py",
        "abs_path": "/srv/venv/lib/python3.11/site-packages/corsheaders/middleware.py",
        "lineno": 48,
    },
    "node": {
        "function": "Layer.handle",
        "filename": "/srv/app/node_modules/express/lib/router/layer.js",
        "lineno": 95,
    },
    "javascript": {
        "function": "dispatch",
        "filename": "https://cdn.example/node_modules/redux/redux.js",
        "lineno": 3,
    },
    "java": {
        "module": "org.springframework.web.filter.OncePerRequestFilter",
        "function": "doFilter",
        "filename": "OncePerRequestFilter.java",
        "lineno": 116,
    },
    "go": {
        "module": "github.com/gorilla/handlers",
        "function": "(*cors).ServeHTTP",
        "abs_path": "/root/go/pkg/mod/github.com/gorilla/handlers@v1.5.1/cors.go",
    },
    "csharp": {"module": "Microsoft.AspNetCore.Cors.CorsMiddleware", "function": "Invoke"},
    "ruby": {"filename": "/usr/local/bundle/gems/rack-cors-2.0.1/lib/rack/cors.rb", "function": "call"},
    "php": {
        "filename": "/vendor/laravel/framework/src/Pipeline.php",
        "function": "Illuminate\\Pipeline\\Pipeline::handle",
    },
    "native": {
        "function": "std::__1::function<void ()>::operator()() const",
        "package": "/usr/lib/libc++.1.dylib",
    },
}


def shifted_lines(event: Raw, dice: random.Random) -> Raw:
    """Code was added above."""
    return _each_frame(
        event, lambda frame: frame.update(lineno=(frame.get("lineno") or 1) + dice.randrange(1, 90))
    )


def moved_folder(event: Raw, dice: random.Random) -> Raw:
    """The program lies elsewhere."""
    folder = f"/opt/releases/{dice.randrange(1000)}/"

    def move(frame: Raw) -> None:
        for name in ("abs_path", "filename"):
            path = frame.get(name)
            if (
                isinstance(path, str)
                and not path.startswith(("http", "webpack", "app:"))
                and in_app(event, frame)
            ):
                frame[name] = _FOLDER.sub(folder, path)

    return _each_frame(event, move)


def other_release(event: Raw, dice: random.Random) -> Raw:
    """The next version, with new addresses."""
    offset = dice.randrange(1, 4096) * 4096

    def relocate(frame: Raw) -> None:
        address = frame.get("instruction_addr")
        if isinstance(address, str) and address.startswith("0x"):
            frame["instruction_addr"] = hex(int(address, 16) + offset)

    _each_frame(event, relocate)
    return event | {
        "release": f"shop@{dice.randrange(99)}.0.{dice.randrange(99)}",
        "dist": str(dice.randrange(99)),
    }


def other_host(event: Raw, dice: random.Random) -> Raw:
    """Another machine and another user."""
    return event | {"server_name": f"web-{dice.randrange(999)}", "user": {"id": str(dice.randrange(9999))}}


def changed_ids(event: Raw, dice: random.Random) -> Raw:
    """Numbers and hexadecimal words in messages are others."""

    def change(words: str) -> str:
        words = _HEX.sub(
            lambda found: f"{dice.getrandbits(4 * len(found.group())):0{len(found.group())}x}", words
        )
        return _NUMBER.sub(lambda found: "".join(dice.choice("12345") for _ in found.group()), words)

    for exception in exceptions(event):
        if isinstance(exception.get("value"), str):
            exception["value"] = change(exception["value"])
    if isinstance(event.get("message"), str):
        event["message"] = change(event["message"])
    return event


def other_bundle(event: Raw, dice: random.Random) -> Raw | None:
    """The bundler gave its files other hashes."""
    found = False

    def rehash(frame: Raw) -> None:
        nonlocal found
        for name in ("abs_path", "filename", "module"):
            path = frame.get(name)
            if isinstance(path, str) and _HASH.search(path):
                found = True
                frame[name] = _HASH.sub(
                    lambda match: f"{dice.getrandbits(4 * len(match.group())):0{len(match.group())}x}", path
                )

    _each_frame(event, rehash)
    return event if found else None


def extra_middleware(event: Raw, dice: random.Random) -> Raw | None:
    """A framework's frame more, anywhere but where the error was thrown, in some SDKs with their word that it is no one's."""
    frame = _MIDDLEWARE.get(_family(event))
    found = False
    for frames in stacks(event):
        if frame is None or len(frames) < 3:
            continue
        found = True
        said = {"in_app": False} if dice.random() < 0.5 else {}
        frames.insert(dice.randrange(len(frames) - 1), frame | said)
    return event if found else None


def own_middleware(event: Raw, dice: random.Random) -> Raw | None:
    """The project's own middleware more, outside of all its other frames."""
    found = False
    for frames in stacks(event):
        positions = telling(event, frames)
        if not positions or not any(in_app(event, frame) for frame in frames):
            continue
        found = True
        original = frames[positions[0]]
        added: Raw = {
            **original,
            "function": dice.choice(["audit_middleware", "AuditMiddleware.handle", "wrapper"]),
        }
        frames.insert(positions[0], added)
    return event if found else None


def inlined_frame(event: Raw, dice: random.Random) -> Raw | None:
    """A compiler inlined a call, so that its frame is missing: not the one that threw, nor its caller."""
    found = False
    for frames in stacks(event):
        kept = set(telling(event, frames)[-2:]) | {len(frames) - 1}
        others = [position for position in range(len(frames)) if position not in kept]
        if others:
            found = True
            del frames[dice.choice(others)]
    return event if found else None


def deeper_recursion(event: Raw, dice: random.Random) -> Raw | None:
    """A function called itself some times more."""
    found = False
    for frames in stacks(event):
        positions = telling(event, frames)
        if positions:
            found = True
            at = dice.choice(positions)
            frames[at:at] = [copy.deepcopy(frames[at]) for _ in range(dice.randrange(1, 30))]
    return event if found else None


def other_thread(event: Raw, dice: random.Random) -> Raw:
    """Another worker thread."""
    for exception in exceptions(event):
        exception["thread_id"] = dice.randrange(1, 99)
    return event | {"tags": {"thread": f"worker-{dice.randrange(99)}"}}


def _each_frame(event: Raw, change: Callable[[Raw], Any]) -> Raw:
    for frames in stacks(event):
        for frame in frames:
            change(frame)
    return event


def _family(event: Raw) -> str:
    platform = event.get("platform") or "other"
    return "native" if platform in ("cocoa", "rust", "swift", "c", "objc") else str(platform)


VARIANTS: tuple[Variant, ...] = (
    shifted_lines,
    moved_folder,
    other_release,
    other_host,
    changed_ids,
    other_bundle,
    extra_middleware,
    own_middleware,
    inlined_frame,
    deeper_recursion,
    other_thread,
)
