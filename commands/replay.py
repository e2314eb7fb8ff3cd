"""``stacktide replay``: archived events through the pipeline again."""

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from commands.options import AsJson, Data
from commands.output import console, fail, print_json
from commands.output import errors as error_console
from commands.perform import Call, performer
from settings import Settings

#: Events that are sent at once, so that live ones never wait behind many.
_AT_ONCE = 500
_PAUSE = 0.2
_AGO = re.compile(r"(\d{1,6})([mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def replay(
    start: Annotated[
        str,
        typer.Option(
            "--from", help="Events received from here on: an ISO 8601 time in UTC, or 90m, 24h, 7d ago."
        ),
    ],
    until: Annotated[str, typer.Option("--to", help="Up to here, and not at it. Now when left out.")] = "",
    project: Annotated[int | None, typer.Option(help="The id of one project; all when left out.")] = None,
    rate: Annotated[float, typer.Option(min=1, help="Most events per second.")] = 500.0,
    after: Annotated[
        str, typer.Option(help="Go on after this archive object, as a replay that was stopped says.")
    ] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Send archived events through the pipeline again: with source maps that came late, and today's rules.

    Nothing is counted or stored twice: each event replaces itself, in another issue where it now belongs there. It can be
    stopped at any time and run again.

    Examples:

      stacktide replay --from 2026-11-01 --project 1

      stacktide replay --from 24h --to 2h --rate 100
    """
    now = time.time()
    run = _Replay(
        int(now * 1000), _time(start, now), _time(until, now) if until else now, project, rate, after
    )
    try:
        asyncio.run(_run(run, Settings.from_environment(data=data), as_json))
    except KeyboardInterrupt:
        run.stopped = True
    if as_json:
        print_json({"replayed": run.sent, "complete": not run.stopped, "after": run.after})
    else:
        console.print(f"{run.sent} events were sent again.", highlight=False)
    if run.stopped:
        go_on = f" and --after {run.after}" if run.after else ""
        error_console.print(f"Stopped. Go on with the same command{go_on}.", highlight=False, soft_wrap=True)
        raise typer.Exit(130)


class _Replay:
    """How far a replay has come."""

    def __init__(
        self, number: int, start: float, until: float, project: int | None, rate: float, after: str
    ) -> None:
        if until <= start:
            fail("--to is not after --from.")
        self.number = number
        self.start = start
        self.until = until
        self.project = project
        self.rate = rate
        self.after = after
        self.sent = 0
        self.stopped = False


async def _run(run: _Replay, settings: Settings, as_json: bool) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with performer(settings, needs_running=True) as call:
        objects = await call("replay_objects", start=run.start, until=run.until, project=run.project)
        objects = _remaining(objects, run.after)
        with Progress(*columns, console=error_console, disable=as_json, transient=True) as progress:
            task = progress.add_task("replaying", total=sum(found["events"] for found in objects))
            for found in objects:
                await _replay_object(run, call, found, progress, task)
                run.after = found["name"]


def _remaining(objects: list[dict[str, Any]], after: str) -> list[dict[str, Any]]:
    if not after:
        return objects
    names = [found["name"] for found in objects]
    if after not in names:
        fail(
            f"There is no archive object {after!r} in this time. Leave --after out to begin at the beginning."
        )
    return objects[names.index(after) + 1 :]


async def _replay_object(
    run: _Replay, call: Call, found: dict[str, Any], progress: Progress, task: Any
) -> None:
    skip = 0
    while True:
        started = time.monotonic()
        result = await call(
            "replay_events",
            name=found["name"],
            skip=skip,
            limit=_AT_ONCE,
            number=run.number,
            start=run.start,
            until=run.until,
        )
        if result["waits_for"]:
            progress.update(task, description=f"waiting: {result['waits_for']}")
            await asyncio.sleep(_PAUSE)
            continue
        run.sent += result["sent"]
        done = min(_AT_ONCE, found["events"] - skip)
        progress.update(task, advance=done, description="replaying")
        skip += _AT_ONCE
        await asyncio.sleep(max(0.0, result["sent"] / run.rate - (time.monotonic() - started)))
        if result["done"]:
            return


def _time(text: str, now: float) -> float:
    """Unix seconds of an ISO 8601 time (UTC unless it says otherwise), or of a time so long ago."""
    if match := _AGO.fullmatch(text):
        return now - int(match[1]) * _SECONDS[match[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is no time: give one such as 2026-11-01, 2026-11-01T12:00 or 24h.")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
