"""Which commands are there? Typer's declarations; what a command does is in runtime, how it is told in show.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from typer.main import get_command

from syncd import __version__
from syncd.cli import accounts, selling, show, story, tables
from syncd.cli.exits import Exit
from syncd.cli.key import key_app
from syncd.cli.opening import Config, Json, opened
from syncd.cli.preview import preview_command
from syncd.cli.terminal import Terminal
from syncd.cli.user import user_app
from syncd.config.problems import ConfigurationRefused
from syncd.domain.effect import EffectState
from syncd.domain.spans import Span
from syncd.ports.errors import Permanent, SyncdError, Unavailable
from syncd.runtime import accounts as runtime_accounts
from syncd.runtime import checking, connecting, doctor, operating
from syncd.runtime import logging as runtime_logging
from syncd.runtime.lock import AlreadyRunning

app = typer.Typer(
    help="A daemon that keeps scheduled support sessions.", no_args_is_help=True, pretty_exceptions_enable=False
)
outbox_app = typer.Typer(help="What syncd must do, and what is set aside for a person.", no_args_is_help=True)
sources_app = typer.Typer(help="The calendars and directories that are read.", no_args_is_help=True)
feed_app = typer.Typer(help="Who came to sessions.", no_args_is_help=True)
directory_app = typer.Typer(help="Companies and their contacts.", no_args_is_help=True)
mail_app = typer.Typer(
    help="Mails and texts that could not be read: kept, read again, or set aside.", no_args_is_help=True
)
app.add_typer(outbox_app, name="outbox")
app.add_typer(mail_app, name="mail")
app.add_typer(sources_app, name="sources")
app.add_typer(directory_app, name="directory")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")
app.command(name="preview")(preview_command)
app.add_typer(feed_app, name="feed")
app.add_typer(accounts.strikes_app, name="strikes")
app.command()(accounts.verify)
app.command()(accounts.replay)
app.command()(accounts.report)
app.add_typer(selling.fees_app, name="fees")
app.add_typer(selling.releases_app, name="releases")
app.command()(selling.clear)

MOMENTS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]


class State(StrEnum):
    """Which effects `outbox list` shows."""

    OPEN = "open"
    PENDING = "pending"
    CLAIMED = "claimed"
    PARKED = "parked"
    DONE = "done"
    DROPPED = "dropped"
    ALL = "all"


_STATES = {
    State.OPEN: (EffectState.PENDING, EffectState.CLAIMED, EffectState.PARKED),
    State.ALL: tuple(EffectState),
    **{State(state.value): (state,) for state in EffectState},
}


@cache
def program() -> Callable[[Sequence[str] | None], object]:
    """Built of the declarations above, once a process."""
    return get_command(app)


def run_cli(arguments: Sequence[str] | None = None) -> None:
    """The whole program: every error ends in a sentence for whoever must act, and an exit code (exits.py). Raises
    SystemExit. `arguments`: else those of the process."""
    try:
        program()(arguments)
    except ConfigurationRefused as refused:
        show.err.print(f"[bold red]syncd:[/] {escape(refused.source)} cannot be used:")
        show.problems(show.err, refused.problems)
        raise SystemExit(Exit.MISCONFIGURED) from None
    except (AlreadyRunning, Unavailable) as error:
        show.error(error)
        raise SystemExit(Exit.BUSY) from None
    except Permanent as error:
        show.error(error)
        raise SystemExit(Exit.FOUND) from None
    except SyncdError as error:
        show.error(error)
        raise SystemExit(Exit.MISCONFIGURED) from None
    except Exception as error:  # noqa: BLE001 -- whatever else it is, it is ours, and said so
        show.fault(error)
        raise SystemExit(Exit.OURS) from None


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        show.out.print(f"syncd {__version__}")
        raise typer.Exit


@app.command()
def run(
    config: Config = None,
    demo: Annotated[bool, typer.Option("--demo", help="A sample desk with its own servers, for trying out.")] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Where the pages listen, instead of [web].")
    ] = None,
    state: Annotated[Path, typer.Option(help="The folder of the sample desk.")] = Path("var"),
) -> None:
    """The daemon: reads calendars, settles, sends, and serves the pages, until it is told to stop."""
    if demo:
        from syncd.cli.trying import run_demo  # trying out only

        run_demo(state, port)
    else:
        from syncd.runtime import running

        running.run(config, os.environ, port=port)
    show.leave()


@app.command()
def web(config: Config = None) -> None:
    """The pages alone, beside a daemon (PostgreSQL only)."""
    from syncd.runtime import running

    running.serve_pages(config, os.environ)


@app.command()
def tick(
    config: Config = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send and write nothing: show what would be done.")
    ] = False,
    json: Json = False,
) -> None:
    """One turn: observe, settle, act."""
    runtime_logging.configure("warning", "auto")
    configuration = operating.configured(config, os.environ)
    if not dry_run:
        done = operating.tick(configuration, operating.report)
        show.as_json({"done": done}) if json else show.out.print(f"{done} cases and effects")
        return
    rows = operating.rehearse(configuration, operating.report)
    if json:
        show.as_json(rows)
    else:
        show.out.print(f"{len(rows)} effects would be performed now")
        tables.outbox(rows, configuration.desk.zone)


@app.command()
def check(config: Config = None, json: Json = False) -> None:
    """Is the configuration good? Offline, all problems at once."""
    judged = checking.check(config, os.environ)
    if json:
        show.as_json({"path": judged.path, "good": judged.good, "problems": judged.problems})
    else:
        show.problems(show.out, judged.problems)
        show.out.print(
            f"{escape(str(judged.path))}: " + ("[green]good[/]" if judged.good else "[bold red]cannot be used[/]")
        )
    if not judged.good:
        raise typer.Exit(Exit.FOUND)


@app.command(name="doctor")
def doctor_command(config: Config = None, json: Json = False) -> None:
    """Does everything work? Every connector tried for real, with a hint for each failure."""
    with opened(config) as system:
        found = doctor.examine(system)
    if json:
        show.as_json(found)
    else:
        tables.examined(found)
    if not all(one.well for one in found):
        raise typer.Exit(Exit.FOUND)


@app.command()
def connect(
    source: Annotated[str, typer.Argument(help="The name of a [[connector]] that a person signs in to.")],
    config: Config = None,
) -> None:
    """Sign in to an account in the name of its owner, and store what that brings as the credential."""
    runtime_logging.configure("warning", "auto")
    configuration = operating.configured(config, os.environ, signed_in=False)
    stored = connecting.connect(configuration, source, Terminal())
    show.out.print(f"signed in; the credential is stored in {escape(str(stored))}, for syncd alone")
    show.out.print("a daemon that runs takes it up when it is reloaded: systemctl reload syncd; try: syncd doctor")


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database to this version's schema; a new one is made. Stop the daemon and back up before."""
    place = operating.migrate(operating.configured(config, os.environ))
    show.out.print(f"the schema is up to date in {place.file or 'PostgreSQL'}")


