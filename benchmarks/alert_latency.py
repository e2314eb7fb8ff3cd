"""How soon an alert fires and arrives: ``python -m benchmarks.alert_latency [events a second] [seconds]``.

Events are posted to a server of its own. One a second sets off two alerts, of a count and of a new issue, which go to a
webhook and to a mail server in this process. For each is told the time from the POST to the record on alerts-evaluated, to
the webhook, and to the mail.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import uvloop
from aiohttp import web
from aiosmtpd.controller import Controller

from benchmarks.events import make_event
from benchmarks.http import Connection
from benchmarks.part import free_port
from benchmarks.server import Server
from embedded.log import Log
from runtime.garbage import calm_garbage_collector

RATE = 500
#: Events that set off alerts, each second.
PROBES = 1
CLIENTS = 16
#: People get so many mails an hour at most; here none is to wait.
MAILS = 10_000

#: Which alert: the event that set it off, and the alert's kind.
Alerted = tuple[str, str]


class Receivers:
    """A webhook and a mail server; they note when they were told of each alert first."""

    def __init__(self) -> None:
        self.hooked: dict[Alerted, float] = {}
        self.mailed: dict[str, float] = {}
        self._mail = Controller(self, hostname="127.0.0.1", port=free_port())
        app = web.Application()
        app.router.add_post("/", self._handle_hook)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> "Receivers":
        self._mail.start()
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        self.mail_url = f"smtp+plain://127.0.0.1:{self._mail.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._mail.stop()
        await self._runner.cleanup()

    async def _handle_hook(self, request: web.Request) -> web.Response:
        alert = (await request.json())["data"]
        if alert["state"] == "firing":
            self.hooked.setdefault((alert["issues"][0]["event_id"], alert["kind"]), time.time())
        return web.Response()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """As aiosmtpd has it. The mail refers to its alert by ``<ID@domain>``."""
        for line in envelope.content.split(b"\r\n"):
            if line.startswith(b"References: <"):
                self.mailed.setdefault(line.partition(b"<")[2].partition(b"@")[0].decode(), time.time())
        return "250 taken"


async def measure(folder: Path, rate: int, seconds: float) -> dict[str, Any]:
    """Seconds from the POSTs to what they lead to."""
    posted: dict[str, float] = {}
    async with Receivers() as receivers:
        server = Server(
            folder,
            STACKTIDE_ALERT_STORM="1000000",
            STACKTIDE_NOTIFY_PRIVATE_ADDRESSES="true",
            STACKTIDE_MAIL_URL=receivers.mail_url,
            STACKTIDE_MAIL_FROM="alerts@example.org",
        )
        server.start()
        try:
            _configure(server, receivers)
            await asyncio.sleep(3)
            load = os.getloadavg()[0]
            await _post_steadily(server, rate, seconds, posted)
            load = max(load, os.getloadavg()[0])
            await asyncio.sleep(10)
        finally:
            server.stop()
    fired = await _fired(folder)
    recorded = {alerted: at for alerted, (at, _) in fired.items()}
    mailed = {alerted: receivers.mailed[alert] for alerted, (_, alert) in fired.items()}
    return {
        "events_per_second": rate,
        "load_average": load,
        "record": _figures(posted, recorded),
        "webhook": _figures(posted, receivers.hooked),
        "mail": _figures(posted, mailed),
    }


def _configure(server: Server, receivers: Receivers) -> None:
    channels = []
    for target in (
        {"kind": "webhook", "url": receivers.url},
        {"kind": "email", "to": ["oncall@example.org"]},
    ):
        budget = MAILS if target["kind"] == "email" else 0
        channel = {"name": target["kind"], "target": target, "budget": budget}
        channels.append(int(server.call("POST", "/api/v1/projects/1/channels", channel)["id"]))
    for condition in ({"kind": "count", "window": 60, "above": 0}, {"kind": "new_issue"}):
        rule = {"name": condition["kind"], "condition": condition, "release": "probe", "channels": channels}
        rule |= {"per": "issue"} if condition["kind"] == "count" else {}
        server.call("POST", "/api/v1/projects/1/rules", rule)


def _figures(posted: dict[str, float], told: dict[Alerted, float]) -> dict[str, float]:
    waits = sorted(_waits(posted, told))
    assert len(waits) == 2 * len(posted), f"{len(waits)} alerts of {2 * len(posted)}"
    return {
        "alerts": len(waits),
        "p50_s": statistics.median(waits),
        "p99_s": waits[int(len(waits) * 0.99)],
        "most_s": waits[-1],
    }


def _waits(posted: dict[str, float], told: dict[Alerted, float]) -> Iterable[float]:
    return (at - posted[event] for (event, _), at in told.items() if event in posted)


async def _post_steadily(server: Server, rate: int, seconds: float, posted: dict[str, float]) -> None:
    headers = {"X-Stacktide-Key": server.key, "Content-Type": "application/json"}
    numbers = iter(range(int(rate * seconds)))
    started = time.monotonic()

    async def client() -> None:
        async with Connection(server.host, server.port) as connection:
            for number in numbers:
                is_probe = number % (rate // PROBES) == 0
                event = make_event(number % 200, number, 2048)
                event["event_id"] = uuid.uuid4().hex
                event.pop("timestamp", None)
                if is_probe:
                    event |= {"release": "probe", "fingerprint": [event["event_id"]]}
                await asyncio.sleep(max(0.0, started + number / rate - time.monotonic()))
                if is_probe:
                    posted[event["event_id"]] = time.time()
                status, answer = await connection.request(
                    "POST", "/api/v1/events", headers, json.dumps(event).encode()
                )
                assert status == 202, answer

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def _fired(folder: Path) -> dict[Alerted, tuple[float, str]]:
    """When each alert was written first, and its id."""
    log = Log.open(folder / "log")
    await log.start()
    found: dict[Alerted, tuple[float, str]] = {}
    for partition, (start, end) in (await log.offsets("alerts-evaluated")).items():
        while start < end:
            for record in await log.read("alerts-evaluated", partition, start):
                data = json.loads(record.value or b"")["data"]
                if data["state"] == "firing":
                    alerted = data["issues"][0]["event_id"], data["kind"]
                    found.setdefault(alerted, (record.timestamp, data["alert_id"]))
                start = record.offset + 1
    await log.close()
    return found


def main() -> None:
    """Measure at the rate and for the seconds of the arguments, and print the figures as JSON."""
    rate = int(sys.argv[1]) if len(sys.argv) > 1 else RATE
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    calm_garbage_collector()
    with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as name:
        print(json.dumps(uvloop.run(measure(Path(name) / "data", rate, seconds)), indent=2))


if __name__ == "__main__":
    main()
