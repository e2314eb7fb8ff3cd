"""Faust's table manager without its pause.

It sleeps for a second when it starts, so that tables may still be declared. Apps that declare their tables before they start
pass ``TableManager=PromptTableManager`` to ``faust.App``.
"""

from faust.tables import TableManager


class PromptTableManager(TableManager):  # type: ignore[misc]
    """Begins with recovery at once."""

    async def on_start(self) -> None:
        """Register the tables' changelogs and start recovery."""
        await self._update_channels()
        await self.recovery.start()
