"""How does the desk invite? Each setting of [desk.invitations] in the bytes that go out (spec/invitations.md 1)."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest

from syncd.domain.desk import Desk, Invitations
from syncd.domain.effect import CustomerMail, OperatorMail, StaffMail
from syncd.domain.letters import Cause, Letter
from syncd.engine.compose import envelope_sender, reply_address
from tests.ical import inv
from tests.messages import notices, samples
from tests.messages.composing import KEYS, composed, effect, truth

INVITATION = samples.mail(Letter.INVITATION, Cause.BOOKED)
CANCELLATION = samples.mail(
    Letter.CANCELLATION, Cause.CANCELLED_BY_STAFF, samples.after(samples.FACTS, cancel_until=None)
)
CALENDAR_MAILS = {name: mail for name, mail in samples.customer_mails().items() if mail.method}
REPLY_TO = reply_address(samples.DESK, KEYS, "session-1", samples.ADA.email)


def desk(**values: Any) -> Desk:
    return replace(samples.DESK, invitations=replace(Invitations(), **values))


def said(raw: bytes) -> dict[str, str]:
    """The event's properties in words; of several the first."""
    event = inv.event_of(raw)
    return {p.name: inv.text_of(p.value) for p in reversed(event.properties)}


def kinds(raw: bytes) -> list[str]:
    return [part.get_content_type() for part in message_from_bytes(raw).walk()]


@pytest.mark.parametrize("name", CALENDAR_MAILS)
@pytest.mark.parametrize(
    "values",
    [
        {"file_copy": False},
        {"no_file_copy_for": ("customer.example",)},
        {"refuses_counters": True},
        {"numbers": ("+33187210241", "+442037138200")},
    ],
    ids=lambda values: next(iter(values)),
)
def test_no_setting_breaks_a_rule(name: str, values: dict[str, object]) -> None:
    mail = CALENDAR_MAILS[name]
    assert inv.check(composed(mail, desk(**values)), truth(mail)) == []


def test_the_copy_is_left_out_for_all_or_for_a_domain() -> None:
    assert "application/ics" in kinds(composed(INVITATION))
    without = composed(INVITATION, desk(file_copy=False))
    assert kinds(without) == ["multipart/alternative", "text/plain", "text/html", "text/calendar"]
    named = desk(no_file_copy_for=("customer.example",))
    elsewhere = replace(INVITATION, to=samples.after_attendee(email="ada@Other.example"))
    shouted = replace(INVITATION, to=samples.after_attendee(email="ada@CUSTOMER.example"))
    assert "application/ics" not in kinds(composed(INVITATION, named)) + kinds(composed(shouted, named))
    assert "application/ics" in kinds(composed(elsewhere, named))


@pytest.mark.parametrize("name", CALENDAR_MAILS)
def test_without_links_in_the_calendar_nobody_who_sees_it_can_use_them_and_the_mail_has_them_still(name: str) -> None:
    raw = composed(CALENDAR_MAILS[name], desk(links_in_calendar=False))
    assert b"/s/" not in inv.ics_of(raw).replace(b"\r\n ", b"")
    description = said(raw)["DESCRIPTION"]
    assert "The links to do so are in our mail." in description or "cancellation" in name
    assert ("until" in description) == ("until" in said(composed(CALENDAR_MAILS[name]))["DESCRIPTION"])
    assert inv.check(raw, truth(CALENDAR_MAILS[name])) == []
    for kind in ("text/plain", "text/html"):
        assert inv.body_of(raw, kind) == inv.body_of(composed(CALENDAR_MAILS[name]), kind)


def test_other_times_are_refused_in_an_invitation_alone() -> None:
    refusing = desk(refuses_counters=True)
    assert said(composed(INVITATION, refusing))["X-MICROSOFT-DISALLOW-COUNTER"] == "TRUE"
    assert "X-MICROSOFT-DISALLOW-COUNTER" not in said(composed(INVITATION)) | said(composed(CANCELLATION, refusing))


