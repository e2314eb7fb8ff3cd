"""kill -9 at any moment loses nothing that was acknowledged. Seed: STACKTIDE_TEST_SEED."""

import os
import random
import subprocess
import sys
from pathlib import Path

from kill_child import PARTITIONS
from open_logs import open_log, read_all

ROUNDS = 6


def run_until_killed(folder: Path, round_: int, lines: int) -> list[list[str]]:
    """What the child said before it was killed, after so many lines and whatever it wrote until the signal came."""
    root = Path(__file__).parents[2]
    command = [sys.executable, str(Path(__file__).with_name("kill_child.py")), str(folder), str(round_)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


async def test_kill_at_random_moments(tmp_path: Path) -> None:
    seed = int(os.environ.get("STACKTIDE_TEST_SEED", random.randrange(1_000_000)))
    print(f"STACKTIDE_TEST_SEED={seed}")
    random_ = random.Random(seed)
    events: dict[tuple[int, int], str] = {}
    committed: dict[int, int] = {}
    rows: dict[str, str] = {}
    for round_ in range(ROUNDS):
        for kind, *said in run_until_killed(tmp_path, round_, random_.randrange(1, 400)):
            if kind == "event":
                events[int(said[0]), int(said[1])] = said[2]
            elif kind == "commit":
                committed[int(said[0])] = int(said[1])
            else:
                rows[said[0]] = said[1]
        async with open_log(tmp_path, segment_bytes=20_000) as log:
            for partition in range(PARTITIONS):
                found = {
                    r.offset: (r.value or b"").decode().strip()
                    for r in await read_all(log, "events", partition)
                }
                assert sorted(found) == list(range(len(found)))
                acknowledged = {offset: value for (p, offset), value in events.items() if p == partition}
                assert acknowledged.items() <= found.items()
                group = await log.committed("group")
                assert committed.get(partition, 0) <= group.get(("events", partition), 0) <= len(found)
            table = {
                (r.key or b"").decode(): (r.value or b"").decode().strip()
                for r in await read_all(log, "table")
            }
            for key, value in rows.items():
                assert _age(table[key]) >= _age(value)


def _age(value: str) -> tuple[int, int]:
    round_, serial = value.split("-")
    return int(round_), int(serial)
