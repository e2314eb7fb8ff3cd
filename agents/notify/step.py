"""notify, without I/O: which deliveries an alert asks for."""

import re

import msgspec

from schemas.alerts import AlertEvent
from stores.operational.deliveries import NewDelivery

#: Most channels of one alert.
MOST_CHANNELS = 100

_ID = re.compile("[0-9a-f]{32}")
_decode = msgspec.json.Decoder(AlertEvent).decode


def deliveries_of(value: bytes) -> list[NewDelivery]:
    """The deliveries that a record of ``alerts-evaluated`` asks for: one for each channel that it names.

    Raises:
        msgspec.DecodeError, ValueError: it is no alert.
    """
    event = _decode(value)
    if not _ID.fullmatch(event.data.alert_id):
        raise ValueError("The id of an alert has 32 hexadecimal digits.")
    channels = dict.fromkeys(event.data.channels[:MOST_CHANNELS])
    return [NewDelivery(channel, event.data.state, event) for channel in channels if 0 < channel < 2**31]
