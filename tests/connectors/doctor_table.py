"""What does `syncd doctor` say of each thing that breaks? Every kind of trouble at every provider of calendars, tried.

`python -m tests.connectors.doctor_table` writes the table into docs/calendars.md.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from syncd.runtime.doctor import Examined, tried
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL
from tests.connectors.accounts import ACCOUNTS, Account, caldav
from tests.connectors.exchange.world import PASSWORD, SERVICE
from tests.documents import write_block
from tests.simulators.ews.access import User

World = Any
Breaks = Callable[[World], object]

TROUBLES = ("a broken credential", "a missing permission", "a missing calendar", "an unreachable host")


def _not_let_in(world: World) -> None:
    world.proxy.faults.status = 401


def _read_only(world: World) -> None:
    rights = ("all", "write", "write-content")
    world.proxy.faults.replace = tuple((f"<privilege><{right} /></privilege>".encode(), b"") for right in rights)


def _named(address: str) -> Breaks:
    return lambda world: setattr(world, "address", address)


BREAKS: dict[str, tuple[Breaks, Breaks, Breaks, Breaks]] = {
    "caldav": (_not_let_in, _read_only, _named("/ada/mistyped/"), lambda world: world.proxy.down()),
    "google_calendar": (
        lambda world: world.google.sign_in.refresh_tokens.clear(),
        lambda world: world.ada.roles.update({STAFF_EMAIL: "reader"}),
        _named("nobody@desk.example"),
        lambda world: world.google.server.down(),
    ),
    "exchange": (
        lambda world: setattr(world, "secret", "wrong horse"),
        lambda world: world.server.service.doors.users.update({SERVICE: User(SERVICE, PASSWORD)}),
        _named(f"{STAFF_EMAIL}/Support"),
        lambda world: setattr(world.server.service.faults, "down", True),
    ),
    "msgraph": (
        lambda world: world.credentials.update(graph="wrong"),
        lambda world: setattr(world.simulator.entra, "roles", ("Mail.Read",)),
        _named(f"{STAFF_EMAIL}/AAMkAG-none"),
        lambda world: setattr(world.graph.knobs, "down", True),
    ),
}


@contextmanager
def account_of(kind: str, folder: Path) -> Iterator[Account]:
    """CalDAV at Radicale, which tells of rights."""
    opens = caldav if kind == "caldav" else ACCOUNTS[kind]
    with opens(folder, lambda: NOW) as account:
        yield account


def examined(kind: str, trouble: str, folder: Path) -> Examined:
    """What the doctor says of this account in that trouble."""
    with account_of(kind, folder) as account:
        BREAKS[kind][TROUBLES.index(trouble)](account.world)
        return tried(f"calendar {kind}", account.world.calendar().probe)


def row(kind: str, trouble: str, found: Examined) -> str:
    """Its line of the table; ports and calendars that are another each time are left out."""
    told = " ".join(found.facts)
    return f"| {trouble} | `{kind}` | {_lasting(told)} | {_lasting(found.hint)} |"


def _lasting(text: str) -> str:
    named = re.sub(r"(https?://)?(127\.0\.0\.1|localhost):\d+(/v1\.0)?", "the host", text)
    return re.sub(r"calendar-\d+", "calendar", named).replace("|", "\\|")


HEAD = ["| trouble | connector | the doctor says | and what to do |", "| --- | --- | --- | --- |"]


def main() -> None:
    rows = []
    for trouble in TROUBLES:
        for kind in BREAKS:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(row(kind, trouble, examined(kind, trouble, Path(folder))))
    write_block("docs/calendars.md", "doctor", [*HEAD, *rows])


if __name__ == "__main__":
    main()
