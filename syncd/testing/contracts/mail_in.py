"""Is a mailbox read as it must be? What every mail-in connector shows of itself (ports/mail.py, spec/invitations.md 4).

A connector's tests inherit `MailInContract` and give it a `world`: a mailbox that is its own, on the real server or on
one that keeps state. Time is the world's: what a server stamps is compared with it loosely.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from syncd.domain.correspondence import ReplyReceived, WordsReceived
from syncd.domain.evidence import Evidence
from syncd.ports.mail import MailIn
from syncd.ports.source import Batch, Raw

PAGES_MAX = 50
SKEW = timedelta(minutes=2)


class MailInWorld(Protocol):
    """`tells_at_once`: the server has IDLE or its like."""

    tells_at_once: bool

    def source(self) -> MailIn:
        """The connector under test, the same one each time."""
        ...

    def another(self) -> MailIn:
        """The same, built anew, as after a restart."""
        ...

    def now(self) -> datetime: ...

    def deliver(self, raw: bytes) -> None:
        """The mail stands in the mailbox when this returns."""
        ...

    def untouched(self) -> bool:
        """Nothing in the mailbox is deleted, moved or marked as read."""
        ...

    def count(self) -> int:
        """How many mails stand in it."""
        ...

    def hang_up(self) -> None:
        """All connections of the connector are cut."""
        ...

    def number_anew(self) -> None:
        """The server forgets its numbers, as after a restore; the mails stay."""
        ...


def mail(number: int, text: str = "Hello") -> bytes:
    head = f"From: Carl <carl@acme.example>\r\nTo: support@desk.example\r\nSubject: Mail {number}\r\n"
    date = "Date: Mon, 02 Mar 2020 09:00:00 +0000\r\n"  # a sender's word, which nobody is judged by
    return f"{head}{date}Message-ID: <m{number}@acme.example>\r\n\r\n{text} {number}\r\n".encode()


REPLY = (
    b"From: carl@acme.example\r\nTo: support+tag@desk.example\r\nSubject: Accepted\r\nMessage-ID: <r1@acme.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260302T090000Z\r\n"
    b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:carl@acme.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def read(source: MailIn, cursor: str | None, now: datetime) -> Batch:
    """One round as one batch."""
    evidence: list[Evidence] = []
    raw: list[Raw] = []
    for _ in range(PAGES_MAX):
        batch = source.observe(cursor, now)
        evidence += batch.evidence
        raw += batch.raw
        cursor = batch.cursor
        if batch.last:
            return Batch(tuple(evidence), cursor=cursor, read_at=batch.read_at, raw=tuple(raw))
    raise AssertionError(f"a round of more than {PAGES_MAX} pages")


class MailInContract:
    """Reading in order, once, judged by receipt; nothing touched; nothing that stops it."""

    def test_new_mail_comes_once_in_order_with_its_bytes(self, world: MailInWorld) -> None:
        source = world.source()
        start = read(source, None, world.now())
        for number in range(25):
            world.deliver(mail(number))
        found = read(source, start.cursor, world.now())
        assert [e.payload.subject for e in found.evidence if isinstance(e.payload, WordsReceived)] == [
            f"Mail {number}" for number in range(25)
        ]
        assert [raw.key for raw in found.raw] == [e.key for e in found.evidence]
        assert all(b"Hello" in raw.body and not raw.unreadable for raw in found.raw)
        again = read(source, found.cursor, world.now())
        assert (again.evidence, again.raw) == ((), ())
        assert world.untouched()

    def test_one_cursor_gives_the_same_keys_also_after_a_restart(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.deliver(mail(1))
        world.deliver(REPLY)
        first = read(world.source(), start.cursor, world.now())
        again = read(world.another(), start.cursor, world.now())
        assert [e.key for e in first.evidence] == [e.key for e in again.evidence]
        assert len(first.evidence) == 2

    def test_a_mail_delivered_twice_is_one(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.deliver(REPLY)
        world.deliver(REPLY)
        found = read(world.source(), start.cursor, world.now())
        assert len({e.key for e in found.evidence}) == 1

    def test_it_is_received_when_the_server_got_it_and_never_at_its_date(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        before = world.now()
        world.deliver(mail(1))
        (only,) = read(world.source(), start.cursor, world.now()).evidence
        assert before - SKEW <= only.received_at <= world.now() + SKEW
        assert only.received_at.utcoffset() == timedelta(0)

    def test_read_at_says_until_when_all_has_been_seen(self, world: MailInWorld) -> None:
        now = world.now()
        assert read(world.source(), None, now).read_at == now
        world.deliver(mail(1))
        later = world.now()
        quiet = read(world.source(), read(world.source(), None, later).cursor, later)
        assert quiet.read_at == later

    def test_what_cannot_be_read_is_put_aside_and_stops_nothing(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.deliver(mail(1))
        world.deliver(REPLY.replace(b"BEGIN:VEVENT", b"BEGIN:VEVENT\r\nDTSTART:not a time").replace(b"r1@", b"r2@"))
        world.deliver(mail(2))
        found = read(world.source(), start.cursor, world.now())
        assert len(found.evidence) == 2
        (aside,) = [raw for raw in found.raw if raw.unreadable]
        assert b"not a time" in aside.body
        assert "not a time" not in aside.unreadable, "the reason holds nothing of what it says"
        assert world.untouched()

    def test_kept_bytes_say_the_same_again(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.deliver(REPLY)
        found = read(world.source(), start.cursor, world.now())
        again = world.another().translate(found.raw[0])
        assert again.evidence == found.evidence
        assert isinstance(again.evidence[0].payload, ReplyReceived)
        assert again.evidence[0].payload.trace.tags == ("tag",)
        assert not again.evidence[0].payload.authentic, "whether it is proved, the engine finds"

    def test_a_cut_connection_is_opened_anew(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.hang_up()
        world.deliver(mail(1))
        assert len(read(world.source(), start.cursor, world.now()).evidence) == 1

    def test_a_server_that_numbers_anew_loses_and_doubles_nothing(self, world: MailInWorld) -> None:
        start = read(world.source(), None, world.now())
        world.deliver(mail(1))
        first = read(world.source(), start.cursor, world.now())
        world.deliver(mail(2))
        world.number_anew()
        found = read(world.source(), first.cursor, world.now())
        new = {e.key for e in found.evidence} - {e.key for e in first.evidence}
        assert len(new) == 1
        assert len(read(world.source(), found.cursor, world.now()).evidence) == 0

    def test_waiting_ends_when_mail_comes(self, world: MailInWorld) -> None:
        source = world.source()
        short = timedelta(milliseconds=300)
        if not world.tells_at_once:
            assert source.wait(short) is None
            return
        assert source.wait(short) is False
        world.deliver(mail(1))
        assert source.wait(timedelta(seconds=10)) is True

    def test_a_probe_says_where_it_reads(self, world: MailInWorld) -> None:
        assert world.source().probe()
        assert world.untouched()
