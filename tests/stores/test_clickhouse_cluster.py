"""The tables of a cluster answer as those of one server do: the same tests pass on them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
#: What is deleted is found, noted and gone through the tables over the shards.
ERASED = (
    "test_a_removed_project_leaves_nothing_and_late_events_go_too",
    "test_what_was_erased_stays_away[embedded-straight]",
)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_suites_of_the_store_and_of_the_api_pass_on_a_cluster():
    """In a process of its own, since the engine allows one folder a process."""
    command = [sys.executable, "-m", "pytest", "-p", "clustered_store", "-m", "not servers"]
    command += ["tests/contract/test_analytical_contract.py", "tests/api/test_api_issues.py"]
    command += ["tests/api/test_api_error_rates.py"]
    command += [f"tests/driver/test_privacy.py::{name}" for name in ERASED]
    paths = os.pathsep.join([str(ROOT), str(HERE)])
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stdout[-4000:]
