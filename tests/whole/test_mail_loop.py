"""Out by SMTP, into a real mailbox, answered as Gmail, Outlook and Apple Calendar do, read back, applied once (C6, O1,
A7; spec/invitations.md 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.keys import contact_key, request_key, session_key
from syncd.domain.session import Choice, Door, SessionState
from syncd.engine.requests import RequestDoor
from syncd.ports.source import Batch, Raw
from tests.simulators import mail_clients
from tests.simulators.dovecot import MISSING, Dovecot, dovecot
from tests.simulators.mail_clients import Invitation
from tests.whole.parts import CARL, RealDesk, real_desk

pytestmark = [pytest.mark.slow, pytest.mark.skipif(MISSING is not None, reason=str(MISSING))]

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SUPPORT = "support@desk.example"
PASSED = "mx.desk.example; spf=pass; dmarc=pass (p=reject) header.from=acme.example"
MAILBOX = """
[[connector]]
name = "mailbox"
kind = "imap"
host = "127.0.0.1"
port = {port}
tls = "none"
username = "support"
credential = "mailbox"
authserv_id = "mx.desk.example"
"""


@pytest.fixture
def box() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, box: Dovecot) -> Iterator[RealDesk]:
    with real_desk(tmp_path, MAILBOX.format(port=box.imap)) as made:
        yield made
        made.system.outside.mail_in[0].close()
        assert made.reports == [], "nothing broke on the way"


def invitation(desk: RealDesk) -> Invitation:
    """The calendar mail that Carl got last."""
    calendar = [raw for raw in desk.inbox.to(CARL.email) if b"text/calendar" in raw]
    return Invitation.of(calendar[-1])


def subjects(desk: RealDesk, to: str) -> list[str]:
    return [str(make_header(decode_header(str(message_from_bytes(raw)["Subject"])))) for raw in desk.inbox.to(to)]


def come(desk: RealDesk, box: Dovecot, raw: bytes, to: str = SUPPORT, sender: str = CARL.email) -> None:
    """Delivered, and polled once."""
    box.deliver(raw, to, sender)
    desk.run_for(1)


def invited(desk: RealDesk) -> tuple[str, datetime | None]:
    (only,) = desk.session().invited
    return only.partstat, only.bounced_at


def test_accepted_in_gmail_then_declined_in_outlook_and_each_counts_once(desk: RealDesk, box: Dovecot) -> None:
    desk.book(START)
    asked = invitation(desk)
    accepted = mail_clients.gmail(asked.reply_to, asked, "ACCEPTED", desk.clock.now())
    come(desk, box, accepted, asked.reply_to)
    assert invited(desk)[0] == "ACCEPTED"
    booking = desk.session().booking
    assert booking is not None
    story = desk.system.store.views.explain(contact_key(booking.contact_id))
    assert story is not None
    assert [e.payload.kind for e, _ in story.evidence].count("address-proved") == 1
    forged = mail_clients.outlook(SUPPORT, asked, "DECLINED", desk.clock.now())
    come(desk, box, forged, sender="mallory@evil.example")
    elsewhere = mail_clients.outlook(
        SUPPORT, asked, "DECLINED", desk.clock.now(), proof=PASSED.replace("mx.desk", "mx.evil")
    )
    come(desk, box, elsewhere)
    assert desk.session().state is SessionState.BOOKED
    assert [s for s in subjects(desk, "ada@desk.example") if s.startswith("A mail that nobody acts on")]
    declined = mail_clients.outlook(SUPPORT, asked, "DECLINED", desk.clock.now(), proof=PASSED)
    come(desk, box, declined)
    assert desk.session().state is SessionState.CANCELLED
    assert invitation(desk).method == "CANCEL"
    assert invitation(desk).sequence == 1
    before = len(desk.inbox.messages)
    come(desk, box, declined)  # once more, by another way
    come(desk, box, b"X-Relayed: yes\r\n" + declined)
    come(desk, box, accepted, asked.reply_to)
    assert len(desk.inbox.messages) == before
    assert all("\\Seen" not in flags for flags in box.flags("support")), "nothing was marked"


def test_a_moved_session_is_not_declined_by_an_answer_to_its_old_time(desk: RealDesk, box: Dovecot) -> None:
    session = desk.book(START)
    old = invitation(desk)
    other = START + 2 * HOUR
    answer = desk.system.door.reschedule(session.id, "press-2", CARL.email, other, "ada")
    assert answer.accepted
    desk.run_for(1)
    come(desk, box, mail_clients.apple(old.reply_to, old, "DECLINED", desk.clock.now()), old.reply_to)
    assert desk.session().state is SessionState.BOOKED
    assert subjects(desk, CARL.email)[-1].startswith("Not changed:")
    new = invitation(desk)
    assert new.sequence == 1
    later, earlier = desk.clock.now(), desk.clock.now() - timedelta(minutes=3)
    come(desk, box, mail_clients.apple(new.reply_to, new, "ACCEPTED", later), new.reply_to)
    come(desk, box, mail_clients.apple(new.reply_to, new, "TENTATIVE", earlier), new.reply_to)  # out of order
    assert invited(desk)[0] == "ACCEPTED"


def test_another_time_proposed_in_outlook_moves_nothing_until_staff_press(desk: RealDesk, box: Dovecot) -> None:
    session = desk.book(START)
    asked = invitation(desk)
    for wanted in (asked.moved(2 * HOUR), asked.moved(3 * HOUR)):
        counter = mail_clients.outlook(asked.reply_to, asked, "TENTATIVE", desk.clock.now(), counter=wanted)
        come(desk, box, counter, asked.reply_to)
    assert desk.session().starts_at == START
    (question,) = desk.session().questions
    assert question.proposed is not None
    assert question.proposed.starts_at == START + 3 * HOUR
    assert sum(s.startswith("Another time proposed") for s in subjects(desk, "ada@desk.example")) == 2
    door = desk.system.door
    assert door.answer_question(session_key(session.id), question.id, Choice.LEAVE, "ada", "p1").accepted
    desk.run_for(1)
    assert invitation(desk).method == "DECLINECOUNTER"
    counter = mail_clients.outlook(asked.reply_to, asked, "TENTATIVE", desk.clock.now(), counter=asked.moved(4 * HOUR))
    come(desk, box, counter, asked.reply_to)
    (question,) = desk.session().questions
    assert door.answer_question(session_key(session.id), question.id, Choice.MOVE, "ada", "p2").accepted
    desk.run_for(1)
    moved = invitation(desk)
    assert (moved.method, moved.sequence, moved.starts_at) == ("REQUEST", 1, START + 4 * HOUR)


@pytest.mark.parametrize("headers_alone", [False, True])
def test_a_bounce_reaches_the_desk_within_one_poll_and_is_no_answer(
    desk: RealDesk, box: Dovecot, headers_alone: bool
) -> None:
    desk.book(START)
    sent = desk.inbox.to(CARL.email)[-1]
    envelope = next(s for s, (to, _) in zip(desk.inbox.senders, desk.inbox.messages, strict=True) if to == CARL.email)
    to = SUPPORT if headers_alone else envelope  # a bounce may come to another address, and is known by what it returns
    come(
        desk,
        box,
        mail_clients.bounce(to, sent, "carl.customer@mx.acme.example", desk.clock.now(), headers_alone=headers_alone),
        to,
        "",
    )
    assert invited(desk) == ("NEEDS-ACTION", desk.session().invited[0].bounced_at)
    assert invited(desk)[1] is not None
    assert [s for s in subjects(desk, "ada@desk.example") if s.startswith("Mail refused")]
    assert parseaddr(envelope)[1] == invitation(desk).reply_to


def test_a_request_is_told_at_once_and_answered_and_an_absence_notice_is_neither(desk: RealDesk, box: Dovecot) -> None:
    desk.book(START)
    asked = invitation(desk)
    before = len(desk.inbox.messages)
    absent = mail_clients.words(
        CARL.email, asked.reply_to, "Out of office", "Back soon", desk.clock.now(), "Auto-Submitted: auto-replied"
    )
    come(desk, box, absent, asked.reply_to, "")
    assert len(desk.inbox.messages) == before
    come(desk, box, mail_clients.words(CARL.email, SUPPORT, "Nothing starts", "The server is down.", desk.clock.now()))
    assert subjects(desk, "ada@desk.example")[-1] == "A request without a booking: what is it?"
    assert subjects(desk, CARL.email)[-1] == "About your request: Example Support"  # the plan is no maintenance (O1)
    receipt = desk.inbox.to(CARL.email)[-1]
    desk.run_for(16)
    assert subjects(desk, "ada@desk.example").count("A request without a booking: what is it?") == 2
    back = parseaddr(str(message_from_bytes(receipt)["Reply-To"]))[1]
    come(
        desk, box, mail_clients.words(CARL.email, back, "Re: request", "It is the mail server.", desk.clock.now()), back
    )
    assert subjects(desk, "ada@desk.example")[-1] == "More words about a request"
    assert desk.session().state is SessionState.BOOKED
    come(desk, box, receipt)  # our own mail, sent back to us
    assert subjects(desk, CARL.email)[-1] == "About your request: Example Support"
    assert len([s for s in subjects(desk, CARL.email) if s.startswith("About your request")]) == 1


def test_an_emergency_by_mail_is_squeezed_in_declined_in_the_calendar_and_waits_again(
    desk: RealDesk, box: Dovecot
) -> None:
    views, gaps = desk.system.store.views, RequestDoor(desk.system.door)
    come(desk, box, mail_clients.words(CARL.email, SUPPORT, "Nothing starts", "All is down.", desk.clock.now()))
    (request,) = views.requests_open(9)
    (question,) = request.questions
    pressed = desk.system.door.answer_question(request_key(request.id), question.id, Choice.EMERGENCY, "ada", "p1")
    assert pressed.accepted
    gap = gaps.emergency_gaps("online")[0]
    assert gap.starts_at - desk.clock.now() <= timedelta(minutes=10)
    assert gaps.squeeze_in(request.id, "online", gap.staff_id, gap.starts_at, "p2", "ada").code is AnswerCode.BOOKED
    desk.run_for(1)
    asked = invitation(desk)
    assert (asked.method, asked.starts_at) == ("REQUEST", gap.starts_at)
    assert len(desk.events()) == 1
    assert views.requests_open(9) == ()
    declined = mail_clients.apple(asked.reply_to, asked, "DECLINED", desk.clock.now())
    come(desk, box, declined, asked.reply_to)
    session = gaps.session_of(request.id)
    assert session is not None
    assert (session.state, session.door) == (SessionState.CANCELLED, Door.EMERGENCY)
    assert (desk.events(), views.sessions_between(session.span)) == ([], ())
    assert gaps.emergency_gaps("online")[0].starts_at <= gap.starts_at, "the slot is free"
    company = views.company("acme")
    assert company is not None
    assert (company.same_day, company.strikes) == ((), ()), "nothing counts (C10, C11)"
    assert [open_.id for open_ in views.requests_open(9)] == [request.id]
    assert subjects(desk, "ada@desk.example")[-1] == "A request waits for you again"
    desk.run_until(gap.starts_at + HOUR)
    assert desk.inbox.to(CARL.email)[-1] == desk.inbox.to(CARL.email)[2], "receipt, invitation, cancellation, no more"


def test_what_cannot_be_read_is_kept_told_once_a_day_and_read_by_a_later_version(desk: RealDesk, box: Dovecot) -> None:
    desk.book(START)
    asked = invitation(desk)
    whole = mail_clients.apple(asked.reply_to, asked, "ACCEPTED", desk.clock.now())
    for number in (b"1", b"2"):
        broken = whole.replace(b"DTSTART:2026", b"DTSTART:nonsense").replace(b"-11@icloud", b"-11-%s@icloud" % number)
        come(desk, box, broken, asked.reply_to)
    (mailbox,) = desk.system.outside.mail_in
    aside = desk.system.store.unreadable(mailbox.id)
    assert len(aside) == 2
    assert subjects(desk, "operator@desk.example") == ["syncd: a mail could not be read in mailbox"]
    assert invited(desk)[0] == "NEEDS-ACTION"
    assert desk.system.engine.observer.read_again(mailbox) == (0, 2)

    class Later:
        """A version that understands what this one put aside."""

        id = mailbox.id

        def translate(self, raw: Raw) -> Batch:
            return mailbox.translate(replace(raw, body=raw.body.replace(b"DTSTART:nonsense", b"DTSTART:2026")))

    assert desk.system.engine.observer.read_again(Later()) == (2, 0)  # type: ignore[arg-type]  # all that it asks
    desk.run_for(1)
    assert invited(desk)[0] == "ACCEPTED"
    assert desk.system.store.unreadable(mailbox.id) == ()
