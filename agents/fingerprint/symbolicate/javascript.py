"""JavaScript frames: from a position in a bundle to the original source."""

import re

from msgspec.structs import replace

from agents.fingerprint.coerce import trimmed
from agents.fingerprint.in_app import guess_in_app
from agents.fingerprint.limits import LABEL
from agents.fingerprint.symbolicate.images import DebugImages
from agents.fingerprint.symbolicate.maps import SourceMap
from schemas.artifacts import MINIFIED_SOURCE, SOURCE_MAP, ArtifactName, artifact_url
from schemas.event import Event, Frame

PLATFORMS = frozenset({"javascript", "node"})

#: ``webpack://name/./src/a.ts?1f2e`` is ``src/a.ts``.
_BUNDLER = re.compile(r"(?:webpack|webpack-internal|turbopack|rollup|vite|parcel|ng|rspack)://[^/]*/")
_UPWARDS = re.compile(r"(?:\.{0,2}/)*")
#: Sources of bundlers' own, which are nobody's code.
_BUNDLER_SOURCES = ("webpack/", "(webpack)", "turbopack/", "vite/")


def map_name(frame: Frame, event: Event, images: DebugImages, project: int) -> ArtifactName | None:
    """The artifact that stands for a frame's map: by the debug id of its script, else by release and URL."""
    file = frame.abs_path or frame.filename
    if not file or not frame.lineno or not frame.colno:
        return None
    if identity := images.source_maps.get(file):
        return ArtifactName(project, SOURCE_MAP, identity)
    # What has a bundler's scheme is original already: development servers send such frames.
    if event.release and not _BUNDLER.match(file) and (url := artifact_url(file)):
        return ArtifactName(project, MINIFIED_SOURCE, "", event.release, event.dist or "", url)
    return None


def original(frame: Frame, source_map: SourceMap, context: bool) -> Frame | None:
    """The frame in the original source; None where the map has nothing for its position."""
    position = source_map.lookup(frame.lineno or 0, frame.colno or 0, context)
    if position is None:
        return None
    path = source_path(position.source)
    own = frame.in_app is not False and not path.startswith(_BUNDLER_SOURCES)
    return replace(
        frame,
        filename=trimmed(path, LABEL),
        abs_path=position.source,
        function=position.function or frame.function,
        # A module was the bundle's.
        module=None,
        lineno=position.line,
        colno=position.column,
        in_app=own and guess_in_app("javascript", None, position.source, None),
        context_line=position.context_line,
        pre_context=position.pre_context,
        post_context=position.post_context,
    )


def source_path(source: str) -> str:
    """A source's path within its project: without the bundler's scheme, leading ``./`` and ``../``, and what follows ``?``."""
    bundler = _BUNDLER.match(source)
    path = source[bundler.end() :].split("?", 1)[0] if bundler else source
    if bundler or path.startswith("."):
        path = path[_upwards(path) :]
    return path or source


def _upwards(path: str) -> int:
    match = _UPWARDS.match(path)
    return match.end() if match else 0
