"""Loads maps from the store of artifacts and keeps the latest used in memory. The only part of symbolication with I/O."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import structlog

from agents.fingerprint.symbolicate.maps import Maps, ProguardMap, SourceMap
from agents.fingerprint.symbolicate.reading import UnusableMap, read_proguard, read_source_map
from schemas.artifacts import MINIFIED_SOURCE, PROGUARD, SOURCE_MAP, ArtifactName
from stores.artifacts.references import map_url, reference
from stores.errors import StoreRejected

#: Seconds after which a project is asked again whether it has uploaded anything: a map that arrives late applies to
#: events after that.
UPLOADS_SECONDS = 3.0
#: Seconds for which a map that was missing is not asked for again, unless its project has uploaded something.
MISSING_SECONDS = 60.0
#: The same for a map that cannot be used: finding that out may take seconds of CPU.
UNUSABLE_SECONDS = 900.0
#: Missing maps, and projects, that are remembered.
_MISSING = 20_000
_PROJECTS = 10_000
#: Requests to the store that find nothing, for one project in ``MISSING_SECONDS``; beyond, what is not in memory counts as
#: missing. Anyone with a project's public key can make up debug ids, each of which would be a request to the store.
_MISSES_OF_PROJECT = 500

#: Bytes of memory that a source map takes for each byte of its files: itself, and as much for remembered positions.
_SOURCE_MAP_WEIGHT = 2
#: Bytes of memory that a mapping of ProGuard takes for each byte of its file: measured, symbolic 13.9, 80,000 methods.
_PROGUARD_WEIGHT = 15

log = structlog.get_logger(__name__)


class ArtifactReader(Protocol):
    """What the loader needs of the store of artifacts."""

    async def get(self, name: ArtifactName) -> bytes | None:
        """An artifact's bytes, or None where there is none of this name."""

    async def latest_upload(self, project: int) -> str:
        """What changes with each upload of a project; empty before the first."""


class NoArtifacts:
    """The store of a cluster whose settings name none."""

    async def get(self, name: ArtifactName) -> bytes | None:
        """There is no artifact."""
        return None

    async def latest_upload(self, project: int) -> str:
        """Nothing was ever uploaded."""
        return ""


class _Loaded(NamedTuple):
    """``settled``: no later upload can change it. Under a URL another script may be served, but an id is of one build."""

    map: SourceMap | ProguardMap
    weight: int
    settled: bool


class _Uploads(NamedTuple):
    latest: str
    asked: float


