"""What of a frame identifies it: its module, or else its path, and its function, each without what varies between builds.

The result is cached: one program has few frames, and sends them over and over. Every pattern is linear in its input.
What is particular to a platform is data, in ``agents/fingerprint/platforms``.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from agents.fingerprint.grouping_v1.paths import clean_path
from agents.fingerprint.platforms import Platform, platform_of
from schemas.event import Frame

#: At the bounds of normalisation this is about 30 MB; ordinarily 2 MB.
_CACHE = 8_192

#: Functions that say nothing: how SDKs and symbolicators write "unknown".
UNKNOWN_NAMES = frozenset(
    {
        "",
        "?",
        "??",
        "<unknown>",
        "<redacted>",
        "unknown",
        "stripped_application_code",
        "<anonymous>",
        "anonymous",
        "<compiler-generated>",
        "SourceFile",
        "Unknown Source",
    }
)

#: Code that stands between two others and hands the call on: it comes and goes without the bug being another.
_HANDS_ON = re.compile(r"(?:^|[\W_]|(?<=[a-z]))(?:[mM]iddlewares?|[iI]nterceptors?)(?=$|[\W_A-Z])")
_WRAPPERS = re.compile(
    r"(?:^|[.:>\s])(?:_*wrapper|_*wrapped|_*wrap|inner|_*decorated|decorator|_wrapped_view|doFilter|doFilterInternal"
    r"|intercept|around_\w{1,60}|with_retry|proceed)$"
)
#: Templates of C++'s libraries, which compilers inline as they see fit.
_INLINED = re.compile(r"^(?:std|boost|__gnu_cxx|absl|folly)::")
#: Functions that exist to fail or to be called by many: by themselves they do not say whose the error is.
_HELPERS = re.compile(
    r"(?:^|[.:>\s_])(?:_*(?:raise|throw|fail|assert|ensure|check|require|verify|validate|panic|abort|die|must|expect"
    r"|unwrap|invariant|guard)(?:[A-Z_]\w{0,100})?"
    r"|error|_?execute|_?query|_?request|fetch|send|_?call|invoke|log|dispatch|get_or_fail|handle_?[eE]rror)$"
)
#: Where programs begin: nearly every stack has one of these.
_ENTRIES = re.compile(
    r"^_?start$|(?:^|[ .:])(?:main|Main|<module>|\{main\}|<main>|wmain|wWinMain|WinMain|-main)$"
)

#: Characters of a frame's value in which its function's own name is looked for.
_END = 100


class FramePart(NamedTuple):
    """A frame to grouping. ``value`` is ``place function``, either alone where the other is unknown, None without both.

    ``generated``: no one wrote it. ``hands_on``: middleware and wrappers. ``helper`` and ``entry``: says little alone.
    """

    value: str | None
    in_app: bool
    generated: bool = False
    hands_on: bool = False
    helper: bool = False
    entry: bool = False


def frame_part(platform: str, frame: Frame) -> FramePart:
    """What a frame is to grouping."""
    return _part(
        platform, frame.module, frame.filename, frame.abs_path, frame.function, frame.in_app is not False
    )


@lru_cache(maxsize=_CACHE)
def _part(
    platform: str,
    module: str | None,
    filename: str | None,
    abs_path: str | None,
    function: str | None,
    in_app: bool,
) -> FramePart:
    known = platform_of(platform)
    value = frame_value(known, module, filename, abs_path, function)
    if value is None:
        return FramePart(None, False)
    generated = known.generated
    name = function or ""
    end = value[-_END:]
    if in_app and platform in ("javascript", "node") and "/node_modules/" in (abs_path or filename or ""):
        in_app = False  # browsers' SDKs call every frame in-app
    return FramePart(
        value,
        in_app,
        bool(generated and (generated.search(name) or (module and generated.search(module)))),
        bool(_HANDS_ON.search(value) or _WRAPPERS.search(end) or _INLINED.match(value)),
        bool(_HELPERS.search(end)),
        bool(_ENTRIES.search(end)),
    )


def frame_value(
    known: Platform, module: str | None, filename: str | None, abs_path: str | None, function: str | None
) -> str | None:
    """``place function`` of a frame; either alone where the other is unknown; None where neither is known."""
    place = clean_module(known, module) if module and module != "__main__" else clean_path(filename, abs_path)
    name = clean_function(known, function) if function else ""
    if place in UNKNOWN_NAMES:
        place = ""
    if name in UNKNOWN_NAMES:
        return place or None
    if not module and (("::" in name and not name.startswith(("<lambda", "(anon"))) or "\\" in name):
        return name  # it names its namespace, so that its file adds nothing but the folder of a build
    return f"{place} {name}" if place else name


def clean_function(known: Platform, function: str) -> str:
    """A function without addresses, arguments, and the counters that compilers give to lambdas and closures."""
    if function.isidentifier() and function.isalpha():
        return function
    for pattern, replacement in known.function:
        function = pattern.sub(replacement, function)
    if known.generic_arguments and "<" in function:
        function = _without_generic_arguments(function)
    return _without_arguments(function).strip()


def clean_module(known: Platform, module: str) -> str:
    """A module without its version and the counters of generated classes; of a path, what ``clean_path`` leaves."""
    if module.startswith(("/", "http:", "https:", "webpack")) or module[1:3] == ":\\":
        return clean_path(module, None)
    if module.replace(".", "").isalpha():
        return module
    for pattern, replacement in known.module:
        module = pattern.sub(replacement, module)
    return module


def _without_generic_arguments(function: str) -> str:
    """``std::vector<int>::push_back`` as ``std::vector::push_back``. ``operator<``, ``->`` and names in ``<…>`` stay."""
    kept: list[str] = []
    depth = 0
    previous = ""
    for position, character in enumerate(function):
        if character == "<":
            argument = previous.isalnum() or previous in ("_", ":") or depth > 0
            named = function.startswith(("<lambda", "<impl", "<unnamed"), position) and depth == 0
            if argument and not named and not function.endswith("operator", 0, position):
                depth += 1
        elif character == ">" and depth and previous != "-":
            depth -= 1
            previous = "_"
            continue
        if depth == 0:
            kept.append(character)
        previous = character
    return "".join(kept).replace("::::", "::").removesuffix("::")


def _without_arguments(function: str) -> str:
    """Without the argument list at the end: ``ns::f(int, char const*) const`` becomes ``ns::f``.

    Go's receivers (``(*T).f``), C++'s ``operator()`` and ``(anonymous namespace)::f`` keep theirs.
    """
    end = function.rfind(")")
    if end < 0 or function[end + 1 :].strip() not in ("", "const"):
        return function
    depth = 0
    for position in range(end, -1, -1):
        character = function[position]
        if character == ")":
            depth += 1
        elif character == "(":
            depth -= 1
            if depth == 0:
                keep = position > 0 and not function.endswith("operator", 0, position)
                return function[:position] if keep else function
    return function
