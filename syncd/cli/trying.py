"""What is there to open? The sample desk's addresses, logins and codes, printed once it runs (`syncd run --demo`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rich.markup import escape

from syncd.cli import show
from syncd.config.settings import Settings
from syncd.runtime import operating, running
from syncd.runtime.bootstrap import make_ready
from syncd.runtime.configuration import Configuration
from syncd.runtime.demo import day, sample
from syncd.runtime.demo.catalogue import stock
from syncd.runtime.demo.stage import Stage


def run_demo(folder: Path, port: int | None) -> None:
    """Until Ctrl-C; the sample's servers end with it. Raises as running.run does."""
    with Stage(folder, port if port is not None else 8000) as stage:
        configuration = operating.configured(stage.configuration, os.environ)
        make_ready(configuration)
        with operating.system_of(configuration, operating.report) as system:
            day.prepare(system, stage.memory.calendars_port, stage.memory.passwords)
            stock(system)
        running.run(
            stage.configuration,
            os.environ,
            sample_mailbox=stage.mailbox,
            announce=lambda configuration: _announce(stage, configuration),
        )


def _announce(stage: Stage, configuration: Configuration) -> None:
    web = configuration.desk.base_url
    show.out.print()
    show.out.print(f"[bold]{escape(configuration.desk.name)}[/], a sample desk. Everything stays on this machine.")
    show.out.print()
    show.columns(
        [
            ("Book a session", f"{web}/book"),
            ("Fees and releases", f"{web}/fees"),
            ("The desk, for staff", f"{web}/desk"),
            ("Read its mail", f"{web}/mailbox/"),
            ("For programs", f"{web}/api/v1/openapi.json"),
        ]
    )
    show.out.print(
        "\n[bold]Staff[/]: name and password, for the desk and for their calendars (CalDAV, any calendar program)"
    )
    show.columns(list(_logins(stage, configuration.settings)))
    show.out.print("\n[bold]Company codes[/]")
    show.columns(sample.CODES)
    show.out.print(
        f"\nIts configuration and state: {escape(str(stage.folder))}. Ctrl-C stops it; the next run goes on.\n"
    )


def _logins(stage: Stage, settings: Settings) -> Iterator[tuple[str, ...]]:
    for member in settings.staff:
        password = stage.memory.passwords.get(member.id)
        if password is not None:
            address = f"{stage.memory.calendars}{member.calendar.address}"
            yield member.name, member.zone, address, f"{member.id} / {password}"
