"""Reads what is uploaded: an artifact bundle of Sentry's tools (a zip with ``manifest.json``), a zip of ProGuard mappings, or
one file. Pure, and bounded whatever the zip claims of itself.

Source of the bundle's form: getsentry/symbolic ``symbolic-debuginfo/src/sourcebundle``.
"""

import re
import zipfile
import zlib
from io import BytesIO
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import msgspec

from schemas.artifacts import MINIFIED_SOURCE, PROGUARD, SOURCE_MAP, Artifact, artifact_url, debug_id
from stores.artifacts.encoding import MAX_ARTIFACT_BYTES
from stores.artifacts.references import inline_map, map_debug_id, reference, script_debug_id

#: Files in one bundle, and bytes of all of them unpacked.
MAX_FILES = 5_000
MAX_BUNDLE_BYTES = 256 * 1024 * 1024
_MAX_MANIFEST_BYTES = 8 * 1024 * 1024
#: Longest release, dist and URL, before they are encoded.
_MAX_RELEASE, _MAX_DIST, _MAX_URL = 250, 64, 512

_SOURCE_BUNDLE_MAGIC = b"SYSB"
#: After it: the magic of the format, then its version; the zip begins at the ninth byte.
_SOURCE_BUNDLE_HEADER = 8
_PROGUARD_FILE = re.compile(r"(?:.*/)?proguard/([0-9a-fA-F-]{32,36})\.txt|([0-9a-fA-F-]{32,36})\.txt")
#: The namespace of ids that are made of a mapping's contents (getsentry/rust-proguard ``ProguardMapping::uuid``).
_PROGUARD_NAMESPACE = uuid5(NAMESPACE_DNS, "guardsquare.com")
_KINDS = {"minified_source": MINIFIED_SOURCE, "source_map": SOURCE_MAP}


class InvalidUpload(Exception):
    """What was uploaded cannot be read. The text says why, for the one who uploads."""


class _File(msgspec.Struct):
    type: str | None = None
    url: str | None = None
    headers: dict[str, Any] | None = None


class _Manifest(msgspec.Struct):
    files: dict[str, _File] = {}
    release: str | None = None
    dist: str | None = None
    debug_id: str | None = None


def read_bundle(data: bytes, release: str = "", dist: str = "") -> list[Artifact]:
    """The artifacts of an uploaded zip. Files of kinds that are not needed (original sources) are passed over. ``release`` and
    ``dist`` are for a bundle whose manifest names none.

    Raises:
        InvalidUpload: no zip, damaged, too large unpacked, or without anything that can be used.
    """
    if data.startswith(_SOURCE_BUNDLE_MAGIC):
        data = data[_SOURCE_BUNDLE_HEADER:]
    try:
        with zipfile.ZipFile(BytesIO(data)) as bundle:
            artifacts = _read(bundle, release, dist)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
    ) as error:
        raise InvalidUpload(f"The bundle is no zip that can be read: {error}.") from error
    if not artifacts:
        raise InvalidUpload("The bundle holds neither minified sources with maps nor ProGuard mappings.")
    return artifacts


def read_file(data: bytes, url: str = "", release: str = "", dist: str = "") -> list[Artifact]:
    """The artifact of one uploaded file: a source map, a minified script or a ProGuard mapping, told apart by its contents.

    ``url`` is where the file is served. A map in a script's data URL is an artifact of its own.

    Raises:
        InvalidUpload: too large, not known, or with neither a debug id nor a release and a URL.
    """
    if len(data) > MAX_ARTIFACT_BYTES:
        raise InvalidUpload(f"A file may have {MAX_ARTIFACT_BYTES} bytes, not {len(data)}.")
    given = _place(url, release, dist)
    if data.lstrip()[:1] == b"{":
        try:
            artifact = Artifact(SOURCE_MAP, data, map_debug_id(data) or "", *given)
        except ValueError as error:
            raise InvalidUpload(f"The file is no source map: {error}.") from error
        artifacts = [artifact]
    elif _is_proguard(data):
        artifacts = [Artifact(PROGUARD, data, proguard_id(data))]
    else:
        artifacts = _script(Artifact(MINIFIED_SOURCE, data, script_debug_id(data) or "", *given))
    if not all(artifact.debug_id or (artifact.release and artifact.url) for artifact in artifacts):
        raise InvalidUpload(
            "The file holds no debug id: it needs a release and the URL at which it is served."
        )
    return artifacts