class MapLoader:
    """Maps of all projects, the latest used first to stay.

    ``capacity`` is in bytes of memory, estimated from the sizes of the files; a map that alone is larger is not read. What
    a caller holds stays valid after it was dropped from here. ``clock`` gives seconds that only rise.
    """

    def __init__(
        self, store: ArtifactReader, capacity: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._capacity = capacity
        self._clock = clock
        self._loaded: OrderedDict[ArtifactName, _Loaded] = OrderedDict()
        self._weight = 0
        self._missing: OrderedDict[ArtifactName, float] = OrderedDict()
        self._uploads: OrderedDict[int, _Uploads] = OrderedDict()
        self._misses: dict[int, int] = {}
        self._misses_since = clock()
        # Maps are read one after the other: each takes the CPU of a core, and so do the events that wait.
        self._loading = asyncio.Lock()

    async def load(self, names: Iterable[ArtifactName]) -> Maps:
        """The maps that there are of those asked for; what is missing or cannot be used is left out.

        Raises:
            StoreUnavailable: the store of artifacts cannot be reached.
        """
        maps: dict[ArtifactName, SourceMap | ProguardMap] = {}
        for name in names:
            if not self._is_settled(name):
                await self._notice_uploads(name.project)
            found = self._warm(name)
            if found is None and not self._known_missing(name):
                async with self._loading:
                    found = self._warm(name) or await self._load(name)
            if found is not None:
                maps[name] = found
        return maps

    def _is_settled(self, name: ArtifactName) -> bool:
        loaded = self._loaded.get(name)
        return loaded is not None and loaded.settled

    async def _notice_uploads(self, project: int) -> None:
        """Forget what a later upload may have changed. Asked before the store is: what is uploaded in between is noticed
        the next time."""
        known = self._uploads.get(project)
        if known is not None and self._clock() - known.asked < UPLOADS_SECONDS:
            return
        latest = await self._store.latest_upload(project)
        if known is None or known.latest != latest:
            self._forget(project)
        self._uploads[project] = _Uploads(latest, self._clock())
        if len(self._uploads) > _PROJECTS:
            self._uploads.popitem(last=False)

    def _forget(self, project: int) -> None:
        self._misses.pop(project, None)
        for name in [name for name in self._missing if name.project == project]:
            del self._missing[name]
        for name, loaded in list(self._loaded.items()):
            if name.project == project and not loaded.settled:
                del self._loaded[name]
                self._weight -= loaded.weight

    def _warm(self, name: ArtifactName) -> SourceMap | ProguardMap | None:
        loaded = self._loaded.get(name)
        if loaded is None:
            return None
        self._loaded.move_to_end(name)
        return loaded.map

    def _known_missing(self, name: ArtifactName) -> bool:
        now = self._clock()
        if now - self._misses_since > MISSING_SECONDS:
            self._misses.clear()
            self._misses_since = now
        if self._misses.get(name.project, 0) >= _MISSES_OF_PROJECT:
            return True
        until = self._missing.get(name)
        return until is not None and now < until

    async def _load(self, name: ArtifactName) -> SourceMap | ProguardMap | None:
        if self._known_missing(name):
            return None
        try:
            loaded = await (self._proguard(name) if name.kind == PROGUARD else self._source_map(name))
        except (UnusableMap, StoreRejected) as error:
            log.warning("a map cannot be used", project=name.project, map=name.path, error=str(error))
            self._remember_missing(name, UNUSABLE_SECONDS)
            return None
        if loaded is None:
            self._remember_missing(name, MISSING_SECONDS)
            return None
        self._keep(name, loaded)
        return loaded.map

    async def _proguard(self, name: ArtifactName) -> _Loaded | None:
        body = await self._get(name)
        if body is None:
            return None
        weight = self._checked(len(body) * _PROGUARD_WEIGHT)
        return _Loaded(await read_proguard(body), weight, settled=True)

    async def _source_map(self, name: ArtifactName) -> _Loaded | None:
        if name.debug_id:
            source_map = await self._get(name)
            if source_map is None:
                return None
            script = await self._get(name._replace(kind=MINIFIED_SOURCE)) or b""
        else:
            found = await self._by_url(name) or (
                await self._by_url(name._replace(dist="")) if name.dist else None
            )
            if found is None:
                return None
            script, source_map = found
        weight = self._checked((len(script) + len(source_map)) * _SOURCE_MAP_WEIGHT)
        settled = bool(name.debug_id and script)
        return _Loaded(await read_source_map(script, source_map), weight, settled)

    async def _get(self, name: ArtifactName) -> bytes | None:
        body = await self._store.get(name)
        if body is None:
            self._misses[name.project] = self._misses.get(name.project, 0) + 1
        return body

    def _checked(self, weight: int) -> int:
        if weight > self._capacity:
            raise UnusableMap(f"it would take {weight} bytes of memory, and there are {self._capacity}")
        return weight

    async def _by_url(self, name: ArtifactName) -> tuple[bytes, bytes] | None:
        """The script at a URL and the map to which it refers; without the script, the map beside it, ``….js.map``."""
        script = await self._get(name)
        referred = name.url + ".map"
        if script is not None and (said := reference(script)):
            referred = map_url(name.url, said) or referred
        source_map = await self._get(name._replace(kind=SOURCE_MAP, url=referred))
        return None if source_map is None else (script or b"", source_map)

    def _remember_missing(self, name: ArtifactName, seconds: float) -> None:
        self._missing[name] = self._clock() + seconds
        self._missing.move_to_end(name)
        if len(self._missing) > _MISSING:
            self._missing.popitem(last=False)

    def _keep(self, name: ArtifactName, loaded: _Loaded) -> None:
        self._missing.pop(name, None)
        self._loaded[name] = loaded
        self._weight += loaded.weight
        while self._weight > self._capacity:
            _, dropped = self._loaded.popitem(last=False)
            self._weight -= dropped.weight
