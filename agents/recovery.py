"""Recovery of tables from their changelogs, a fetched batch at a time.

Stock Faust makes a message, an event and a timer of each change, at 50 µs and more. Here the drain loop hands over what it
fetched of a changelog as it is, and its table takes it in one write. When to recover, what, and from where stays Faust's.
"""

import time
from collections.abc import Sequence
from typing import Any

from faust.tables.recovery import Recovery
from faust.types import TP
from mode import Service


class BatchRecovery(Recovery):  # type: ignore[misc]
    """Faust's recovery, whose tables are ``StampedTable``."""

    def apply(self, tp: TP, records: Sequence[Any]) -> None:
        """Apply what was fetched of one changelog partition, in order."""
        if tp in self.active_tps:
            offsets, received_at = self.active_offsets, self._active_events_received_at
        elif tp in self.standby_tps:
            offsets, received_at = self.standby_offsets, self._standby_events_received_at
        else:
            return
        received_at[tp] = time.monotonic()
        known = offsets.get(tp)
        new = [record for record in records if known is None or record.offset > known]
        if new:
            self.tp_to_table[tp].apply_changes(tp.partition, new)
            offsets[tp] = new[-1].offset
        if self.in_recovery and not self.need_recovery():
            self._set_recovery_ended()
            self.signal_recovery_end.set()
        if not self.tables.standbys_ready and not self.standby_remaining_total():
            self.tables.on_standbys_ready()

    def _set_recovery_started(self) -> None:
        super()._set_recovery_started()
        self.signal_recovery_end.clear()

    @Service.task  # type: ignore[untyped-decorator]
    async def _slurp_changelogs(self) -> None:
        """Nothing comes through the queue that stock Faust empties here."""
