"""Sends the notifications that the stage ``notify`` has queued."""

from agents.notify.dispatch import Dispatcher
from agents.notify.trend import trend_from
from runtime.context import Context


async def run_notifications(context: Context) -> None:
    """Send until cancelled. In a cluster every worker of the stage runs this; each channel is one's at a time."""
    trend = trend_from(context.events, context.operational.merges.of)
    await Dispatcher(context.settings, context.operational, trend).run()
