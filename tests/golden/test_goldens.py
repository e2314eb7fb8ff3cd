"""Grouping version 1 answers as it did when it was frozen."""

from pathlib import Path

import msgspec
import pytest
from goldens import RECORDED, SAMPLES, describe, golden_path, run_step, samples
from msgspec.structs import replace

from agents.fingerprint.normalise import normalise
from schemas.headers import Received


@pytest.mark.parametrize(("name", "path"), list(samples().items()), ids=list(samples()))
def test_the_grouping_is_the_recorded_one(name: str, path: Path) -> None:
    golden = golden_path(name)
    assert golden.exists(), f"{name} has no golden: record it with python tests/golden/goldens.py"
    assert describe(run_step(path)) == golden.read_text(), (
        "A changed fingerprint moves events to other issues. Make it a new grouping version."
    )


def test_every_golden_has_its_sample() -> None:
    here = {origin for origin, folder in SAMPLES.items() if folder.is_dir()}
    recorded = {
        str(path.relative_to(RECORDED).with_suffix(""))
        for path in RECORDED.rglob("*.txt")
        if path.relative_to(RECORDED).parts[0] in here
    }
    assert recorded == set(samples())


@pytest.mark.parametrize("path", samples().values(), ids=list(samples()))
def test_samples_normalise_to_themselves(path: Path) -> None:
    event = run_step(path).event
    received = Received(1, 1, event.event_id, 1_760_000_000.0, "", "203.0.113.9", "", "envelope")
    again = normalise(msgspec.json.decode(msgspec.json.encode(event)), received, 60.0, 30 * 86_400.0)
    assert (
        replace(again, scrubbed=event.scrubbed) == event
    )  # what was taken out is said by the step, not by normalisation
