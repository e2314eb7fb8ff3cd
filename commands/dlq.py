"""``stacktide dlq list|show|redrive|drop``."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from commands.options import AsJson, Data
from commands.output import console, print_json, print_table
from commands.perform import perform

app = typer.Typer(help="Work with quarantined records.", no_args_is_help=True)

Topic = Annotated[str, typer.Argument(help="A topic, with or without -dlq.")]
Limit = Annotated[int, typer.Option(help="How many records, oldest first.")]


@app.command("list")
def list_records(
    topic: Annotated[str, typer.Argument(help="A topic; all when left out.")] = "",
    limit: Limit = 100,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The waiting records, and why each is there.

    Example: stacktide dlq list events-received
    """
    rows = perform(data, "dlq_list", topic=topic, limit=limit)
    if as_json:
        print_json(rows)
        return
    shown = [
        (
            row["topic"],
            row["position"],
            datetime.fromtimestamp(row["at"], UTC).isoformat(timespec="seconds"),
            row["agent"],
            row["event_id"],
            row["reason"],
        )
        for row in rows
    ]
    print_table(("topic", "position", "at", "agent", "event", "reason"), shown, "No record is quarantined.")


@app.command()
def show(
    topic: Topic,
    position: Annotated[str, typer.Argument(help="partition:offset, as `dlq list` prints it.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """One record: its headers, the traceback, its value.

    Example: stacktide dlq show events-received 0:17
    """
    record = perform(data, "dlq_show", topic=topic, position=position)
    if as_json:
        print_json(record)
        return
    for name, value in record["headers"].items():
        console.print(f"[bold]{name}[/]: {value}", highlight=False, markup=True)
    console.print(record["traceback"], highlight=False, markup=False)
    console.print(record.get("value", record.get("value_base64")), highlight=False, markup=False)


@app.command()
def redrive(topic: Topic, limit: Limit = 1_000_000, data: Data = None, as_json: AsJson = False) -> None:
    """Send waiting records through the pipeline again. Doing it twice counts nothing twice.

    Example: stacktide dlq redrive events-deduplicated --limit 10
    """
    result = perform(data, "dlq_redrive", topic=topic, limit=limit)
    _tell(result, f"{result['redriven']} records were sent again", as_json)


@app.command()
def drop(
    topic: Topic,
    limit: Limit = 1_000_000,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give waiting records up for good.

    Example: stacktide dlq drop events-received --limit 1 --yes
    """
    if not yes:
        typer.confirm(f"Give up to {limit} records of {topic} up for good?", abort=True)
    result = perform(data, "dlq_drop", topic=topic, limit=limit)
    _tell(result, f"{result['dropped']} records were dropped", as_json)


def _tell(result: dict[str, int], done: str, as_json: bool) -> None:
    erased = f"; {result['erased']} of erased events were given up" if result["erased"] else ""
    print_json(result) if as_json else console.print(f"{done}{erased}.")
