"""One sample desk, one sample session, and every mail about it: what the tests of words, mails and pictures share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.domain.desk import Channel, Desk, DialIn, JoinData, Topic
from syncd.domain.effect import CustomerMail, CustomerText, PastSession, SessionFacts, StandingMail
from syncd.domain.letters import Cause, Letter, Method, TextLetter
from syncd.domain.people import Attendee, StaffMember
from syncd.messages.parts import Links

ISSUED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
STARTS_AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

JOIN = JoinData(
    join_url="https://meet.example.com/room/500554260",
    conference_id="500 554 260#",
    conference_digits="500554260",
    numbers=(
        DialIn("+15713173122", "US"),
        DialIn("+18775682480", "US", "tollfree"),
        DialIn("+4972160596510", "DE"),
        DialIn("+448001690463", "GB", "tollfree"),
        DialIn("+442037138200", "GB"),
        DialIn("+33187210241", "FR"),
    ),
    call_in_page="https://meet.example.com/numbers/500554260",
    room_code="desk-4711",
    app_url="https://meet.example.com/app",
    macos_url="https://support.example.com/mac-screen-recording",
    host_url="https://meet.example.com/host/secret",
    steps=("Open the join link a few minutes early.", "Choose “Share screen” when we ask for it."),
)

ADA = Attendee("Ada Lovelace", "ada@customer.example", "America/New_York", "en", "+12025550143")
BERND = Attendee("Bernd Groß", "bernd@customer.example", "Europe/Berlin", "de")
DANA = StaffMember("dana", "Dana Lee", "dana@desk.example", "Europe/Berlin", "dana-calendar", lead=True)

DESK = Desk(
    id="desk-1",
    name="Acme Support",
    organizer="support@desk.example",
    organizer_name="Acme Support",
    base_url="https://sessions.desk.example",
    zone="Europe/Berlin",
    staff=(DANA,),
    types=(),
    rooms=(),
    support_email="help@desk.example",
    operator_email="ops@desk.example",
    texting_number="+15715550100",
)

FACTS = SessionFacts(
    session_id="session-1",
    uid="6f0d7c9e-8a51-4a6b-9f0e-3c5d2b1a0f9e",
    type_name="Online support",
    channel=Channel.ONLINE,
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(minutes=30),
    staff_id="dana",
    staff_name="Dana Lee",
    company_name="Analytical Engines, Inc.",
    booker=ADA,
    attendees=(ADA, BERND),
    join=JOIN,
    issue="The import of last week’s readings stops at row 4,711.",
    release="12.3",
    cancel_until=STARTS_AT - timedelta(minutes=65),
    code="4821",
    text_until=STARTS_AT - timedelta(minutes=30),
    no_show_months=6,
    suspension_days=60,
)

PHONE_FACTS = replace(FACTS, type_name="Phone support", channel=Channel.PHONE)
CALL_FACTS = replace(
    FACTS,
    channel=Channel.PHONE,
    ends_at=STARTS_AT + timedelta(minutes=10),
    join=None,
    call_number="+12025550143",
    calls_from="+15713173122",
)
PHONE_FIRST_FACTS = replace(
    FACTS,
    topic=Topic("several", "Installation on several computers", "Please have administrator rights on each.", True),
)

LINKS = Links(
    session="https://sessions.desk.example/s/c2Vzc2lvbi0x.ada",
    cancel="https://sessions.desk.example/s/c2Vzc2lvbi0x.ada/cancel",
    reschedule="https://sessions.desk.example/s/c2Vzc2lvbi0x.ada/reschedule",
    restore="https://sessions.desk.example/s/c2Vzc2lvbi0x.ada/restore",
    book="https://sessions.desk.example/book",
)

METHODS = {
    Letter.INVITATION: Method.REQUEST,
    Letter.UPDATE: Method.REQUEST,
    Letter.CANCELLATION: Method.CANCEL,
    Letter.COUNTER_DECLINED: Method.DECLINECOUNTER,
}


def mail(letter: Letter, cause: Cause, facts: SessionFacts | None = FACTS, to: Attendee = ADA) -> CustomerMail:
    """A mail as the policy decides it."""
    method = METHODS.get(letter)
    return CustomerMail(
        letter=letter,
        cause=cause,
        to=to,
        facts=facts,
        issued_at=ISSUED_AT,
        method=method,
        sequence={Letter.UPDATE: 1, Letter.CANCELLATION: 2}.get(letter, 0),
        dtstamp=ISSUED_AT if method else None,
    )


def after(facts: SessionFacts, **changed: Any) -> SessionFacts:
    return replace(facts, **changed)


def after_attendee(**changed: Any) -> Attendee:
    return replace(ADA, **changed)


def text(letter: TextLetter, to: Attendee) -> CustomerText:
    return CustomerText(letter, to.mobile or "+12125550123", to.locale, to.zone, "4821", ISSUED_AT, FACTS, to.email)


def customer_mails(to: Attendee = ADA) -> dict[str, CustomerMail]:
    """Every letter with every cause that the policy gives it, by a name that files can bear."""
    tomorrow = STARTS_AT - timedelta(days=1, hours=1)
    moved_by_customer = replace(mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER, to=to), former_starts_at=tomorrow)
    short = after(FACTS, cancel_until=STARTS_AT, text_until=None)
    moved_by_staff = replace(
        mail(Letter.UPDATE, Cause.MOVED_BY_STAFF, short, to), former_starts_at=tomorrow, former_staff_name="Elif Kaya"
    )
    gone = after(FACTS, cancel_until=None, text_until=None)
    declined = after(gone, rebook_until=STARTS_AT)
    listed = after(FACTS, session_id="session-2", starts_at=STARTS_AT + timedelta(days=7))
    return {
        "invitation": mail(Letter.INVITATION, Cause.BOOKED, to=to),
        "invitation-by-staff": mail(Letter.INVITATION, Cause.BOOKED_BY_STAFF, short, to),
        "invitation-phone": mail(Letter.INVITATION, Cause.BOOKED, PHONE_FACTS, to),
        "invitation-phone-first": mail(Letter.INVITATION, Cause.BOOKED, PHONE_FIRST_FACTS, to),
        "update-by-customer": moved_by_customer,
        "update-by-staff": moved_by_staff,
        "update-restored": mail(Letter.UPDATE, Cause.RESTORED, to=to),
        "cancellation-by-customer": mail(Letter.CANCELLATION, Cause.CANCELLED_BY_CUSTOMER, gone, to),
        "cancellation-by-staff": mail(Letter.CANCELLATION, Cause.CANCELLED_BY_STAFF, gone, to),
        "cancellation-declined": mail(Letter.CANCELLATION, Cause.DECLINED, declined, to),
        "reminder-first": mail(Letter.REMINDER_FIRST, Cause.DUE, to=to),
        "reminder-last": mail(Letter.REMINDER_LAST, Cause.DUE, to=to),
        "refusal-too-late": replace(mail(Letter.REFUSAL, Cause.TOO_LATE, gone, to), refused="too-late"),
        "refusal-not-possible": replace(
            mail(Letter.REFUSAL, Cause.NOT_POSSIBLE, gone, to), refused="already-cancelled"
        ),
        "links": replace(mail(Letter.LINKS, Cause.ASKED, None, to), sessions=(FACTS, listed)),
        "code": replace(mail(Letter.CODE, Cause.ASKED, None, to), about="Example GmbH", company_code="EXAM-4711"),
        "links-none": mail(Letter.LINKS, Cause.ASKED, None, to),
        "lapsed": mail(Letter.LAPSED, Cause.DUE, to=to),
        "invitation-again": replace(mail(Letter.INVITATION, Cause.ASKED, to=to), ordinal=1),
        "counter-declined": replace(mail(Letter.COUNTER_DECLINED, Cause.NOT_POSSIBLE, to=to), ordinal=1),
        "receipt": replace(
            mail(Letter.RECEIPT, Cause.ASKED, None, to),
            request_id="request-1",
            about="Nothing starts",
            answer_by=ISSUED_AT + timedelta(hours=1),
        ),
        "return-call": mail(Letter.RETURN_CALL, Cause.BOOKED, CALL_FACTS, to),
        "return-call-moved": replace(
            mail(Letter.RETURN_CALL, Cause.MOVED_BY_STAFF, CALL_FACTS, to), former_starts_at=tomorrow
        ),
        "call-over-not-reached": mail(Letter.CALL_OVER, Cause.NOT_REACHED, CALL_FACTS, to),
        "call-over-needs-session": mail(Letter.CALL_OVER, Cause.NEEDS_SESSION, CALL_FACTS, to),
        "call-over-by-staff": mail(Letter.CALL_OVER, Cause.CANCELLED_BY_STAFF, CALL_FACTS, to),
        "cleared": replace(mail(Letter.CLEARED, Cause.ASKED, None, to), request_id="request-1", about="Version 12"),
        "no-maintenance": replace(mail(Letter.NO_MAINTENANCE, Cause.ASKED, None, to), request_id="request-1"),
        "cancellation-moving": mail(Letter.CANCELLATION, Cause.MOVING, gone, to),
        "text-instead": replace(mail(Letter.TEXT_INSTEAD, Cause.DUE, to=to), instead_of=text(TextLetter.OPTED_OUT, to)),
        **_of_attendance(gone, to),
    }


def _of_attendance(gone: SessionFacts, to: Attendee) -> dict[str, CustomerMail]:
    close, reason = STARTS_AT + timedelta(minutes=15), "The line was down on our side."
    once_more = replace(mail(Letter.ARE_YOU_COMING, Cause.ONCE_MORE, gone, to), until=close + timedelta(minutes=15))
    return {
        "are-you-coming": replace(mail(Letter.ARE_YOU_COMING, Cause.DUE, gone, to), until=close),
        "are-you-coming-once-more": once_more,
        "staff-late": mail(Letter.STAFF_LATE, Cause.DUE, gone, to),
        "shifted": replace(mail(Letter.SHIFTED, Cause.DUE, gone, to), until=close),
        "outcome-no-show": mail(Letter.OUTCOME, Cause.NO_SHOW, gone, to),
        "outcome-attended": mail(Letter.OUTCOME, Cause.ATTENDED, gone, to),
        "outcome-excused": replace(mail(Letter.OUTCOME, Cause.EXCUSED, gone, to), words=reason),
        "objection-answer": mail(Letter.OBJECTION_ANSWER, Cause.NO_SHOW, gone, to),
        "objection-answer-excused": mail(Letter.OBJECTION_ANSWER, Cause.EXCUSED, gone, to),
    }


SUSPENDED_UNTIL = datetime(2027, 1, 31, 5, 0, tzinfo=UTC)
"""Midnight in New York: the 30th is the last day."""
MISSED = (PastSession("session-0", STARTS_AT - timedelta(days=120)), PastSession("session-1", STARTS_AT))


def standing_mails(to: Attendee = ADA) -> dict[str, StandingMail]:
    """Every letter about somebody's standing."""
    warning = StandingMail(
        Letter.WARNING,
        to,
        ISSUED_AT,
        sessions=MISSED[1:],
        months=6,
        days=60,
        no_shows=2,
        fee_cents=10_000,
        currency="USD",
    )
    suspension = after_mail(warning, letter=Letter.SUSPENSION, sessions=MISSED, suspended_until=SUSPENDED_UNTIL)
    same_day = StandingMail(
        Letter.SAME_DAY, to, ISSUED_AT, "Analytical Engines, Inc.", (*MISSED, MISSED[0]), days=30, no_shows=3
    )
    return {
        "warning": warning,
        "warning-strict": after_mail(warning, months=1, no_shows=3),
        "suspension": suspension,
        "suspension-wait": after_mail(suspension, fee_cents=None, currency=""),
        "suspension-payment": after_mail(suspension, suspended_until=None, fee_cents=9_950),
        "reinstated": StandingMail(Letter.REINSTATED, to, ISSUED_AT, by="payment"),
        "reinstated-by-staff": StandingMail(Letter.REINSTATED, to, ISSUED_AT, by="staff"),
        "reversal": StandingMail(Letter.REVERSAL, to, ISSUED_AT, sessions=MISSED[1:], lifts=True),
        "reversal-warning": StandingMail(Letter.REVERSAL, to, ISSUED_AT, sessions=MISSED[1:]),
        "same-day": same_day,
    }


def after_mail(mail: StandingMail, **changed: Any) -> StandingMail:
    return replace(mail, **changed)