@app.command()
def explain(
    subject: Annotated[str, typer.Argument(help="A session id, an e-mail address, or a company's code, id or name.")],
    customer: Annotated[
        bool, typer.Option("--customer", help="In the customer's language, fit to be sent to them.")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Why is it as it is? Evidence, decisions with the rules they follow, effects, receipts; in order."""
    with opened(config) as system:
        found = operating.explain(system, subject)
        zone = system.configuration.desk.zone
        told = runtime_accounts.for_customer(system, found.candidates[0]) if customer else ""
    if found.explanation is None:
        show.err.print(f"“{escape(subject)}” may be any of these; name one:")
        for key in found.candidates:
            show.out.print(escape(key))
        raise typer.Exit(Exit.FOUND)
    if json:
        show.as_json(found.explanation)
    elif customer:
        show.out.print(escape(told), end="")
    else:
        for line in story.lines(found.explanation, zone):
            show.out.print(line)


@outbox_app.command(name="list")
def outbox_list(
    state: Annotated[State, typer.Option(help="open: pending, claimed and parked.")] = State.OPEN,
    config: Config = None,
    json: Json = False,
) -> None:
    """What is to be done, what is under way, and what is set aside."""
    with opened(config) as system:
        rows = operating.outbox(system, _STATES[state])
        zone = system.configuration.desk.zone
    show.as_json(rows) if json else tables.outbox(rows, zone)


@outbox_app.command(name="retry")
def outbox_retry(key: Annotated[str, typer.Argument(help="As `outbox list` shows it.")], config: Config = None) -> None:
    """Do once more what was set aside."""
    with opened(config) as system:
        operating.retry(system, key)
    show.out.print("it is due now")


@outbox_app.command(name="discard")
def outbox_discard(
    key: Annotated[str, typer.Argument(help="As `outbox list` shows it.")],
    reason: Annotated[str, typer.Option(help="Why; `explain` shows it.")],
    config: Config = None,
) -> None:
    """Never do what was set aside."""
    with opened(config) as system:
        operating.discard(system, key, reason)
    show.out.print("it is dropped")


@sources_app.command(name="list")
def sources_list(config: Config = None, json: Json = False) -> None:
    """What is read, how fresh that is, and what is wrong with it."""
    with opened(config) as system:
        rows = operating.sources(system)
        zone = system.configuration.desk.zone
    show.as_json(rows) if json else tables.sources(rows, zone)


@sources_app.command(name="reread")
def sources_reread(
    name: Annotated[str, typer.Argument(help="As `sources list` shows it.")], config: Config = None
) -> None:
    """Read a calendar in full at the next turn."""
    with opened(config) as system:
        operating.reread(system, name)
    show.out.print("it is read in full at the next turn")


@mail_app.command(name="list")
def mail_list(config: Config = None, json: Json = False) -> None:
    """What was put aside, and why; until it is read, it counts as unread (A7)."""
    with opened(config) as system:
        rows = operating.put_aside(system)
        zone = system.configuration.desk.zone
    show.as_json(rows) if json else tables.put_aside(rows, zone)


@mail_app.command(name="reread")
def mail_reread(config: Config = None, json: Json = False) -> None:
    """Read it again with this version; a start does so too."""
    with opened(config) as system:
        understood, still = operating.read_again(system)
    if json:
        show.as_json({"understood": understood, "put_aside": still})
    else:
        show.out.print(f"{understood} understood, {still} still put aside")


@mail_app.command(name="done")
def mail_done(
    key: Annotated[str, typer.Argument(help="As `mail list` shows it.")],
    by: Annotated[str, typer.Option(help="Who says so: a staff id; the desk's record shows it.")],
    reason: Annotated[str, typer.Option(help="Why it needs no reading; the record keeps it.")],
    config: Config = None,
) -> None:
    """It needs no reading: from now on it stands against no verdict (A7). The bytes are kept."""
    with opened(config) as system:
        operating.done_with(system, key, by, reason)
    show.out.print("it is done with")


@directory_app.command(name="import")
def directory_import(
    companies: Annotated[Path | None, typer.Option(help="A CSV file, where no directory is configured.")] = None,
    contacts: Annotated[Path | None, typer.Option(help="Its contacts.")] = None,
    believe: Annotated[bool, typer.Option("--believe", help="Even if most companies are gone from it (D2).")] = False,
    config: Config = None,
    json: Json = False,
) -> None:
    """Read the configured directory now, or take companies from files into syncd's own tables."""
    with opened(config) as system:
        if companies is not None:
            imported = operating.import_files(system, companies, contacts, believe=believe)
        else:
            imported = operating.import_directory(system, believe=believe)
    show.as_json(imported) if json else tables.imported(imported)
    if imported.problems:
        raise typer.Exit(Exit.FOUND)


@feed_app.command(name="import")
def feed_import(
    file: Annotated[Path, typer.Argument(help="A CSV file, one line for each stay of a participant.")],
    room: Annotated[str, typer.Option(help="The room that it is about.")],
    since: Annotated[datetime, typer.Option("--from", formats=MOMENTS, help="It tells of everybody from then on,")],
    until: Annotated[datetime, typer.Option("--to", formats=MOMENTS, help="up to then; in UTC, or with a zone.")],
    feed: Annotated[str | None, typer.Option(help="The connector, where several take files.")] = None,
    config: Config = None,
    json: Json = False,
) -> None:
    """Take a list of who was in a room (CON-8). The same list again changes nothing."""
    first, last = (at.replace(tzinfo=UTC) if at.tzinfo is None else at for at in (since, until))
    if last <= first:
        raise typer.BadParameter("--to lies before --from")
    covered = Span(first, last)
    with opened(config) as system:
        news = operating.import_attendance(system, file, feed, room, covered)
    show.as_json({"news": news}) if json else show.out.print(f"{news} records were news")


@directory_app.command(name="list")
def directory_list(config: Config = None, json: Json = False) -> None:
    """The companies as they are known now."""
    with opened(config) as system:
        rows = operating.companies(system)
    if json:
        show.as_json([{"company": company, "contacts": count} for company, count in rows])
    else:
        tables.companies(rows)
