"""What the edge's routes share: one ``Edge`` a process, one ``Call`` a request, and the way of an event to
the log.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web

from ingest.address import client_address, parse_networks
from ingest.auth import Claim
from ingest.body import Body, BodyMemory
from ingest.errors import EdgeError
from ingest.keys import KeyCache
from ingest.limits import RateLimiter
from ingest.outcomes import OutcomeRecorder, Refused
from ingest.sessions import CATEGORY
from schemas.headers import Received, event_key
from schemas.sessions import SessionReport
from settings import Settings
from stores.keys import SharedKeys
from stores.limits import LocalLimits
from stores.ports import LogRecord, LogWriter, OperationalStore, ProjectKey, RateLimits

TOPIC = "events-received"
SESSIONS_TOPIC = "sessions-received"
JSON = "application/json"
_MAX_HEADER_TEXT = 128


class Edge:
    """Everything that outlives a request. ``clock`` gives Unix seconds. Without ``limits`` and ``shared_keys`` the
    process limits rates and remembers keys by itself.

    Raises:
        SettingError: ``trusted_proxies`` cannot be understood.
    """

    def __init__(
        self,
        settings: Settings,
        log: LogWriter,
        store: OperationalStore,
        clock: Callable[[], float] = time.time,
        limits: RateLimits | None = None,
        shared_keys: SharedKeys | None = None,
    ) -> None:
        self.settings = settings
        self.log = log
        self.clock = clock
        self.keys = KeyCache(store, settings.key_cache_ttl, clock, shared_keys)
        self.limiter = RateLimiter(settings, limits or LocalLimits(clock))
        self.outcomes = OutcomeRecorder(log, clock)
        self.memory = BodyMemory(settings.edge_memory_bytes)
        self.trusted_proxies = parse_networks(settings.trusted_proxies)


class Incoming(NamedTuple):
    """One event on its way to the log. ``payload`` are the client's bytes, decompressed and otherwise
    untouched.
    """

    event_id: str
    payload: bytes
    content_type: str = JSON


class Call:
    """One request: who sent it, and what is known of it so far."""

    __slots__ = ("body", "edge", "key", "protocol", "received", "request", "sdk")

    def __init__(self, edge: Edge, request: web.Request, protocol: str, body: Body) -> None:
        self.edge = edge
        self.request = request
        self.protocol = protocol
        self.body = body
        self.received = edge.clock()
        self.key: ProjectKey | None = None
        self.sdk = ""

    async def authenticate(self, claim: Claim, project: int | None) -> None:
        """Set ``key``, and ``sdk`` to what the client says of itself.

        Raises:
            Unauthorised, Forbidden, StoreUnavailable: as ``KeyCache.find``.
        """
        self.sdk = header_text(claim.client or self.request.headers.get("User-Agent", ""))
        self.key = await self.edge.keys.find(claim.public_key, project)

    async def deliver(self, events: Sequence[Incoming]) -> None:
        """Put events on the log; returns once they are durable.

        Raises:
            RateLimited: there were too many of late.
            StoreUnavailable: the log has no room just now.
        """
        key = self.key
        if not events or key is None:
            return
        await self.edge.limiter.take(key, len(events))
        request = self.request
        address = client_address(
            request.remote, request.headers.getall("X-Forwarded-For", ()), self.edge.trusted_proxies
        )
        await self.edge.log.send(
            TOPIC,
            [
                LogRecord(
                    event_key(key.project, event.event_id),
                    event.payload,
                    Received(
                        project=key.project,
                        key_id=key.key_id,
                        event_id=event.event_id,
                        received=self.received,
                        content_type=event.content_type,
                        client_address=address,
                        sdk=self.sdk,
                        protocol=self.protocol,
                    ).encode(),
                )
                for event in events
            ],
        )

    async def deliver_sessions(self, reports: Sequence[SessionReport]) -> str:
        """Put reports of sessions on the log; returns once they are durable, with what is to be sent in
        ``X-Sentry-Rate-Limits`` where they are not let pass.

        Raises:
            StoreUnavailable: the log has no room just now.
        """
        key = self.key
        if not reports or key is None:
            return ""
        if limits := await self.edge.limiter.take_sessions(key, len(reports)):
            self.refuse("rate_limited", "session_rate_limit", CATEGORY, len(reports))
            return limits
        await self.edge.log.send(
            SESSIONS_TOPIC,
            [
                LogRecord(f"{report.project}:{report.id}".encode(), msgspec.json.encode(report), [])
                for report in reports
            ],
        )
        self.refuse("accepted", "", CATEGORY, len(reports))
        return ""

    def refuse(self, outcome: str, reason: str, category: str, quantity: int = 1) -> None:
        """Record what became of an event or item that does not go on, or whose way is not followed one by one."""
        project, key_id = (self.key.project, self.key.key_id) if self.key else (0, 0)
        self.edge.outcomes.record(Refused(project, key_id, outcome, reason, category), quantity)

    def refuse_event(self, error: EdgeError) -> None:
        """Record what became of events that an error stopped."""
        if error.outcome is not None:
            self.refuse(error.outcome, error.code, "error", error.quantity)


def header_text(text: str) -> str:
    """A client's text as it may stand in a record's header: short, printable ASCII."""
    if text.isascii() and text.isprintable():
        return text[:_MAX_HEADER_TEXT]
    return "".join(c if " " <= c <= "~" else "?" for c in text[:_MAX_HEADER_TEXT])
