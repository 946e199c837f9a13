"""What does the desk sell? Fees, releases and clearances, set from a day on (E4, E7, E8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from syncd.cli import show
from syncd.cli.opening import Config, Json, opened
from syncd.domain.money import ReleaseState
from syncd.runtime import selling

fees_app = typer.Typer(help="What sessions cost; every change keeps its day.", no_args_is_help=True)
releases_app = typer.Typer(help="Which releases are supported; every change keeps its day.", no_args_is_help=True)

Since = Annotated[datetime | None, typer.Option(help="From this day on; without it: from today.", formats=["%Y-%m-%d"])]
By = Annotated[str, typer.Option(help="Who decides it: a staff id; `explain` shows it.")]


@fees_app.command(name="list")
def fees_list(config: Config = None, json: Json = False) -> None:
    """Every fee with the day since when it holds, past and to come."""
    with opened(config) as system:
        fees = system.store.views.catalogue().fees
    if json:
        show.as_json(fees)
        return
    rows = [(f.type_id, f.plan or "everybody", selling.written(f.amount), str(f.since)) for f in fees]
    show.columns(rows, ("type", "plan", "fee", "since")) if rows else show.out.print("nothing is sold")


@fees_app.command(name="set")
def fees_set(
    type_id: Annotated[str, typer.Argument(help="A session type, as the configuration calls it.")],
    amount: Annotated[str, typer.Argument(help="For example 99.00 USD.")],
    by: By,
    plan: Annotated[str, typer.Option(help="support or maintenance: a fee of their own; none: everybody else.")] = "",
    since: Since = None,
    config: Config = None,
) -> None:
    """What a session of this type costs from a day on. Bookings keep the fee that they were shown (E7)."""
    with opened(config) as system:
        day = selling.set_fee(system, type_id, plan, amount, since.date() if since else None, by)
    show.out.print(f"the fee of {type_id} is {amount} from {day} on")


@releases_app.command(name="list")
def releases_list(config: Config = None, json: Json = False) -> None:
    """Every release with its states and their days."""
    with opened(config) as system:
        releases = system.store.views.catalogue().releases
    if json:
        show.as_json(releases)
        return
    rows = [(r.id, r.name, state, str(since)) for r in releases for since, state in r.states]
    show.columns(rows, ("id", "name", "state", "since")) if rows else show.out.print("no release is known")


@releases_app.command(name="set")
def releases_set(
    release_id: Annotated[str, typer.Argument(help="Short and lasting: bookings remember it.")],
    state: Annotated[ReleaseState, typer.Argument(help="What it is from that day on.")],
    by: By,
    name: Annotated[str, typer.Option(help="What visitors read; needed the first time.")] = "",
    since: Since = None,
    config: Config = None,
) -> None:
    """Which state a release has from a day on (E4)."""
    with opened(config) as system:
        day = selling.set_release(system, release_id, name, state, since.date() if since else None, by)
    show.out.print(f"{release_id} is {state} from {day} on")


def clear(
    company: Annotated[str, typer.Argument(help="A company's id, code or name, or a contact's address.")],
    release_id: Annotated[str, typer.Argument(help="The release that may be sold to them.")],
    by: By,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the yes back.")] = False,
    config: Config = None,
) -> None:
    """Say yes for a company and a release whose sessions need it (E4)."""
    with opened(config) as system:
        name = selling.clear(system, company, release_id, by, granted=not withdraw)
    show.out.print(f"{name}: {release_id} is {'no longer cleared' if withdraw else 'cleared'}")
