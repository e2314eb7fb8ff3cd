"""enrich: the country of an event's user and the contexts of their user agent. Pure, given the data sets.

Only what the SDK did not send is added; every added text is at most ``limits.NAME`` characters.
"""

from typing import Any

from msgspec.structs import replace

from agents.fingerprint.enrich.enricher import Enricher
from schemas.event import Event
from schemas.headers import Received

#: Platforms whose SDK runs on the user's own device, so that the address of the connection is the user's.
_DEVICE_PLATFORMS = frozenset({"javascript", "cocoa", "objc", "swift", "dart"})
#: The same, for platforms that also run on servers.
_DEVICE_SDKS = ("sentry.java.android", "sentry.native.android", "sentry.javascript.react-native")
#: Platforms that are themselves the browser. Elsewhere ``os`` would be the server's, so the browser's has another name,
#: as at Sentry (getsentry/relay, ``relay-event-normalization/src/normalize/user_agent.rs``).
_BROWSER_PLATFORMS = frozenset({"javascript"})


def enrich(event: Event, received: Received, enricher: Enricher) -> Event:
    """The event with contexts ``geo`` (``country_code``, ``region``, ``city``), ``browser``, ``os`` (``client_os`` on
    servers) and ``device`` where its address and its user agent tell them."""
    found: dict[str, Any] = {}
    if "geo" not in event.contexts:
        address = user_address(event, received)
        if address and (place := enricher.place(address)):
            found["geo"] = dict(place)
    user_agent = _user_agent(event)
    if user_agent and (client := enricher.client(user_agent)):
        system = "os" if event.platform in _BROWSER_PLATFORMS else "client_os"
        for name, context in (("browser", client.browser), (system, client.os), ("device", client.device)):
            if context and not event.contexts.get(name):
                found[name] = dict(context)
    return replace(event, contexts=event.contexts | found) if found else event


def user_address(event: Event, received: Received) -> str | None:
    """The address of the event's user: as given; else that of the request that failed; else, where the SDK runs on the
    user's device, that of the connection on which the event came."""
    if event.user is not None and event.user.ip_address:
        return event.user.ip_address
    environment = event.request.get("env") if event.request else None
    if isinstance(environment, dict):
        address = environment.get("REMOTE_ADDR")
        if isinstance(address, str) and address:
            return address
    on_device = event.platform in _DEVICE_PLATFORMS or (event.sdk or "").startswith(_DEVICE_SDKS)
    return received.client_address or None if on_device else None


def _user_agent(event: Event) -> str | None:
    headers = event.request.get("headers") if event.request else None
    if isinstance(headers, dict):
        for name, value in headers.items():
            if len(name) == 10 and name.lower() == "user-agent" and isinstance(value, str):
                return value
    return None
