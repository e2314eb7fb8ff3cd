"""Serves the built dashboard: a page and its assets, held in memory, compressed when it was built."""

import mimetypes
from pathlib import Path
from typing import NamedTuple

from aiohttp import hdrs, web

#: Where ``npm run build`` puts it, in the source tree and in the installed package alike.
BUILT = Path(__file__).resolve().parents[1] / "dashboard" / "dist"

#: Nothing runs in the page but its own files, whatever an event holds; and nothing can frame it.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
_EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
_PAGE = {
    **_EVERYWHERE,
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
#: The build puts a hash of the content into the names of assets, so that they never change.
_ASSET = {**_EVERYWHERE, "Cache-Control": "public, max-age=31536000, immutable"}
_OTHER = {**_EVERYWHERE, "Cache-Control": "public, max-age=3600"}
#: The encodings that the build makes, best first, with their suffixes.
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


class _File(NamedTuple):
    """A file of the build: its type, headers, and content by encoding ("" is as it is)."""

    content_type: str
    headers: dict[str, str]
    contents: dict[str, bytes]


class Dashboard:
    """The files of one build, by their paths below ``/``."""

    def __init__(self, files: dict[str, _File]) -> None:
        self._files = files

    @classmethod
    def load(cls, folder: Path = BUILT) -> "Dashboard | None":
        """Read a build; None where there is none."""
        if not (folder / "index.html").is_file():
            return None
        suffixes = {suffix for _, suffix in _ENCODINGS}
        paths = [
            path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix not in suffixes and not path.name.startswith(".")
        ]
        return cls({path.relative_to(folder).as_posix(): _read(path, folder) for path in paths})

    def page(self, request: web.Request) -> web.Response:
        """The page itself; what it shows it decides by its address."""
        return _answer(request, self._files["index.html"])

    def file(self, request: web.Request) -> web.Response | None:
        """The file at a request's path, or None."""
        file = self._files.get(request.path.lstrip("/"))
        return None if file is None else _answer(request, file)


def wants_page(request: web.Request) -> bool:
    """Whether a browser asks for a page, and not a program for data. Nothing under ``/api`` is a page."""
    return (
        request.method in (hdrs.METH_GET, hdrs.METH_HEAD)
        and "text/html" in request.headers.get(hdrs.ACCEPT, "")
        and not request.path.startswith("/api/")
    )


def _read(path: Path, folder: Path) -> _File:
    name = path.relative_to(folder).as_posix()
    headers = _PAGE if path.suffix == ".html" else _ASSET if name.startswith("assets/") else _OTHER
    contents = {"": path.read_bytes()}
    for encoding, suffix in _ENCODINGS:
        compressed = path.with_name(path.name + suffix)
        if compressed.is_file():
            contents[encoding] = compressed.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _File(content_type, headers, contents)


def _answer(request: web.Request, file: _File) -> web.Response:
    accepted = request.headers.get(hdrs.ACCEPT_ENCODING, "")
    names = {name for name, quality in map(_offer, accepted.split(",")) if quality > 0}
    encoding = next((name for name, _ in _ENCODINGS if name in names and name in file.contents), "")
    headers = {**file.headers, "Content-Encoding": encoding} if encoding else file.headers
    text = file.content_type.startswith("text/") or file.content_type.endswith(("javascript", "svg+xml"))
    return web.Response(
        body=file.contents[encoding],
        headers={**headers, "Content-Type": file.content_type + ("; charset=utf-8" if text else "")},
    )


def _offer(part: str) -> tuple[str, float]:
    """An encoding that a client offers, and how much it likes it: ``gzip;q=0`` is a refusal."""
    name, _, quality = part.partition(";q=")
    try:
        return name.strip().lower(), float(quality or 1)
    except ValueError:
        return name.strip().lower(), 0.0
