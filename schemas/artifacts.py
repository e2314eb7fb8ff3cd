"""Artifacts: the files with which a minified or obfuscated stack trace is read, and their names."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

#: A source map (ECMA-426).
SOURCE_MAP = "source_map"
#: The generated JavaScript to which a source map belongs.
MINIFIED_SOURCE = "minified_source"
#: A mapping of ProGuard or R8.
PROGUARD = "proguard"
KINDS = frozenset({SOURCE_MAP, MINIFIED_SOURCE, PROGUARD})

#: Longest path of a name. S3 takes keys of 1,024 bytes, a prefix among them.
LONGEST_PATH = 900
#: Characters between two slashes: file systems take names of 255 bytes.
_PART = 200
_DEBUG_ID = re.compile(r"[0-9a-f]{32}")


class ArtifactName(NamedTuple):
    """What an artifact is known by: its debug id, or release, dist (empty for none) and URL. The other is empty.

    ``debug_id`` is a UUID as ``debug_id`` below writes it, ``url`` has the form ``~/path``.
    """

    project: int
    kind: str
    debug_id: str = ""
    release: str = ""
    dist: str = ""
    url: str = ""

    @property
    def path(self) -> str:
        """The name under which a store keeps it: ``project/debug/id/kind``, or
        ``project/release/=release/dist/=dist/url/=url/kind`` with all three percent-encoded and cut into parts."""
        if self.debug_id:
            return f"{self.project}/debug/{self.debug_id}/{self.kind}"
        return (
            f"{self.project}/release/{_encoded(self.release)}/dist/{_encoded(self.dist)}"
            f"/url/{_encoded(self.url)}/{self.kind}"
        )

    @property
    def is_storable(self) -> bool:
        """Whether stores take a name of this length."""
        return (
            len(self.release) + len(self.dist) + len(self.url) < LONGEST_PATH
            and len(self.path) <= LONGEST_PATH
        )

    @classmethod
    def parse(cls, path: str) -> "ArtifactName":
        """The inverse of ``path``.

        Raises:
            ValueError: not the name of an artifact.
        """
        project, how, *parts, kind = path.split("/")
        if kind not in KINDS:
            raise ValueError(f"{path} names no artifact")
        if how == "debug" and len(parts) == 1:
            name = cls(int(project), kind, parts[0])
        elif how == "release" and "dist" in parts and "url" in parts:
            dist, url = parts.index("dist"), parts.index("url")
            texts = [_decoded(parts[:dist]), _decoded(parts[dist + 1 : url]), _decoded(parts[url + 1 :])]
            name = cls(int(project), kind, "", *texts)
        else:
            raise ValueError(f"{path} names no artifact")
        if name.path != path:
            raise ValueError(f"{path} names no artifact")
        return name


class Artifact(NamedTuple):
    """A file of an upload, before it belongs to a project: known by its debug id, by release, dist and URL, or by both."""

    kind: str
    body: bytes
    debug_id: str = ""
    release: str = ""
    dist: str = ""
    url: str = ""

    def names(self, project: int) -> Iterator[ArtifactName]:
        """The names under which the artifact is to be stored."""
        if self.debug_id:
            yield ArtifactName(project, self.kind, self.debug_id)
        if self.release and self.url:
            yield ArtifactName(project, self.kind, "", self.release, self.dist, self.url)


def debug_id(text: object) -> str | None:
    """A UUID in lower case with its hyphens; None for anything else."""
    if not isinstance(text, str) or len(text) > 40:
        return None
    digits = text.lower().replace("-", "")
    if not _DEBUG_ID.fullmatch(digits):
        return None
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def artifact_url(text: str) -> str | None:
    """``~/path`` of a URL, without host, query and fragment: the same file is often served from several hosts.

    None for what is no URL, such as a path on a disk.
    """
    if text.startswith("~/"):
        path = text[1:].split("?", 1)[0].split("#", 1)[0]
    elif "://" in text[:40]:
        try:
            path = urlsplit(text).path
        except ValueError:
            return None
    else:
        return None
    return f"~{path}" if len(path) > 1 else None


def _encoded(text: str) -> str:
    # No part is a word that stands for itself, nor "." or "..": each begins with "=", which encoding never leaves.
    encoded = quote(text, safe="", errors="replace")
    return "/".join(f"={encoded[first : first + _PART]}" for first in range(0, len(encoded) or 1, _PART))


def _decoded(parts: Sequence[str]) -> str:
    return unquote("".join(part.removeprefix("=") for part in parts))
