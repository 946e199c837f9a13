"""A desk on the calendars of each provider: whom staff invite, and busy time from two providers at once.

The assembled system, its own mail server, and the providers' simulators (for CalDAV a server that invites); only time
is virtual.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from syncd.domain.decision import AnswerCode
from syncd.engine.door import Details
from syncd.runtime.bootstrap import System, make_ready, open_system
from syncd.runtime.configuration import read_configuration
from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.calendar_acts import Adds, StaffEntry
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL
from tests.connectors.accounts import ACCOUNTS, Account, exchange, google_calendar
from tests.connectors.exchange.world import ExchangeWorld
from tests.simulators.ews.faults import HttpAnswer
from tests.whole.parts import CARL, CONFIG, Inbox, write_folder

pytestmark = pytest.mark.slow

TOMORROW = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)
JOIN = "https://meet.desk.example/500554260"


@dataclass
class Desk:
    """One desk whose only member is the person of the accounts."""

    system: System
    clock: VirtualClock
    inbox: Inbox
    exchange: ExchangeWorld | None = None

    def turns(self, minutes: int = 0) -> None:
        """Time passes, at the providers too; a turn every minute."""
        for _ in range(minutes):
            self.system.engine.tick()
            self.clock.advance(timedelta(minutes=1))
            if self.exchange is not None:
                self.exchange.world.now = self.clock.now()
        self.system.engine.tick()

    def offered(self) -> set[str]:
        """The starts that a visitor sees for tomorrow, as HH:MM in UTC."""
        slots = self.system.door.offers("online", TOMORROW.date(), 1, "UTC")
        return {f"{slot.starts_at:%H:%M}" for slot in slots}

    def books(self, hours: float, form: str = "form") -> AnswerCode:
        """A visitor presses for tomorrow at 9:00 UTC plus so many hours."""
        details = Details("online", "ada", TOMORROW + HOUR * hours, "ACME-2026", CARL)
        return self.system.door.book(form, "press", details, "198.51.100.7").code

    def invitations(self) -> list[str]:
        """The bodies of the REQUESTs that we mailed to the customer."""
        mails = [message_from_bytes(raw, policy=policy.default) for raw in self.inbox.to(CARL.email)]
        parts = [part for mail in mails for part in mail.walk() if part.get_content_type() == "text/calendar"]
        texts = [part.get_content() for part in parts]
        return [text if isinstance(text, str) else text.decode() for text in texts]


@contextmanager
def desk(folder: Path, clock: VirtualClock, home: Account, read: Account | None = None) -> Iterator[Desk]:
    inbox = Inbox()
    text = CONFIG.format(calendars="", smtp=inbox.port, address=home.world.address)
    before, _, after = text.partition('[[connector]]\nname = "calendars"')
    text = before + home.table("calendars") + after[after.index("\n[[connector]]") :]
    text = text.replace("ada@desk.example", STAFF_EMAIL)
    if read is not None:
        text = (
            text.replace(
                "hours = {", f'reads = [{{ connector = "others", address = "{read.world.address}" }}]\nhours = {{'
            )
            + "\n"
            + read.table("others")
        )
    config = write_folder(folder, text)
    for name, secret in {**home.credentials, **(read.credentials if read else {})}.items():
        (folder / "credentials" / name).write_text(secret)
        (folder / "credentials" / name).chmod(0o600)
    configuration = read_configuration(config, {})
    make_ready(configuration)
    system = open_system(configuration, lambda what, where, error: None, clock)
    try:
        system.adopt()
        for directory in system.outside.directories:
            assert system.reader.read(directory) is not None
        system.engine.drain()
        system.engine.tick()
        yield Desk(system, clock, inbox)
    finally:
        system.close()
        inbox.close()


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_the_customer_gets_one_invitation(kind: str, tmp_path: Path) -> None:
    """calrs #141; cal #9485, #10431; K7, CAL-21: staff put the customer on their own event. The provider invited them,
    and then tells them how to join, once; where it does not, ours goes out, once."""
    clock = VirtualClock(NOW)
    (tmp_path / "desk").mkdir()
    with ACCOUNTS[kind](tmp_path, clock.now) as account, desk(tmp_path / "desk", clock, account) as whole:
        event = StaffEntry(TOMORROW, TOMORROW + HOUR, title="Support: upgrade", attendees=(CARL.email,))
        event_id = account.world.staff(Adds(event))
        invited = account.world.mails()
        whole.turns(30)
        told = account.world.mails()[len(invited) :]
        ours = whole.invitations()
        stands = account.world.stands(event_id)
        assert stands is not None
        assert JOIN in f"{stands.place} {stands.text}"
        if CARL.email in invited:
            assert (invited.count(CARL.email), told, ours) == (1, (CARL.email,), []), "its invitation, and one update"
        else:
            assert (told, len(ours)) == ((), 1), "ours alone"
            assert JOIN in ours[0]


def test_busy_on_either_calendar_cannot_be_booked_and_an_unreadable_one_closes_with_one_alert(tmp_path: Path) -> None:
    """Sessions stand on a Google calendar; an Exchange calendar of the same person is only read (K2, CAL-26)."""
    clock = VirtualClock(NOW)
    (tmp_path / "desk").mkdir()
    with ExitStack() as stack:
        google = stack.enter_context(google_calendar(tmp_path, clock.now))
        others = stack.enter_context(exchange(tmp_path, clock.now))
        whole = stack.enter_context(desk(tmp_path / "desk", clock, google, others))
        assert isinstance(others.world, ExchangeWorld)
        whole.exchange = others.world
        assert {"09:00", "11:00", "13:00"} <= whole.offered()

        google.world.staff(Adds(StaffEntry(TOMORROW, TOMORROW + HOUR)))
        others.world.staff(Adds(StaffEntry(TOMORROW + 2 * HOUR, TOMORROW + 3 * HOUR)))
        assert whole.books(0) is AnswerCode.SLOT_TAKEN, "asked live of Google, before it was read"
        assert whole.books(2, "form-2") is AnswerCode.SLOT_TAKEN, "asked live of Exchange"
        whole.turns()
        assert not {"09:00", "09:30", "11:00", "11:30"} & whole.offered()
        assert "13:00" in whole.offered()

        faults = others.world.server.service.faults
        faults.http = HttpAnswer(503)
        assert whole.books(4, "form-3") is AnswerCode.UNREADABLE
        whole.turns(40)
        assert whole.offered() == set()
        assert whole.books(4, "form-4") is AnswerCode.UNREADABLE
        alerts = whole.inbox.to("operator@desk.example")
        assert len(alerts) == 1, "one alert for one outage"
        assert len(google.world.standing()) == 1, "nothing was booked meanwhile"

        faults.http = None
        whole.turns(40)
        assert "13:00" in whole.offered()
        assert whole.books(4, "form-5") is AnswerCode.BOOKED
        whole.turns()
        assert len(google.world.standing()) == 2
        assert len(others.world.standing()) == 1, "the calendar that is only read was never written to"
