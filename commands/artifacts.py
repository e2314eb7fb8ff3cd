"""``stacktide artifacts``: source maps and mappings, by the HTTP API of a server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import aiohttp
import msgspec
import typer
from rich.progress import track

from commands.options import AsJson
from commands.output import console, errors, fail, print_json, print_table
from stores.artifacts.references import inline_map, reference, script_debug_id

app = typer.Typer(help="Source maps and mappings, by the API of a server.", no_args_is_help=True)

_SCRIPTS = (".js", ".mjs", ".cjs")
_MAPPING = "mapping.txt"
_PAGE = 1000

Server = Annotated[
    str, typer.Option("--server", envvar="STACKTIDE_URL", help="Address of the server.", show_default=True)
]
Token = Annotated[
    str,
    typer.Option(envvar="STACKTIDE_TOKEN", help="API token with the scope artifacts.", show_default=False),
]
ProjectName = Annotated[str, typer.Option(help="Id or slug of the project.")]
Release = Annotated[str, typer.Option(help="Release; needed for files without a debug id.")]
_SERVER = "http://127.0.0.1:8000"


class _File(NamedTuple):
    path: Path
    url: str


@app.command()
def upload(
    paths: Annotated[
        list[Path],
        typer.Argument(
            exists=True, help="Bundles (.zip), files, or folders: their scripts with maps, and mapping.txt."
        ),
    ],
    project: ProjectName = "1",
    release: Release = "",
    dist: Annotated[str, typer.Option(help="Distribution within the release.")] = "",
    url_prefix: Annotated[
        str, typer.Option(help="Where the files of a folder are served; hosts do not count.")
    ] = "~/",
    server: Server = _SERVER,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Upload files with which minified stack traces are read.

    Examples:

      stacktide artifacts upload dist --release shop@1.4.0 --url-prefix https://shop.example/static

      stacktide artifacts upload app/build/outputs/mapping/release/mapping.txt
    """
    files = [file for path in paths for file in _files(path, url_prefix)]
    if not files:
        fail("There is neither a script with a source map nor a mapping.txt there.")
    stored, refused = asyncio.run(_upload(files, _client(server, token, project), release, dist, as_json))
    if as_json:
        print_json({"items": stored, "refused": refused})
    else:
        for path, message in refused.items():
            errors.print(f"[bold red]refused:[/] {path}: {message}", highlight=False, soft_wrap=True)
        console.print(f"{len(files) - len(refused)} files were uploaded.", highlight=False)
    if refused:
        raise typer.Exit(1)


@app.command("list")
def list_artifacts(
    project: ProjectName = "1",
    release: Release = "",
    server: Server = _SERVER,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """What a project has uploaded. Needs the scope read.

    Example: stacktide artifacts list --release shop@1.4.0
    """
    items = asyncio.run(_list(_client(server, token, project), {"release": release} if release else {}))
    if as_json:
        print_json(items)
        return
    rows = [
        (item["id"], item["kind"], item["debug_id"] or "", item["release"] or "", item["url"] or "")
        for item in items
    ]
    print_table(("id", "kind", "debug id", "release", "url"), rows, "Nothing was uploaded.")


@app.command()
def drop(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, as `artifacts list` prints them.")] = None,
    project: ProjectName = "1",
    release: Annotated[str, typer.Option(help="All of a release.")] = "",
    server: Server = _SERVER,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Remove artifacts.

    Example: stacktide artifacts drop --release shop@1.2.0
    """
    if not ids and not release:
        fail("Say what is to be removed: ids, or --release.")
    parameters = [("id", one) for one in ids or ()] + ([("release", release)] if release else [])
    client = _client(server, token, project)
    result = asyncio.run(client.once("DELETE", parameters))
    print_json(result) if as_json else console.print(f"{result['removed']} artifacts were removed.")


def _files(path: Path, url_prefix: str) -> Iterator[_File]:
    """What is to be uploaded of a path: itself, or of a folder what is of use."""
    prefix = url_prefix.rstrip("/")
    if path.is_file():
        yield _File(path, f"{prefix}/{path.name}")
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and _is_of_use(file):
            yield _File(file, f"{prefix}/{file.relative_to(path).as_posix()}")


def _is_of_use(file: Path) -> bool:
    if file.name == _MAPPING:
        return True
    if file.suffix == ".map":
        return any(file.name.endswith(f"{suffix}.map") for suffix in _SCRIPTS)
    if file.suffix not in _SCRIPTS:
        return False
    script = file.read_bytes()
    refers = reference(script) is not None or inline_map(script) is not None
    return refers or script_debug_id(script) is not None or file.with_name(f"{file.name}.map").exists()


class _Refused(Exception):
    """The server refused one file."""


class _Client:
    """The artifacts of one project on one server."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def once(self, method: str, parameters: Any) -> Any:
        """The answer to one request."""
        async with aiohttp.ClientSession() as session:
            return await self.ask(session, method, parameters)

    async def ask(
        self, session: aiohttp.ClientSession, method: str, parameters: Any, body: bytes | None = None
    ) -> Any:
        """The answer to a request.

        Raises:
            _Refused: what was uploaded cannot be used. Anything else that is wrong ends the command.
        """
        try:
            async with session.request(
                method, self._url, params=parameters, data=body, headers=self._headers
            ) as response:
                answer = await response.read()
        except aiohttp.ClientError as error:
            fail(f"Cannot reach {self._url}: {error}. Give the server's address with --server.")
        try:
            decoded = msgspec.json.decode(answer)
            message = decoded["error"]["message"] if response.status >= 400 else ""
        except (msgspec.DecodeError, KeyError, TypeError):
            fail(f"{self._url} answered {response.status}, and not as Stacktide does.")
        if response.status in (400, 413) and method == "POST":
            raise _Refused(message)
        if response.status >= 400:
            fail(message)
        return decoded


def _client(server: str, token: str, project: str) -> _Client:
    if not token:
        fail(
            "Give an API token: --token or STACKTIDE_TOKEN. `stacktide token add NAME --scope artifacts` makes one."
        )
    return _Client(f"{server.rstrip('/')}/api/v1/projects/{project}/artifacts", token)


async def _upload(
    files: list[_File], client: _Client, release: str, dist: str, quiet: bool
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    stored: list[dict[str, Any]] = []
    refused: dict[str, str] = {}
    async with aiohttp.ClientSession() as session:
        for file in track(files, "uploading", console=errors, transient=True, disable=quiet):
            given = {"url": file.url, "release": release, "dist": dist}
            parameters = {name: value for name, value in given.items() if value}
            body = await asyncio.to_thread(file.path.read_bytes)
            try:
                stored += (await client.ask(session, "POST", parameters, body))["items"]
            except _Refused as error:
                refused[str(file.path)] = str(error)
    return stored, refused


async def _list(client: _Client, parameters: dict[str, str]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    async with aiohttp.ClientSession() as session:
        while True:
            page = {"limit": str(_PAGE), **({"cursor": cursor} if cursor else {})}
            answer = await client.ask(session, "GET", parameters | page)
            items += answer["items"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return items
