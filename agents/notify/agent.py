"""notify: queues a delivery for each channel of an alert. ``dispatch.py`` sends them.

A record is acked once its deliveries are in the operational store, so nothing on the stream ever waits for a receiver; and
since each is queued once however often it is asked for, a record that is delivered again changes nothing.
"""

from typing import Any

from agents.batches import own_time, run_batches
from agents.guard import Guard, until_available
from agents.notify.step import deliveries_of
from agents.records import Incoming
from agents.stage import StageApp

NAME = "notify"
SOURCE = "alerts-evaluated"


def attach(app: StageApp) -> None:
    """Add the agent to a stage."""
    settings = app.config.settings
    guard = Guard(NAME, SOURCE, settings)

    async def handle(batch: list[Incoming]) -> None:
        with own_time(NAME):
            wanted = [
                delivery
                for record in batch
                for delivery in guard.attempt(record, deliveries_of, record.value) or ()
            ]
        operational = app.stores.operational
        if operational is None:
            raise RuntimeError("The stage notify needs the operational store.")
        deliveries = operational.deliveries
        await until_available(NAME, lambda: deliveries.queue(wanted, settings.notification_expiry))
        if bad := guard.take_bad(len(batch)):
            await until_available(NAME, lambda: app.send_records(bad))

    @app.agent(app.source(SOURCE), name=NAME)  # type: ignore[untyped-decorator]
    async def notify_channels(stream: Any) -> None:
        await run_batches(stream, NAME, handle, settings.batch_size)
