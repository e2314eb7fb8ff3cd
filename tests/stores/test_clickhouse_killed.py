"""kill -9 during inserts: what was acknowledged is stored, the projection agrees with the rows, and work goes on."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
BLOCK = 20


def _run(program: str, *args: str, **options: Any) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(HERE.parent.parent), str(HERE.parent)])
    return subprocess.Popen(
        [sys.executable, str(HERE / program), *args],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
        **options,
    )


def _killed_writer(folder: Path, first: int, chance: random.Random) -> int:
    """Let a writer store some blocks and kill it in the middle of one; returns the serial number up to which it said
    that all is stored."""
    writer = _run("clickhouse_writer.py", str(folder), str(first))
    assert writer.stdout is not None
    blocks = chance.randrange(1, 15)
    lines: list[bytes] = []
    while sum(line.startswith(b"stored ") for line in lines) < blocks:
        lines.append(writer.stdout.readline())
        assert lines[-1], "the writer ended by itself"
    time.sleep(chance.random() * 0.02)
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    lines += [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    return max(int(line.split()[1]) for line in lines if line.startswith(b"stored "))


def _read(folder: Path) -> dict[str, Any]:
    reader = _run("clickhouse_reader.py", str(folder))
    output, _ = reader.communicate(timeout=60)
    assert reader.returncode == 0
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_is_stored(tmp_path, seed):
    chance = random.Random(seed)
    acknowledged: set[int] = set()
    attempted = first = 0
    for _ in range(2):
        stored_up_to = _killed_writer(tmp_path / "clickhouse", first, chance)
        acknowledged |= set(range(first, stored_up_to))
        attempted = stored_up_to + BLOCK
        found = _read(tmp_path / "clickhouse")
        assert acknowledged <= set(found["offsets"]) <= set(range(attempted))
        assert found["rows"] == len(found["offsets"])
        assert found["projected"] == found["counted"]
        assert sum(row["count"] for row in found["counted"]) == found["rows"]
        first = attempted
        acknowledged |= set(found["offsets"])
