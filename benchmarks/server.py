"""A Stacktide of its own for a measurement or a test: a child process on a free port and a folder of its own."""

import asyncio
import json
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.part import Part, free_port


class Server(Part):
    """``stacktide up`` in a child process. It may be killed and started again on the same folder."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.key, self.token = secrets.token_hex(16), secrets.token_hex(32)
        port = free_port()
        own = {
            "STACKTIDE_DATA": str(data),
            "STACKTIDE_PORT": str(port),
            "STACKTIDE_BOOTSTRAP_KEY": self.key,
            "STACKTIDE_BOOTSTRAP_TOKEN": self.token,
            "STACKTIDE_LOG_FORMAT": "json",
        }
        super().__init__(
            "stacktide up", ["up"], port, data.parent / f"{data.name}.log", {**own, **environment}
        )

    @property
    def dsn(self) -> str:
        """The DSN of project 1."""
        return f"http://{self.key}@{self.host}:{self.port}/1"

    def get(self, path: str) -> Any:
        """The JSON of an API route.

        Raises:
            urllib.error.HTTPError: the answer was not a success.
        """
        return self.call("GET", path)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON that an API route answers to ``body``.

        Raises:
            urllib.error.HTTPError: the answer was not a success.
        """
        request = urllib.request.Request(
            f"http://{self.host}:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def pages(self, path: str) -> list[Any]:
        """All items of a paged list."""
        items: list[Any] = []
        cursor = None
        joint = "&" if "?" in path else "?"
        while True:
            page = self.get(path + joint + "limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            if not (cursor := page["next_cursor"]):
                return items

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a ``stacktide`` command on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "commands", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


async def until(condition: Any, timeout: float, pause: float = 0.05) -> None:
    """Wait until ``condition()`` holds.

    Raises:
        TimeoutError: it did not in time.
    """
    deadline = time.monotonic() + timeout
    while not await asyncio.to_thread(condition):
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not come true in time")
        await asyncio.sleep(pause)
