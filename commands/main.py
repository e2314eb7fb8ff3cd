"""The ``stacktide`` command."""

import sys
from pathlib import Path

import typer

from commands import (
    api,
    artifacts,
    bench,
    config,
    dlq,
    doctor,
    edge,
    migrate,
    operate,
    replay,
    send,
    topics,
    topology,
    up,
    user,
    worker,
)
from commands.options import Config
from commands.output import fail
from runtime.operation import OperationError
from settings import SettingError
from stores.errors import StoreError

app = typer.Typer(
    name="stacktide",
    help="An error tracker built as a stream. Start with: stacktide up",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(up.up)
app.command()(edge.edge)
app.command()(worker.worker)
app.command()(api.api)
app.command()(migrate.migrate)
app.command()(send.send)
app.command()(replay.replay)
app.command()(topology.topology)
app.command()(topics.topics)
app.command()(doctor.doctor)
app.command()(bench.bench)
app.command()(config.config)
app.add_typer(artifacts.app, name="artifacts")
app.add_typer(dlq.app, name="dlq")
app.add_typer(operate.project_app, name="project")
app.add_typer(operate.key_app, name="key")
app.add_typer(operate.token_app, name="token")
app.add_typer(user.user_app, name="user")


@app.callback()
def settings_file(config: Config = None) -> None:
    """Every command reads its settings from the environment and from this file."""


@app.command(hidden=True)
def docs(folder: Path = Path("docs")) -> None:
    """Write the pages of the documentation that are generated from the code."""
    from commands.docs import write

    write(folder)


def main() -> None:
    """Run the command; what a person can mend ends in one line, not in a traceback."""
    try:
        app()
    except (OperationError, SettingError, StoreError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
