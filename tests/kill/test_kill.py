"""kill -9 at random moments under load: what was acknowledged is stored exactly once, and every count is exact.

``STACKTIDE_TEST_SEED`` chooses the moments, ``STACKTIDE_TEST_ROUNDS`` how often.
"""

import asyncio
import json
import os
import random
import uuid
from collections import Counter

import pytest

from benchmarks.events import make_event
from benchmarks.http import Connection
from benchmarks.server import Server, until

SEED = int(os.environ.get("STACKTIDE_TEST_SEED", "20261122"))
ROUNDS = int(os.environ.get("STACKTIDE_TEST_ROUNDS", "20"))
KINDS = 12
CLIENTS = 8


class Load:
    """Clients that send events, send again what was not acknowledged, and sometimes repeat what was."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self._server = server
        self._chance = chance
        self._unsure: list[bytes] = []
        self.acknowledged: set[str] = set()
        self.kinds: dict[str, int] = {}
        self._serial = 0

    async def run(self, seconds: float) -> None:
        """Send for some seconds, or until the server goes away."""
        deadline = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(self._client(deadline) for _ in range(CLIENTS)))

    async def _client(self, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with Connection(self._server.host, self._server.port) as connection:
                while loop.time() < deadline:
                    await self._send(connection, self._next())
        except OSError:
            pass

    def _next(self) -> bytes:
        if self._unsure and self._chance.random() < 0.5:
            return self._unsure.pop()
        kind = self._chance.randrange(KINDS)
        event = make_event(kind, self._serial)
        self._serial += 1
        event["event_id"] = uuid.UUID(int=self._chance.getrandbits(128)).hex
        event.pop("timestamp", None)
        self.kinds[event["event_id"]] = kind
        return json.dumps(event).encode()

    async def _send(self, connection: Connection, body: bytes) -> None:
        self._unsure.append(body)
        headers = {"Authorization": f"Bearer {self._server.key}", "Content-Type": "application/json"}
        status, answer = await connection.request("POST", "/api/v1/events", headers, body)
        assert status == 202, answer
        if self._chance.random() > 0.05 and body in self._unsure:
            self._unsure.remove(body)
        self.acknowledged.update(json.loads(answer)["accepted"])


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_nothing_acknowledged_is_lost_or_counted_twice(tmp_path):
    chance = random.Random(SEED)
    server = Server(tmp_path / "data", STACKTIDE_ARCHIVE_LINGER="0.5")
    load = Load(server, chance)
    try:
        for _ in range(ROUNDS):
            await asyncio.to_thread(server.start)
            sending = asyncio.ensure_future(load.run(seconds=30))
            await asyncio.sleep(chance.uniform(0.05, 2.5))
            server.kill()
            await sending
        await asyncio.to_thread(server.start)
        await until(lambda: json.loads(server.command("doctor", "--json").stdout)[0]["well"], 60)
        doctor = server.command("doctor", "--json")
        verify(server, load)
        assert doctor.returncode == 0, doctor.stdout
        log = server.log_path.read_text(errors="replace")
        assert "stage_failed" not in log
    finally:
        server.kill()


def verify(server: Server, load: Load) -> None:
    """Every acknowledged event once, and each issue's count the number of its events."""
    issues = server.pages("/api/v1/projects/1/issues")
    stored: Counter[str] = Counter()
    for issue in issues:
        ids = [event["event_id"] for event in server.pages(f"/api/v1/issues/{issue['id']}/events")]
        stored.update(ids)
        assert issue["count"] == len(ids)
        assert len({load.kinds[event_id] for event_id in ids}) == 1, "an issue holds one kind of error"
    assert len(issues) == KINDS
    assert load.acknowledged - set(stored) == set(), "acknowledged, but not stored"
    assert [event_id for event_id, times in stored.items() if times > 1] == [], "stored twice"
    assert set(stored) <= set(load.kinds)
    print(
        f"{ROUNDS} rounds, seed {SEED}: {len(load.acknowledged)} acknowledged, {sum(stored.values())} stored"
    )
