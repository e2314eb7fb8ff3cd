"""Which project a public key belongs to, remembered for a while, so that the operational store is not asked
each time.
"""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

import structlog

from ingest.errors import Forbidden, Unauthorised
from stores.errors import StoreUnavailable
from stores.keys import SharedKey, SharedKeys
from stores.ports import OperationalStore, ProjectKey

MAX_KEYS = 10_000
"""Keys remembered, and as many unknown ones beside them. They are kept apart, so that guessing keys at random
does not push out those in use.
"""

_FORM = re.compile(r"[0-9a-f]{32}")

V = TypeVar("V")

log = structlog.get_logger(__name__)


class KeyCache:
    """Looks keys up, each at most once in ``ttl`` seconds and once at a time.

    With ``shared`` all processes of the edge look each up once together, and ``expire`` is to be called when
    they hear that keys have changed.

    While the store is unavailable a key that was good goes on being used beyond its time: an edge that lost
    every event because the store of users is away would be worse than a key revoked a little late.
    """

    def __init__(
        self,
        store: OperationalStore,
        ttl: float,
        clock: Callable[[], float],
        shared: SharedKeys | None = None,
    ) -> None:
        self._store = store
        self._ttl = ttl
        self._clock = clock
        self._shared = shared
        self._changes = 0
        self._known: dict[str, tuple[float, ProjectKey]] = {}
        self._unknown: dict[str, float] = {}
        self._lookups: dict[str, asyncio.Task[ProjectKey | None]] = {}

    async def find(self, public_key: str, project: int | None) -> ProjectKey:
        """The key; ``project`` is the one that the request names, None where the key alone decides.

        Raises:
            Unauthorised: there is no such key.
            Forbidden: it belongs to another project.
            StoreUnavailable: the store cannot be asked and the key is not remembered.
        """
        found = self._remembered(public_key) or await self._look_up(public_key.lower())
        if found is None:
            raise Unauthorised(
                "key_unknown",
                "The key is not known here, or was revoked. Take the DSN from the project's settings.",
            )
        if project is not None and found.project != project:
            raise Forbidden(
                "key_of_another_project",
                f"The key does not belong to project {project}. Take the whole DSN from the project's settings.",
            )
        return found

    def expire(self) -> None:
        """Ask for every key again, because some have changed."""
        self._changes += 1
        self._unknown.clear()
        self._known = {public_key: (0.0, known) for public_key, (_, known) in self._known.items()}

    def _remembered(self, public_key: str) -> ProjectKey | None:
        entry = self._known.get(public_key)
        return entry[1] if entry is not None and self._clock() < entry[0] else None

    async def _look_up(self, public_key: str) -> ProjectKey | None:
        now = self._clock()
        if not _FORM.fullmatch(public_key) or now < self._unknown.get(public_key, 0.0):
            return None
        if (found := self._remembered(public_key)) is not None:
            return found
        lookup = self._lookups.get(public_key)
        if lookup is None:
            lookup = asyncio.create_task(self._ask(public_key))
            self._lookups[public_key] = lookup
            lookup.add_done_callback(lambda _: self._lookups.pop(public_key, None))
        # Shielded, because others may wait for the same answer when this client goes away.
        return await asyncio.shield(lookup)

    async def _ask(self, public_key: str) -> ProjectKey | None:
        changes = self._changes
        shared = await self._shared.find(public_key) if self._shared is not None else None
        if shared is not None and self._clock() < shared.fresh_until:
            found: ProjectKey | None = shared.key
            expires = min(shared.fresh_until, self._clock() + self._ttl)
        else:
            found, expires = await self._ask_store(public_key, shared)
        if changes != self._changes:
            # Keys changed meanwhile: the answer may be the one from before.
            expires = 0.0
        if found is None:
            self._known.pop(public_key, None)
            _remember(self._unknown, public_key, expires)
        else:
            _remember(self._known, public_key, (expires, found))
        return found

    async def _ask_store(self, public_key: str, shared: SharedKey | None) -> tuple[ProjectKey | None, float]:
        """The key, and until when it need not be asked for again."""
        try:
            found = await self._store.find_key(public_key)
        except StoreUnavailable as error:
            stale = self._stale(public_key, shared)
            if stale is None:
                raise
            log.warning(
                "operational store unavailable, using a remembered key", key_id=stale.key_id, error=str(error)
            )
            return stale, self._clock() + self._ttl
        expires = self._clock() + self._ttl
        if self._shared is not None and (found is not None or shared is not None):
            await self._shared.add(public_key, None if found is None else SharedKey(expires, found))
        return found, expires

    def _stale(self, public_key: str, shared: SharedKey | None) -> ProjectKey | None:
        if (entry := self._known.get(public_key)) is not None:
            return entry[1]
        return shared.key if shared is not None else None


def _remember(entries: dict[str, V], key: str, value: V) -> None:
    entries.pop(key, None)
    if len(entries) >= MAX_KEYS:
        del entries[next(iter(entries))]
    entries[key] = value