def proguard_id(mapping: bytes) -> str:
    """The UUID that tools give to a ProGuard mapping that has none: of version 5, made of its contents."""
    return str(
        uuid5(
            _PROGUARD_NAMESPACE,
            mapping.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode(),
        )
    )


def _read(bundle: zipfile.ZipFile, release: str, dist: str) -> list[Artifact]:
    entries = {entry.filename: entry for entry in bundle.infolist() if not entry.is_dir()}
    if len(entries) > MAX_FILES:
        raise InvalidUpload(f"A bundle may hold {MAX_FILES} files, not {len(entries)}.")
    reader = _Reader(bundle)
    if "manifest.json" not in entries:
        found = [(entry, _PROGUARD_FILE.fullmatch(entry.filename[:500])) for entry in entries.values()]
        return [
            Artifact(PROGUARD, reader.read(entry, MAX_ARTIFACT_BYTES), identity)
            for entry, match in found
            if match and (identity := debug_id(match[1] or match[2]))
        ]
    manifest = _manifest(reader.read(entries["manifest.json"], _MAX_MANIFEST_BYTES))
    if not manifest.release:
        manifest.release, manifest.dist = release, manifest.dist or dist
    artifacts = []
    for path, file in manifest.files.items():
        kind = _KINDS.get(file.type or "")
        if kind is not None and path in entries:
            body = reader.read(entries[path], MAX_ARTIFACT_BYTES)
            artifacts += _of_manifest(kind, body, file, manifest)
    return artifacts


class _Reader:
    """Unpacks entries up to what one file and all together may have, whatever the zip says of their sizes."""

    def __init__(self, bundle: zipfile.ZipFile) -> None:
        self._bundle = bundle
        self._left = MAX_BUNDLE_BYTES

    def read(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        most = min(most, self._left)
        with self._bundle.open(entry) as file:
            body = file.read(most + 1)
        if len(body) > most:
            raise InvalidUpload(f"{entry.filename[:200]} or the bundle is too large when unpacked.")
        self._left -= len(body)
        return body


def _manifest(data: bytes) -> _Manifest:
    try:
        return msgspec.json.decode(data, type=_Manifest)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InvalidUpload(f"manifest.json cannot be read: {error}.") from error


def _of_manifest(kind: str, body: bytes, file: _File, manifest: _Manifest) -> list[Artifact]:
    headers = {name.lower(): value for name, value in (file.headers or {}).items() if isinstance(value, str)}
    identity = debug_id(headers.get("debug-id")) or ""
    place = _place(file.url or "", manifest.release or "", manifest.dist or "")
    referred = headers.get("sourcemap") or headers.get("x-sourcemap")
    if kind == MINIFIED_SOURCE and referred and not _refers(body):
        # The header is kept as what it stands for: the comment, which changes no position in the script.
        body += b"\n//# sourceMappingURL=" + referred.replace("\n", "").encode("utf-8", "replace")
    artifact = Artifact(kind, body, identity, *place)
    if not (artifact.debug_id or (artifact.release and artifact.url)):
        return []
    return _script(artifact) if kind == MINIFIED_SOURCE else [artifact]


def _refers(script: bytes) -> bool:
    return reference(script) is not None or inline_map(script) is not None


def _script(script: Artifact) -> list[Artifact]:
    """The script and, where it holds its map, the map: under the same debug id and beside the script's URL."""
    source_map = inline_map(script.body)
    if source_map is None:
        return [script]
    url = f"{script.url}.inline.map" if script.url else ""
    body = script.body[: script.body.rfind(b"sourceMappingURL=")] + b"sourceMappingURL="
    body += url.rpartition("/")[2].encode("utf-8", "replace")
    return [script._replace(body=body), script._replace(kind=SOURCE_MAP, body=source_map, url=url)]


def _place(url: str, release: str, dist: str) -> tuple[str, str, str]:
    if len(release) > _MAX_RELEASE or len(dist) > _MAX_DIST or len(url) > _MAX_URL:
        raise InvalidUpload(
            f"A release may have {_MAX_RELEASE} characters, a dist {_MAX_DIST} and a URL {_MAX_URL}."
        )
    return release, dist, artifact_url(url) or ""


def _is_proguard(data: bytes) -> bool:
    """Whether the file begins with comments, then ``original -> obfuscated:``."""
    for line in data[:64_000].splitlines()[:200]:
        if line.strip() and not line.lstrip().startswith(b"#"):
            return b" -> " in line and line.rstrip().endswith(b":")
    return False
