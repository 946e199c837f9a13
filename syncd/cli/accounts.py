"""Which commands look after standing and the past? `strikes …`, `verify`, `replay` and `report`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from syncd.cli import pictures, show, sums
from syncd.cli.exits import Exit
from syncd.cli.opening import Config, Json, opened
from syncd.domain.decision import Answer
from syncd.runtime import accounts
from syncd.web.report import as_csv

strikes_app = typer.Typer(help="Strikes, suspensions and blocks, and what staff do about them.", no_args_is_help=True)

By = Annotated[str | None, typer.Option("--by", help="Staff id of who says so; else the lead.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on the record.")]
Day = Annotated[datetime, typer.Option("--since", formats=["%Y-%m-%d"], help="From the sessions of this day on.")]
OUT = typer.Option(help="Write a page with charts here.")


@strikes_app.command(name="list")
def strikes_list(config: Config = None, json: Json = False) -> None:
    """Companies with strikes, blocks or suspended contacts."""
    with opened(config) as system:
        rows = accounts.accounts(system)
        zone = system.configuration.desk.zone
    show.as_json(rows) if json else sums.accounts(rows, zone)


@strikes_app.command(name="lift")
def strikes_lift(contact: str, reason: Reason, by: By = None, config: Config = None) -> None:
    """Lift a contact's suspension."""
    with opened(config) as system:
        _told(accounts.lift(system, contact, by, reason), "the suspension is lifted, and the contact is told")


@strikes_app.command(name="reinstate")
def strikes_reinstate(
    contact: str,
    reference: Annotated[str, typer.Option("--reference", help="The payment's; recorded twice it is one.")],
    cents: Annotated[int | None, typer.Option(min=0, help="What was paid, in hundredths; else what is asked.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217; else the terms'.")] = None,
    by: By = None,
    config: Config = None,
) -> None:
    """Record a payment for reinstatement: the right amount lifts the suspension at once."""
    with opened(config) as system:
        answer = accounts.reinstate(system, contact, reference, cents, currency, by)
    put = "it lifted nothing, and is put before a person"
    _told(answer, "the suspension is lifted, and the contact is told" if answer.rule == "S4" else put)


@strikes_app.command(name="waive")
def strikes_waive(session: str, reason: Reason, by: By = None, config: Config = None) -> None:
    """Excuse a missed session: all that came of it is undone, and who was told is told."""
    with opened(config) as system:
        _told(accounts.waive(system, session, by, reason), "the session is excused")


@strikes_app.command(name="block")
def strikes_block(company: str, reason: Reason, by: By = None, config: Config = None) -> None:
    """Block a company from booking; what is booked stays booked."""
    with opened(config) as system:
        _told(accounts.block(system, company, by, reason, blocked=True), "the company books nothing from now on")


@strikes_app.command(name="unblock")
def strikes_unblock(company: str, reason: Reason, by: By = None, config: Config = None) -> None:
    """Lift a block."""
    with opened(config) as system:
        _told(accounts.block(system, company, by, reason, blocked=False), "the company can book again")


def verify(config: Config = None, json: Json = False) -> None:
    """Does every penalty follow from the evidence? Recomputed from what is stored; every difference is printed."""
    with opened(config) as system, _bar("verifying", "contacts") as progress:
        found = accounts.verified(system, progress)
    show.as_json(found) if json else sums.verified(found)
    if not found.good:
        raise typer.Exit(Exit.FOUND)


def replay(
    terms: Annotated[Path, typer.Option("--terms", help="A TOML file with a [terms] table, or its settings alone.")],
    since: Day,
    html: Annotated[Path | None, OUT] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """What if other rules had been in force? Over the recorded past; nothing is sent and nothing is written."""
    with opened(config) as system, _bar("deciding again", "sessions") as progress:
        found, settings = accounts.replayed(system, terms, since.date(), progress)
    show.as_json(found) if json else sums.what_if(found, settings)
    if html is not None:
        html.write_text(pictures.what_if(found, settings), "utf-8")
        show.err.print(f"the page is {html}")


def report(
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="First day; else a year ago.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The day after the last; else now.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every table into this file.")] = None,
    html: Annotated[Path | None, OUT] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """No-shows, what stayed undetermined, time given back: by week, company, staff, weekday and hour."""
    with opened(config) as system:
        first = since if since is not None else system.clock.now() - timedelta(days=365)
        found = accounts.figures(system, first.date(), until.date() if until is not None else None)
        now = system.clock.now()
        lately = system.store.views.figures(now - sums.LATELY, now)
    show.as_json(sums.plain(found) | {"lately": lately}) if json else sums.report(found)
    if not json:
        sums.lately(lately, now)
    for file, text in ((csv, as_csv), (html, pictures.report)):
        if file is not None:
            file.write_text(text(found), "utf-8")
            show.err.print(f"written: {file}")


def _told(answer: Answer, done: str) -> None:
    if not answer.accepted:
        show.err.print(f"[yellow]nothing has changed[/]: {answer.code} ({answer.rule})")
        raise typer.Exit(Exit.FOUND)
    show.out.print(done)


@contextmanager
def _bar(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    shown = (TextColumn(f"{what}:"), BarColumn(), MofNCompleteColumn(), TextColumn(unit), TimeRemainingColumn())
    with Progress(*shown, console=show.err, transient=True, disable=not show.err.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
