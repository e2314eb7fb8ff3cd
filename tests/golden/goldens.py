"""The recorded grouping of every sample event, one text file each, by grouping version.

``python tests/golden/goldens.py`` records the samples that have none yet. It never overwrites: issues in people's stores
have these fingerprints, so a changed one is a data migration and belongs in a new grouping version.
"""

from pathlib import Path

from agents.fingerprint.config import config_of
from agents.fingerprint.step import fingerprint
from schemas.headers import Received
from schemas.project import ProjectConfiguration
from schemas.records import FingerprintedEvent
from settings import Settings

HERE = Path(__file__).parent
RECORDED = HERE / "grouping-v1"
#: Own samples, and the public collection where it lies beside the repository.
SAMPLES = {"own": HERE / "events", "shared": HERE.parents[1] / ".." / "shared" / "data" / "event-samples"}
_RECEIVED = 1_760_000_000.0


def samples() -> dict[str, Path]:
    """All samples that are here, by the name of their golden."""
    return {
        f"{origin}/{path.relative_to(folder).with_suffix('')}": path
        for origin, folder in SAMPLES.items()
        for path in sorted(folder.rglob("*.json"))
    }


def golden_path(name: str) -> Path:
    """Where the grouping of a sample is recorded."""
    return RECORDED / f"{name}.txt"


def run_step(path: Path) -> FingerprintedEvent:
    """The step on one sample. Own samples whose names begin with ``security-`` are browsers' reports."""
    protocol = "security" if path.name.startswith("security-") else "envelope"
    received = Received(1, 1, "0" * 32, _RECEIVED, "application/json", "203.0.113.9", "", protocol)
    result = fingerprint(received, path.read_bytes(), config_of(ProjectConfiguration(1), Settings()))
    assert isinstance(result, FingerprintedEvent)
    return result


def describe(result: FingerprintedEvent) -> str:
    """A grouping as text: what identifies the issue, then each part that was considered, ``+`` where it contributes."""
    grouping = result.grouping
    lines = [
        f"version      {grouping.version}",
        f"strategy     {grouping.strategy}",
        f"title        {grouping.title!r}",
        f"culprit      {grouping.culprit!r}",
        f"fingerprint  {list(grouping.fingerprint)!r}",
        f"issue        {result.issue_id}",
        "",
    ]
    for component in grouping.components:
        sign = "+" if component.contributes else "-"
        lines.append(f"{sign} {component.name:<11} {component.value!r:<60} {component.hint}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Record the samples that have no golden."""
    for name, path in samples().items():
        golden = golden_path(name)
        if not golden.exists():
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(describe(run_step(path)))
            print(f"recorded {name}")


if __name__ == "__main__":
    main()
