"""Who may sign in to the desk? `syncd user`: passwords are asked for, or read from standard input, and never stand in a
command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape

from syncd.cli import show
from syncd.cli.opening import Config, Json, opened
from syncd.domain.accounts import Role
from syncd.ports.errors import Permanent
from syncd.runtime import users

user_app = typer.Typer(help="Who may sign in to the desk.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What is typed to sign in: a short name, or an e-mail address.")]
LINE_MAX = 2_000


@user_app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="staff: own sessions; lead: all; operator: syncd itself.")] = Role.STAFF,
    staff: Annotated[str | None, typer.Option(help="Which member of the desk it is, by id.")] = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="By the identity provider alone.")] = False,
    config: Config = None,
) -> None:
    """A new user; the password is asked for."""
    with opened(config) as system:
        made = users.add(system, name, role, staff, None if no_password else _password)
    show.out.print(f"{escape(made.name)} can sign in, as {made.role}")


@user_app.command()
def password(name: Name, config: Config = None) -> None:
    """A new password, which is asked for; whoever is signed in under that name is signed out."""
    with opened(config) as system:
        users.set_password(system, name, _password)
    show.out.print("the password is set")


@user_app.command(name="list")
def list_(config: Config = None, json: Json = False) -> None:
    """Everyone who can sign in, with their role."""
    with opened(config) as system:
        found = users.users(system)
    if json:
        rows = [{"name": u.name, "role": u.role, "staff": u.staff_id, "password": bool(u.hash)} for u in found]
        show.as_json(rows)
    else:
        show.columns([(u.name, u.role.value, u.staff_id or "", "" if u.hash else "no password") for u in found])


@user_app.command()
def remove(name: Name, config: Config = None) -> None:
    """Nobody signs in by that name any more."""
    with opened(config) as system:
        users.remove(system, name)
    show.out.print("removed")


def _password() -> str:
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    line = sys.stdin.readline(LINE_MAX).rstrip("\r\n")
    if not line:
        raise Permanent("no password came on standard input", hint="type one, or pipe one line with it")
    return line
