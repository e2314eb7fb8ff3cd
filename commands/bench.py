"""``stacktide bench``: what it does, measured on this machine."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.options import AsJson
from commands.output import console, fail, print_json, print_table


def bench(
    events: Annotated[int, typer.Option(help="How many events.")] = 20_000,
    stage: Annotated[str | None, typer.Option(help="Measure the agents of one stage alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Drive the whole path over HTTP, then each agent alone, and print events/s and CPU µs an event.

    It starts a server of its own in a temporary folder; yours is not touched. Takes about two minutes.

    Examples:

      stacktide bench

      stacktide bench --stage process --events 50000
    """
    from benchmarks.hop import measure_hops
    from benchmarks.stages import run_stages
    from benchmarks.whole_path import run_whole_path
    from faust_app import EMBEDDED_STAGES
    from runtime.garbage import calm_garbage_collector
    from telemetry import configure_logging

    if stage is not None and stage not in EMBEDDED_STAGES:
        fail(f"There is no stage {stage!r}. The stages are {', '.join(EMBEDDED_STAGES)}.")
    configure_logging("warning")
    results: dict[str, Any] = {}
    if stage is None:
        console.print("The whole path...", highlight=False) if not as_json else None
        with tempfile.TemporaryDirectory(prefix="stacktide-bench-") as folder:
            results["whole_path"] = run_whole_path(Path(folder), events)
    calm_garbage_collector()
    console.print("Each agent alone...", highlight=False) if not as_json else None
    results["agents"] = run_stages(min(events, 20_000), stage)
    results["hops"] = measure_hops(min(events, 20_000))
    if as_json:
        print_json(results)
    else:
        _print(results)


def _print(results: dict[str, Any]) -> None:
    for name, figures in results.get("whole_path", {}).items():
        print_table((name.replace("_", " "), ""), list(figures.items()), "")
        console.print()
    rows = [
        (agent, int(figures["records"]), float(figures["per_second"]), float(figures["cpu_us"]))
        for agent, figures in results["agents"].items()
    ]
    console.print()
    print_table(("agent, alone on the embedded log", "records", "records/s", "CPU µs a record"), rows, "")
    console.print()
    hops = [(name, float(microseconds)) for name, microseconds in results["hops"].items()]
    print_table(("a hop that does nothing, by way of", "CPU µs an event"), hops, "")
