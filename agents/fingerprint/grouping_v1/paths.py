"""A path without what depends on the machine or the build."""

import re

_ORIGIN = re.compile(r"^(?:[a-zA-Z][\w+.-]{0,30}:)?//[^/]{0,255}/|^[a-zA-Z][\w+.-]{1,30}:/{0,3}|^[a-zA-Z]:/")
_PACKAGE_FOLDERS = ("/site-packages/", "/dist-packages/", "/node_modules/", "/pkg/mod/", "/gems/", "/vendor/")
_VERSION = re.compile(r"@v?\d[\w.+-]{0,60}")
#: Ruby's gems and Java's archives have their version after a hyphen.
_HYPHEN_VERSION = re.compile(r"-v?\d{1,9}(?:\.\d{1,9}){1,4}(?=[./-]|$)")
#: A word before the extension; of eight characters, as Vite's hashes are, it may hold an underscore.
_HASH_IN_NAME = re.compile(r"[.\-_~](?:([A-Za-z0-9]{6,64})|(?<=[.\-])([A-Za-z0-9_-]{8}))(?=\.)")
_HASH_NAME = re.compile(r"^[0-9a-f]{8,64}(?=\.)")
_NUMBERED_CHUNK = re.compile(r"^\d{1,9}(?=\.)")
_HASH_SEGMENT = re.compile(r"[0-9a-fA-F]{6,64}")
_VERSION_SEGMENT = re.compile(r"v?\d{1,9}(?:\.\d{1,9}){1,4}")
_DIGITS = re.compile(r"\d+")
_CAPITALS = re.compile(r"[A-Z]{2,8}")
_CASE_RUNS = re.compile(r"[A-Z]+|[a-z]+|\d+")


def clean_path(filename: str | None, abs_path: str | None) -> str:
    """A path without scheme, host, drive, query, package folder, versions, and hashes in names.

    A local path that the SDK gave relative to the program's folder is kept whole. Of an absolute one, and of a URL, only
    the file name is: the folders are where this machine, or this deployment, has the program.
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
    elif path.startswith(("http:", "https:", "blob:")):
        path = path.rstrip("/").rsplit("/", 1)[-1]
    elif _is_local(path):
        relative = filename and abs_path and len(abs_path) > len(filename) and abs_path.endswith(filename)
        path = path if relative else path.rsplit("/", 1)[-1]
    else:
        path = _ORIGIN.sub("", path)
    segments = [_clean_segment(part) for part in path.split("/") if part not in ("", ".", "..", "~")]
    return "/".join(segments)


def _is_local(path: str) -> bool:
    """Whether a path is absolute on a disk. ``app:///`` paths are relative to the program."""
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
    segment = _HYPHEN_VERSION.sub("", _HASH_NAME.sub("<hash>", segment))
    if segment.endswith((".js", ".mjs", ".cjs", ".jsbundle")):
        segment = _NUMBERED_CHUNK.sub("<number>", segment)
    return _HASH_IN_NAME.sub(_without_hash, segment)


def _without_hash(match: re.Match[str]) -> str:
    return "" if _looks_random(match.group(1) or match.group(2)) else match.group()


def _looks_random(word: str) -> bool:
    """Whether a word is a hash rather than a name: by its digits, or eight characters with capitals as no name has."""
    if _HASH_SEGMENT.fullmatch(word):
        return not word.isalpha() or len(word) >= 16
    if len(word) >= 8 and len(_DIGITS.findall(word)) >= 2:
        return True
    return len(word) == 8 and (
        len(_CAPITALS.findall(word)) >= 2 or (not word.isalpha() and len(_CASE_RUNS.findall(word)) >= 5)
    )
