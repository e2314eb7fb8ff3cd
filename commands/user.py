"""``stacktide user``: people who can log in."""

import sys
from typing import Annotated, Any

import typer

from commands.operate import with_store
from commands.options import AsJson, Data
from commands.output import console, print_json, print_table
from runtime.operation import OperationError
from schemas.accounts import ROLES
from settings import Settings
from stores.ports import OperationalStore

user_app = typer.Typer(help="People who can log in.", no_args_is_help=True)


@user_app.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")] = "member",
    name: Annotated[str, typer.Option(help="Name to show.")] = "",
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin", help="Read a password from standard input and make the user at once."
        ),
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Invite somebody: prints a link with which a password is chosen. It is good for seven days, once.

    Examples:
      stacktide user add ada@example.com --role owner
      stacktide user add ada@example.com --password-stdin < password.txt
    """
    if role not in ROLES:
        raise OperationError(f"There is no role {role!r}; there are {', '.join(ROLES)}.")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    if password is not None and len(password) < 10:
        raise OperationError("A password has at least 10 characters.")

    async def work(store: OperationalStore, settings: Settings) -> dict[str, Any]:
        if password is not None:
            user = await store.users.add(email, name, password, None, role)
            return {"id": str(user.id), "email": user.email, "role": role}
        organisation = int((await store.organisations.all())[0].id)
        _, secret = await store.organisations.invite(organisation, email, role)
        base = settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
        return {"email": email, "role": role, "invitation": f"{base}/invitation#{secret}"}

    made = with_store(data, work)
    if as_json:
        print_json(made)
    elif "invitation" in made:
        console.print(f"Send this link to {email}: {made['invitation']}", highlight=False, soft_wrap=True)
    else:
        console.print(f"User {made['id']} ({made['email']}) is {role}.", highlight=False)


@user_app.command("list")
def list_users(data: Data = None, as_json: AsJson = False) -> None:
    """The members of every organisation.

    Example: stacktide user list
    """

    async def work(store: OperationalStore, _settings: Settings) -> list[tuple[str, str, str, str, str]]:
        return [
            (organisation.slug, member.id, member.email, member.name, member.role)
            for organisation in await store.organisations.all()
            for member in await store.organisations.members(int(organisation.id))
        ]

    rows = with_store(data, work)
    columns = ("organisation", "id", "email", "name", "role")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows, "There are no users yet.")
