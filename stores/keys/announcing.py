"""The operational store of a cluster: it tells the edges when keys change."""

from schemas.privacy import Erasure
from stores.keys.shared import SharedKeys
from stores.operational import SqlOperationalStore
from stores.ports import NewKey
from stores.vault import NO_KEYS, Vault


class AnnouncingStore(SqlOperationalStore):
    """A store that announces each change of a key; the other arguments are those of ``SqlOperationalStore``."""

    def __init__(self, url: str, keys: SharedKeys, pool: int, vault: Vault = NO_KEYS) -> None:
        super().__init__(url, pool=pool, vault=vault)
        self._keys = keys

    async def add_key(
        self, project: int, label: str = "", public_key: str | None = None, rate_limit: float | None = None
    ) -> NewKey:
        """A new key of a project, which the edges take from now on.

        Raises:
            StoreRejected, StoreUnavailable: as ``SqlOperationalStore.add_key``.
        """
        made = await super().add_key(project, label, public_key, rate_limit)
        await self._keys.announce()
        return made

    async def revoke_key(self, key: str, project: int | None = None) -> None:
        """Stop a key, which the edges refuse from now on.

        Raises:
            StoreRejected, StoreUnavailable: as ``SqlOperationalStore.revoke_key``.
        """
        await super().revoke_key(key, project)
        await self._keys.announce()

    async def remove_project(self, project: int, actor: str) -> Erasure:
        """Take a project away, whose keys the edges refuse from now on.

        Raises:
            StoreRejected, StoreUnavailable: as ``SqlOperationalStore.remove_project``.
        """
        erasure = await super().remove_project(project, actor)
        await self._keys.announce()
        return erasure
