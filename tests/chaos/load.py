"""Clients of the edge: they send at a steady rate, send again what was not acknowledged, and sometimes repeat what was."""

import asyncio
import json
import random
import time
import uuid
from collections import Counter, deque

import aiohttp

from benchmarks.events import make_event

KINDS = 24
CLIENTS = 16
#: Part of the acknowledged events that are sent once more.
REPEATS = 0.05
_TIMEOUT = aiohttp.ClientTimeout(total=15)


class Load:
    """``rate`` is in events per second, ``chance`` decides all that is not fixed."""

    def __init__(self, port: int, key: str, rate: float, chance: random.Random) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/events"
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._rate = rate
        self._chance = chance
        self._unsure: deque[bytes] = deque()
        self._serial = 0
        self.acknowledged: set[str] = set()
        self.kinds: dict[str, int] = {}
        self.repeats = 0
        #: Requests by what became of them: a status, or "no answer".
        self.answers: Counter[str] = Counter()
        self.slowest = 0.0

    async def run(self, seconds: float) -> None:
        """Send for some seconds; then until everything that was sent is acknowledged."""
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            queue: asyncio.Queue[bytes | None] = asyncio.Queue()
            clients = [asyncio.ensure_future(self._client(session, queue)) for _ in range(CLIENTS)]
            started = time.monotonic()
            sent = 0
            while (elapsed := time.monotonic() - started) < seconds:
                while sent < elapsed * self._rate:
                    queue.put_nowait(self._next())
                    sent += 1
                await asyncio.sleep(0.01)
            for _ in clients:
                queue.put_nowait(None)
            await asyncio.gather(*clients)
            while self._unsure:
                await self._send(session, self._unsure.popleft())

    def _next(self) -> bytes:
        if self._unsure and self._chance.random() < 0.5:
            return self._unsure.popleft()
        kind = self._chance.randrange(KINDS)
        event = make_event(kind, self._serial)
        self._serial += 1
        event["event_id"] = uuid.UUID(int=self._chance.getrandbits(128)).hex
        event.pop("timestamp", None)
        self.kinds[event["event_id"]] = kind
        return json.dumps(event).encode()

    async def _client(self, session: aiohttp.ClientSession, queue: "asyncio.Queue[bytes | None]") -> None:
        while (body := await queue.get()) is not None:
            await self._send(session, body)

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> None:
        started = time.monotonic()
        try:
            async with session.post(self._url, data=body, headers=self._headers) as response:
                answer = await response.read()
                self.answers[str(response.status)] += 1
        except (aiohttp.ClientError, TimeoutError):
            self.answers["no answer"] += 1
            self._unsure.append(body)
            await asyncio.sleep(0.1)
            return
        if response.status != 202:
            self._unsure.append(body)
            await asyncio.sleep(0.1)
            return
        self.slowest = max(self.slowest, time.monotonic() - started)
        self.acknowledged.update(json.loads(answer)["accepted"])
        if self._chance.random() < REPEATS:
            self.repeats += 1
            self._unsure.append(body)
