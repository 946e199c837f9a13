"""INV-40: does everybody else understand what we send? Three readers that share no code with us, and our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.domain.effect import CustomerMail, SessionFacts
from syncd.domain.letters import Cause, Letter
from syncd.ical import read, staff_event
from tests.ical import inv
from tests.ical.conftest import Oracle
from tests.ical.oracles import Understood
from tests.messages import samples
from tests.messages.composing import composed, truth

CALENDAR_MAILS = {name: mail for name, mail in samples.customer_mails().items() if mail.method}
SLOW_START = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def agrees(understood: Understood, mail: CustomerMail, ics: bytes | None = None) -> None:
    """The reader found what was decided; given the object, the texts in it too, as our own reader has them."""
    facts = mail.facts
    assert facts is not None
    assert (understood.method, understood.uid, understood.sequence) == (mail.method, facts.uid, mail.sequence)
    assert (understood.starts_at, understood.ends_at) == (facts.starts_at, facts.ends_at)
    assert understood.status == ("CANCELLED" if mail.method == "CANCEL" else "CONFIRMED")
    if ics is not None:
        ours = staff_event.seen(ics, ZoneInfo("UTC"))
        assert understood.summary is not None
        assert understood.summary.strip() == ours.summary
        assert (understood.description or "").strip() == ours.notes


@pytest.mark.parametrize("name", CALENDAR_MAILS)
def test_every_reader_accepts_every_calendar_mail_and_finds_our_instants(oracle: Oracle, name: str) -> None:
    ics = inv.ics_of(composed(CALENDAR_MAILS[name]))
    agrees(oracle(ics), CALENDAR_MAILS[name], ics)


@pytest.mark.parametrize("name", CALENDAR_MAILS)
def test_our_own_reader_returns_what_was_written(name: str) -> None:
    mail = CALENDAR_MAILS[name]
    facts = mail.facts
    assert facts is not None
    resource = read.parse(inv.ics_of(composed(mail)))
    seen = staff_event.seen_in(resource, ZoneInfo("Asia/Tokyo"))
    assert (resource.method, seen.uid, seen.sequence) == (mail.method, facts.uid, mail.sequence)
    assert (seen.signature.starts_at, seen.signature.ends_at) == (facts.starts_at, facts.ends_at)
    assert seen.organizer == samples.DESK.organizer
    assert [(a.email, a.name, a.partstat) for a in seen.attendees] == [(mail.to.email, mail.to.name, mail.partstat)]


TEXTS = st.text(st.characters(), max_size=200)
EDGES = st.integers(55, 90).flatmap(
    lambda n: st.sampled_from(["é", "漢", "🦉", "\u0301", ",", ";", "\\", "\n", '"', "^"]).map(
        lambda c: "x" * n + c * 9
    )
)
WORDS = TEXTS | EDGES
ADDRESSES = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}@[a-z]{1,20}\.example", fullmatch=True) | st.just(
    "jörg@bücher.example".replace("ö", "oe")
)
_ZONES = (
    "America/New_York Europe/Berlin Asia/Kolkata Australia/Lord_Howe Pacific/Apia America/Sao_Paulo Etc/GMT+5 UTC "
    "Africa/Casablanca Asia/Kathmandu no/such"
)
ZONES = st.sampled_from(_ZONES.split())
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
) | st.sampled_from(
    [datetime(2026, 11, 1, h, 30, tzinfo=UTC) for h in (4, 5, 6, 7)]
    + [datetime(2027, 3, 28, h, 30, tzinfo=UTC) for h in (0, 1)]
)


@st.composite
def mails(draw: st.DrawFn) -> CustomerMail:
    """A calendar mail about a session in which people typed anything anywhere."""
    starts_at = draw(INSTANTS)
    to = replace(
        samples.ADA,
        name=draw(WORDS),
        email=draw(ADDRESSES),
        zone=draw(ZONES),
        locale=draw(st.sampled_from(["en", "de", "en-US"])),
    )
    facts: SessionFacts = replace(
        samples.FACTS,
        type_name=draw(WORDS),
        staff_name=draw(WORDS),
        company_name=draw(WORDS),
        issue=draw(WORDS),
        release=draw(TEXTS),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.integers(1, 600))),
        booker=to,
        attendees=(to,),
    )
    letter, cause = draw(
        st.sampled_from(
            [
                (Letter.INVITATION, Cause.BOOKED),
                (Letter.UPDATE, Cause.MOVED_BY_STAFF),
                (Letter.CANCELLATION, Cause.DECLINED),
            ]
        )
    )
    partstat = draw(st.sampled_from(["NEEDS-ACTION", "ACCEPTED", "TENTATIVE"]))
    return replace(samples.mail(letter, cause, facts, to), partstat=partstat, sequence=draw(st.integers(0, 2**31 - 1)))


def keeps_every_rule(mail: CustomerMail, *oracles: Oracle) -> None:
    raw = composed(mail)
    assert inv.check(raw, truth(mail)) == []
    assert inv.check_same(raw, composed(mail)) == []
    for understood in (oracle(inv.ics_of(raw)) for oracle in oracles):
        agrees(understood, mail)


@given(mails())
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW_START)
def test_whatever_people_type_no_rule_is_broken_and_every_reader_agrees(
    libical: Oracle, pypi_ical: Oracle, mail: CustomerMail
) -> None:
    keeps_every_rule(mail, libical, pypi_ical)


@given(mails())
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW_START)
def test_whatever_people_type_icaljs_reads_back_every_word(icaljs: Oracle, mail: CustomerMail) -> None:
    ics = inv.ics_of(composed(mail))
    agrees(icaljs(ics), mail, ics)


@given(st.lists(WORDS, min_size=1, max_size=4), INSTANTS)
@settings(max_examples=25, deadline=None)
def test_a_staff_event_returns_what_was_written_whatever_people_type(words: list[str], starts_at: datetime) -> None:
    text = staff_event.StaffText(words[0], words[-1], words[0], None, starts_at, starts_at + timedelta(minutes=30))
    raw = staff_event.build(staff_event.Mark("s", "i", "e"), text, starts_at)
    seen = staff_event.seen(raw, ZoneInfo("UTC"))
    assert (seen.session_id, seen.installation_id, seen.event_id_mark) == ("s", "i", "e")
    assert seen.signature.starts_at == starts_at
    assert staff_event.edit(raw, staff_event.Mark("s", "i", "e"), text, starts_at, ZoneInfo("UTC")) == raw
