"""What is there to open? The sample desk's addresses, logins and codes, printed once it runs (`syncd run --demo`)."""

from __future__ import annotations

import os
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from syncd.cli.show import out
from syncd.config.settings import Settings
from syncd.runtime import running
from syncd.runtime.configuration import Configuration
from syncd.runtime.demo import sample
from syncd.runtime.demo.stage import Stage


def run_demo(folder: Path, port: int | None) -> None:
    """Until Ctrl-C; the sample's servers end with it. Raises as running.run does."""
    with Stage(folder, port if port is not None else 8000) as stage:
        running.run(
            stage.configuration,
            os.environ,
            sample_mailbox=stage.mailbox,
            announce=lambda configuration: _announce(stage, configuration),
        )


def _announce(stage: Stage, configuration: Configuration) -> None:
    web = configuration.desk.base_url
    out.print()
    out.print(f"[bold]{escape(configuration.desk.name)}[/], a sample desk. Everything stays on this machine.")
    out.print()
    places = _grid()
    places.add_row("Book a session", f"{web}/book")
    places.add_row("Read its mail", f"{web}/mailbox/")
    places.add_row("For programs", f"{web}/api/v1/docs")
    out.print(places)
    _logins(stage, configuration.settings)
    out.print("\n[bold]Company codes[/]")
    codes = _grid()
    for code, company, about in sample.CODES:
        codes.add_row(code, escape(company), about)
    out.print(codes)
    out.print(f"\nIts configuration and state: {escape(str(stage.folder))}. Ctrl-C stops it; the next run goes on.\n")


def _logins(stage: Stage, settings: Settings) -> None:
    out.print("\n[bold]Staff calendars[/] (CalDAV: open them in any calendar program, or in a browser)")
    logins = _grid()
    for member in settings.staff:
        password = stage.memory.passwords.get(member.id)
        if password is not None:
            address = f"{stage.memory.calendars}{member.calendar.address}"
            logins.add_row(escape(member.name), member.zone, address, f"{member.id} / {escape(password)}")
    out.print(logins)


def _grid() -> Table:
    grid = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(4):
        grid.add_column(no_wrap=True)
    return grid
