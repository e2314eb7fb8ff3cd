"""The tables of a cluster answer as those of one server do: the same tests pass on them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_suites_of_the_store_and_of_the_api_pass_on_a_cluster():
    """In a process of its own, since the engine allows one folder a process."""
    command = [sys.executable, "-m", "pytest", "-p", "clustered_store", "-m", "not servers"]
    command += ["tests/contract/test_analytical_contract.py", "tests/api/test_api_issues.py"]
    command += ["tests/api/test_api_error_rates.py"]
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
