"""Faust's table manager without its pause, and a stage's, which recovers in batches.

Faust's sleeps for a second when it starts, so that tables may still be declared. Apps that declare their tables before they
start pass one of these as ``TableManager`` to ``faust.App``.
"""

from faust.tables import TableManager

from agents.recovery import BatchRecovery


class PromptTableManager(TableManager):  # type: ignore[misc]
    """Begins with recovery at once."""

    async def on_start(self) -> None:
        """Register the tables' changelogs and start recovery."""
        await self._update_channels()
        await self.recovery.start()


class StageTableManager(PromptTableManager):
    """The manager of tables that are ``StampedTable``."""

    _recovery: BatchRecovery | None = None

    @property
    def recovery(self) -> BatchRecovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery = BatchRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
