"""What of a frame identifies it: its module, or else its path, and its function, each without what varies between builds.

The result is cached: one program has few frames, and sends them over and over. Every pattern is linear in its input.
"""

import re
from functools import lru_cache

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
    }
)

_VARIABLE_IN_FUNCTION = re.compile(
    r"(?P<address>(?:\?A|@|\b|\+)0x[0-9a-fA-F]{1,32})"  # addresses
    r"|(?P<rust>::h[0-9a-f]{16}$)"  # Rust's symbol hash
    r"|(?P<go>\.func\d+(?:\.\d+){0,8})"  # Go closures: main.func1.2
    r"|(?P<block>_block_invoke(?:_\d+)?(?:\.\d+)?)"  # Objective-C blocks
    r"|(?P<java_class>\$\$(?:Lambda|EnhancerBy\w{1,40}|FastClassBy\w{1,40})[$/][\w$/]{0,80})"  # JVM lambdas, CGLIB
    r"|(?P<java_lambda>lambda\$(?:[A-Za-z_]\w{0,100}\$)?\d+)"  # JVM lambda bodies: lambda$run$0
    r"|(?P<counted>\$\d+|(?:\$Proxy|Accessor|SyntheticLambda|\.resume)\d+)"  # anonymous classes, proxies, accessors
    r"|(?P<csharp>>[a-z]__\d+(?:_\d+)?)"  # C# lambdas and state machines: <Main>b__0_1
    r"|(?P<lambda><lambda_[0-9a-f]{8,64}>)"  # MSVC lambdas
    r"|(?P<swift>closure #\d+)"  # Swift closures
    r"|(?P<clone>(?:\.\d{1,20}){1,4}$)"  # copies and statics that compilers make: helper.51
    r"|(?P<php>@anonymous.*?(?=::|$))",  # PHP anonymous classes carry path and line
    re.DOTALL,
)
_REPLACEMENTS = {"lambda": "<lambda>", "php": "@anonymous", "block": "_block_invoke", "swift": "closure"}
_DIGITS = re.compile(r"\d+")
_CLASS_END = re.compile(r"[$/]")
_COUNTER = re.compile(r"\d.*$", re.DOTALL)

_ORIGIN = re.compile(r"^(?:[a-zA-Z][\w+.-]{0,30}:)?//[^/]{0,255}/|^[a-zA-Z][\w+.-]{1,30}:/{0,3}|^[a-zA-Z]:/")
_PACKAGE_FOLDERS = ("/site-packages/", "/dist-packages/", "/node_modules/", "/pkg/mod/", "/gems/")
_VERSION = re.compile(r"@v?\d[\w.+-]{0,60}")
#: A word before the extension; of eight characters, as Vite's hashes are, it may hold an underscore.
_HASH_IN_NAME = re.compile(r"[.\-_~](?:([A-Za-z0-9]{7,64})|(?<=[.\-])([A-Za-z0-9_]{8}))(?=\.)")
_HASH_SEGMENT = re.compile(r"[0-9a-fA-F]{7,64}")
_VERSION_SEGMENT = re.compile(r"v?\d{1,9}(?:\.\d{1,9}){1,4}")


@lru_cache(maxsize=_CACHE)
def frame_value(
    module: str | None, filename: str | None, abs_path: str | None, function: str | None
) -> str | None:
    """``place function`` of a frame; either alone where the other is unknown; None where neither is known."""
    place = clean_module(module) if module and module != "__main__" else clean_path(filename, abs_path)
    name = clean_function(function) if function else ""
    if place in UNKNOWN_NAMES:
        place = ""
    if name in UNKNOWN_NAMES:
        return place or None
    return f"{place} {name}" if place else name


def clean_function(function: str) -> str:
    """A function without addresses, arguments, and the counters that compilers give to lambdas and closures."""
    if function.isidentifier() and "0x" not in function and "block_invoke" not in function:
        return function
    cleaned = _VARIABLE_IN_FUNCTION.sub(_without_counter, function)
    return _without_arguments(cleaned).strip()


def clean_module(module: str) -> str:
    """A module without its version and the counters of generated classes; of a path, what ``clean_path`` leaves."""
    if module.startswith(("/", "http:", "https:", "webpack")) or "\\" in module:
        return clean_path(module, None)
    if "@" in module:
        module = _VERSION.sub("", module)
    return _VARIABLE_IN_FUNCTION.sub(_without_counter, module) if "$" in module else module


def clean_path(filename: str | None, abs_path: str | None) -> str:
    """A path without what depends on the machine or the build.

    Scheme, host, drive, query, package folder, versions, and hashes in names go. A local path that the SDK gave relative
    to the program's folder is kept whole; of an absolute one only the file name is, for the folder is where this machine
    has the program.
    """
    path = filename or abs_path
    if not path:
        return ""
    path = path.replace("\\", "/").split("?", 1)[0].split("#", 1)[0]
    package = max(
        (path.rfind(folder) + len(folder) for folder in _PACKAGE_FOLDERS if folder in path), default=0
    )
    if package:
        path = path[package:]
    elif _is_local(path):
        relative = filename and abs_path and len(abs_path) > len(filename) and abs_path.endswith(filename)
        path = path if relative else path.rsplit("/", 1)[-1]
    else:
        path = _ORIGIN.sub("", path)
    segments = [_clean_segment(part) for part in path.split("/") if part not in ("", ".", "..", "~")]
    return "/".join(segments)


def _is_local(path: str) -> bool:
    """Whether a path is absolute on a disk. ``app:///`` and ``https://`` paths are relative to the program."""
    return path.startswith(("/", "file://")) or path[1:3] == ":/"


def _clean_segment(segment: str) -> str:
    if segment.isalpha():
        return segment
    if "@" in segment:
        segment = _VERSION.sub("", segment)
    if _HASH_SEGMENT.fullmatch(segment) and _looks_random(segment):
        return "<hash>"
    if _VERSION_SEGMENT.fullmatch(segment):
        return "<version>"
    return _HASH_IN_NAME.sub(_without_hash, segment)


def _without_hash(match: re.Match[str]) -> str:
    return "" if _looks_random(match.group(1) or match.group(2)) else match.group()


def _looks_random(word: str) -> bool:
    """Whether a word is a hash rather than a name: hexadecimal with a digit, or digits in at least two places."""
    if _HASH_SEGMENT.fullmatch(word):
        return not word.isalpha()
    return len(word) >= 8 and len(_DIGITS.findall(word)) >= 2


def _without_counter(match: re.Match[str]) -> str:
    found = match.group()
    kind = match.lastgroup
    if kind in ("address", "rust", "clone"):
        return ""
    if kind == "java_class":
        return "$$" + _CLASS_END.split(found[2:], maxsplit=1)[0]
    return _REPLACEMENTS.get(kind or "") or _COUNTER.sub("", found)


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
