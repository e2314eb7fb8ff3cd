"""``stacktide project``, ``key`` and ``token``: operate without the dashboard. They work beside a running process."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from commands.options import AsJson, Data
from commands.output import console, print_json, print_table
from runtime.operation import OperationError
from settings import Settings
from stores.ports import OperationalStore

project_app = typer.Typer(help="Projects.", no_args_is_help=True)
key_app = typer.Typer(help="Keys (DSNs) of projects.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens.", no_args_is_help=True)

Result = TypeVar("Result")


def with_store(data: Path | None, work: Callable[[OperationalStore, Settings], Awaitable[Result]]) -> Result:
    """What ``work`` makes of the operational store: the cluster's, if the settings name one, else that of the data folder.

    Raises:
        OperationError: there is no such store.
    """
    return asyncio.run(_with_store(Settings.from_environment(data=data), work))


async def _with_store(
    settings: Settings, work: Callable[[OperationalStore, Settings], Awaitable[Result]]
) -> Result:
    if settings.kafka:
        from cluster.context import open_context

        context = open_context(settings, client_id="stacktide-command")
        try:
            return await work(context.operational, settings)
        finally:
            await context.close()
    if not settings.data.exists():
        raise OperationError(
            f"There is no data folder {settings.data}. Start Stacktide once with `stacktide up`."
        )
    from stores.operational import SqlOperationalStore

    store = SqlOperationalStore(f"sqlite+aiosqlite:///{settings.data.resolve() / 'operational.sqlite3'}")
    try:
        await store.migrate()
        return await work(store, settings)
    finally:
        await store.close()


@project_app.command("list")
def list_projects(data: Data = None, as_json: AsJson = False) -> None:
    """All projects.

    Example: stacktide project list
    """
    projects = with_store(data, lambda store, _: store.projects())
    if as_json:
        print_json([project._asdict() for project in projects])
    else:
        print_table(("id", "slug", "name"), projects, "There are no projects yet.")


@project_app.command("add")
def add_project(name: str, data: Data = None, as_json: AsJson = False) -> None:
    """A new project, with its first key.

    Example: stacktide project add "Web shop"
    """

    async def work(store: OperationalStore, settings: Settings) -> dict[str, Any]:
        project = await store.add_project(name)
        key = await store.add_key(project.id)
        return {"id": project.id, "slug": project.slug, "dsn": _dsn(settings, key.public_key, project.id)}

    made = with_store(data, work)
    if as_json:
        print_json(made)
    else:
        console.print(
            f"Project {made['id']} ({made['slug']}): {made['dsn']}", highlight=False, soft_wrap=True
        )


@key_app.command("add")
def add_key(
    project: Annotated[int, typer.Argument(help="The project's id.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    rate_limit: Annotated[float | None, typer.Option(help="Events per second that it may send.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A new key of a project. The DSN is shown this once.

    Example: stacktide key add 1 --label "mobile app" --rate-limit 50
    """

    async def work(store: OperationalStore, settings: Settings) -> dict[str, Any]:
        key = await store.add_key(project, label, rate_limit=rate_limit)
        return {"id": key.key_id, "dsn": _dsn(settings, key.public_key, project)}

    made = with_store(data, work)
    if as_json:
        print_json(made)
    else:
        console.print(f"Key {made['id']}: {made['dsn']}", highlight=False, soft_wrap=True)


@key_app.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="The key's id, or the key itself.")], data: Data = None
) -> None:
    """Stop a key. The edge refuses it within STACKTIDE_KEY_CACHE_TTL seconds.

    Example: stacktide key revoke 3
    """
    with_store(data, lambda store, _: store.revoke_key(key))
    console.print(f"Key {key} is revoked.", highlight=False)


@token_app.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="A scope; may be given again. All when left out.")
    ] = None,
    project: Annotated[
        list[int] | None,
        typer.Option(help="A project that it may see; may be given again. All when left out."),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A new API token. It is shown this once.

    Example: stacktide token add grafana --scope read --project 1
    """
    from stores.operational.bootstrap import SCOPES

    token = with_store(data, lambda store, _: store.add_token(name, scope or SCOPES, project))
    print_json({"token": token}) if as_json else console.print(token, highlight=False, soft_wrap=True)


def _dsn(settings: Settings, key: str, project: int) -> str:
    base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
    scheme, _, rest = base.partition("://")
    return f"{scheme}://{key}@{rest}/{project}"
