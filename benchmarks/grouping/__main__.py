"""``python -m benchmarks.grouping [folder of sample events]`` prints the table; without a folder, generated events only."""

import argparse
from pathlib import Path

from benchmarks.grouping.corpus import corpus
from benchmarks.grouping.measure import STRATEGIES, Score, by_kind, by_platform, total


def main() -> None:
    """Print precision and recall by platform, and what of each kind of variant and look-alike went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grouping")
    parser.add_argument(
        "samples", nargs="?", type=Path, help="folder of events of the Sentry protocol, one JSON file each"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--generated", type=int, default=20, help="generated bugs for each platform")
    options = parser.parse_args()
    cases = corpus(options.samples, options.generated, options.seed)
    print(f"{len(cases)} events of {len({case.bug for case in cases})} bugs, seed {options.seed}\n")
    scores = {name: by_platform(cases, strategy) for name, strategy in STRATEGIES.items()}
    print(f"{'precision / recall':<14}" + "".join(f"{name:>22}" for name in scores))
    for platform in sorted(scores["version 1"]):
        print(f"{platform:<14}" + "".join(f"{_cell(score[platform]):>22}" for score in scores.values()))
    print(f"{'all':<14}" + "".join(f"{_cell(total(score)):>22}" for score in scores.values()))
    print("\nversion 1, against the event that each is made from:")
    for kind, (wrong, of) in by_kind(cases, STRATEGIES["version 1"]).items():
        print(f"  {kind:<34}{wrong:>5} of {of:>5} wrong")


def _cell(score: Score) -> str:
    return f"{score.precision:.3f} / {score.recall:.3f}"


if __name__ == "__main__":
    main()