def test_the_numbers_that_the_operator_wants_are_printed_everywhere_nearest_first() -> None:
    wanted = desk(numbers=("+33187210241", "+15713173122", "+19999999999"))
    event = inv.event_of(composed(INVITATION, wanted))
    dials = [p.value.split(",")[0] for p in event.all("CONFERENCE") if p.value.startswith("tel:")]
    assert dials == ["tel:+15713173122", "tel:+33187210241"]
    nowhere = desk(numbers=("+19999999999",))
    assert composed(INVITATION, nowhere) == composed(INVITATION), "none of this conference: the nearest"


def test_a_booking_under_its_own_organizer_answers_to_its_own_address_and_no_other_does() -> None:
    facts = samples.after(samples.FACTS, own_organizer=True)
    ours = samples.mail(Letter.INVITATION, Cause.BOOKED, facts)
    later = replace(samples.mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER, facts), ordinal=0)
    for mail in (ours, later):  # whatever the setting says by now
        for now in (desk(), desk(organizer_per_booking=True)):
            raw = composed(mail, now)
            assert inv.event_of(raw).value("ORGANIZER") == f"mailto:{REPLY_TO}"
            assert message_from_bytes(raw)["From"] == "Acme Support <support@desk.example>"
            assert inv.check(raw, truth(mail, organizer=REPLY_TO)) == []
    assert said(composed(INVITATION, desk(organizer_per_booking=True)))["ORGANIZER"] == "mailto:support@desk.example"


def test_a_booking_keeps_the_mailbox_that_invited_it() -> None:
    moved = replace(samples.DESK, organizer="new@other.example")
    kept = samples.mail(
        Letter.UPDATE, Cause.MOVED_BY_STAFF, samples.after(samples.FACTS, organizer="support@desk.example")
    )
    assert composed(kept, moved) == composed(kept)
    assert inv.check_life([composed(INVITATION), composed(_later(kept), moved)]) == []
    unkept = samples.mail(Letter.UPDATE, Cause.MOVED_BY_STAFF)
    assert 34 in inv.rules(inv.check_life([composed(INVITATION), composed(_later(unkept), moved)]))


def _later(mail: CustomerMail) -> CustomerMail:
    times = {name: getattr(samples.FACTS, name) + samples.HOUR for name in ("starts_at", "ends_at")}
    return replace(
        mail, dtstamp=samples.ISSUED_AT + samples.HOUR, facts=samples.after(mail.facts or samples.FACTS, **times)
    )


def test_a_failure_to_deliver_is_told_to_the_bookings_own_address() -> None:
    for mail in samples.customer_mails().values():
        sender = envelope_sender(effect(mail), samples.DESK, KEYS)
        about = mail.facts.session_id if mail.facts else mail.request_id
        own = reply_address(samples.DESK, KEYS, about, samples.ADA.email) if about else "support@desk.example"
        assert sender == own
        reply_to = message_from_bytes(composed(mail))["Reply-To"]
        assert reply_to is None or sender in reply_to
    told: list[StaffMail | OperatorMail] = [*notices.staff_mails().values(), *notices.operator_mails().values()]
    for notice in told:
        assert envelope_sender(effect(notice), samples.DESK, KEYS) == "support@desk.example"


@pytest.mark.parametrize(("tag", "word"), [("fr", "Annulation"), ("es", "Cancelación"), ("de", "Abgesagt")])
def test_a_language_stays_as_the_booking_has_it_whatever_the_desk_speaks(tag: str, word: str) -> None:
    mail = replace(CANCELLATION, to=samples.after_attendee(locale=tag))
    raw = composed(mail, replace(samples.DESK, locale="en"))
    assert raw == composed(mail, replace(samples.DESK, locale="es"))
    assert word in inv.subject_of(raw)
    assert inv.check(raw, truth(mail)) == []
