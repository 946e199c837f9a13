"""Which programs may use the API for the desk? `syncd key`: a key is shown once, and kept nowhere."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from syncd.cli import show
from syncd.cli.opening import Config, Json, opened
from syncd.domain.programs import Scope
from syncd.runtime import programs

key_app = typer.Typer(help="Which programs may use the API for the desk.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What the key is for.")]


@key_app.command()
def add(
    name: Name,
    scope: Annotated[list[Scope], typer.Option(help="What it opens; may be given several times.")],
    staff: Annotated[str, typer.Option(help="In whose name its acts are recorded: a staff id.")],
    config: Config = None,
) -> None:
    """A new key, printed once: `Authorization: Bearer <key>`."""
    with opened(config) as system:
        made = programs.add(system, name, scope, staff)
    typer.echo(made)


@key_app.command(name="list")
def list_(config: Config = None, json: Json = False) -> None:
    """Every key by its name, with what it opens; never the key itself."""
    with opened(config) as system:
        found = programs.keys(system)
    if json:
        rows = [
            {"name": k.name, "scopes": k.scopes, "staff": k.staff_id, "made_at": k.made_at, "revoked_at": k.revoked_at}
            for k in found
        ]
        show.as_json(rows)
    else:
        shown = [
            (k.name, ", ".join(k.scopes), k.staff_id, f"{k.made_at:%Y-%m-%d}", "revoked" if k.revoked_at else "")
            for k in found
        ]
        show.columns(shown) if shown else show.out.print("there is no key")


@key_app.command()
def revoke(name: Name, config: Config = None) -> None:
    """The key opens nothing from now on."""
    with opened(config) as system:
        programs.revoke(system, name)
    show.out.print(f"{escape(name)} is revoked")
