"""What would a customer get? Every kind of mail about a made-up session of a desk, as the bytes that would go out.

Its links are signed with a secret of nobody, so they lead nowhere; nothing is read or written but the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from pathlib import Path
from zoneinfo import ZoneInfo

from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Channel, Desk, DialIn, JoinData, Room, SessionType, Topic
from syncd.domain.effect import CustomerMail, Effect, EffectKind, SessionFacts
from syncd.domain.keys import session_key, short_code
from syncd.domain.letters import Cause, Letter, Method
from syncd.domain.people import Attendee, StaffMember
from syncd.domain.terms import Terms
from syncd.engine.compose import compose
from syncd.ports.errors import Misconfigured
from syncd.runtime.keys import InstallationKeys
from syncd.runtime.picture import photograph

DAYS_AHEAD, FRIDAY = 7, 4
_METHODS = {Letter.INVITATION: Method.REQUEST, Letter.UPDATE: Method.REQUEST, Letter.CANCELLATION: Method.CANCEL}
KINDS: Mapping[str, tuple[Letter, Cause]] = {
    "invitation": (Letter.INVITATION, Cause.BOOKED),
    "invitation-by-staff": (Letter.INVITATION, Cause.BOOKED_BY_STAFF),
    "update": (Letter.UPDATE, Cause.MOVED_BY_CUSTOMER),
    "update-by-staff": (Letter.UPDATE, Cause.MOVED_BY_STAFF),
    "restored": (Letter.UPDATE, Cause.RESTORED),
    "cancellation": (Letter.CANCELLATION, Cause.CANCELLED_BY_CUSTOMER),
    "cancellation-by-staff": (Letter.CANCELLATION, Cause.CANCELLED_BY_STAFF),
    "declined": (Letter.CANCELLATION, Cause.DECLINED),
    "reminder": (Letter.REMINDER_FIRST, Cause.DUE),
    "reminder-last": (Letter.REMINDER_LAST, Cause.DUE),
    "refusal": (Letter.REFUSAL, Cause.TOO_LATE),
    "refusal-not-possible": (Letter.REFUSAL, Cause.NOT_POSSIBLE),
    "links": (Letter.LINKS, Cause.ASKED),
    "code": (Letter.CODE, Cause.ASKED),
    "lapsed": (Letter.LAPSED, Cause.DUE),
}
_REFUSED = {Cause.TOO_LATE: AnswerCode.TOO_LATE, Cause.NOT_POSSIBLE: AnswerCode.SLOT_TAKEN}
_KEYS = InstallationKeys(["preview-preview-preview-preview-preview-preview"])

SAMPLE_DESK = Desk(
    id="sample",
    name="Lantern Software Support",
    organizer="support@lantern.example",
    organizer_name="Lantern Software Support",
    base_url="https://sessions.lantern.example",
    zone="America/New_York",
    staff=(StaffMember("dana", "Dana Reyes", "dana@lantern.example", "America/New_York", "calendar"),),
    types=(SessionType("screen", "Screen sharing session", Channel.ONLINE, ("dana",), ("room",)),),
    rooms=(
        Room(
            "room",
            JoinData(
                join_url="https://meet.lantern.example/room",
                conference_id="500 554 260#",
                conference_digits="500554260",
                numbers=(
                    DialIn("+15713173122", "US"),
                    DialIn("+493025550123", "DE"),
                    DialIn("+33187210241", "FR"),
                    DialIn("+34911980020", "ES"),
                ),
                call_in_page="https://meet.lantern.example/room/numbers",
                room_code="K7-Q4-ZT",
                app_url="https://meet.lantern.example/app",
                macos_url="https://meet.lantern.example/macos",
            ),
        ),
    ),
    topics=(Topic("question", "A question or a problem", "Have the app open at the place where it happens."),),
    support_email="help@lantern.example",
)
"""For whoever has no configuration yet."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files; `why` says why there is a page in place of a picture."""

    files: tuple[Path, ...]
    why: str = ""


def write(kind: str, to: Path, desk: Desk, *, locale: str, zone: str, now: datetime, width: int, dark: bool) -> Written:
    """`<to>.eml`, and beside it a picture of its HTML; the HTML itself where no browser can take one."""
    raw = compose(_effect(kind, desk, locale, zone, now), desk, _KEYS)
    base = to.with_suffix("") if to.suffix in (".eml", ".png", ".html") else to
    mail, picture, page = (base.with_name(base.name + suffix) for suffix in (".eml", ".png", ".html"))
    try:
        mail.write_bytes(raw)
        html = _html(raw)
        why = photograph(html, picture, width=width, dark=dark)
        if not why:
            return Written((mail, picture))
        page.write_text(html, "utf-8")
    except OSError as error:
        raise Misconfigured(f"{to} cannot be written: {error.strerror}", hint="Name a place with --to.") from None
    return Written((mail, page), why)


def _effect(kind: str, desk: Desk, locale: str, zone: str, now: datetime) -> Effect:
    body = sample_mail(kind, desk, locale, zone, now)
    return Effect(
        "preview", EffectKind.MAIL_CUSTOMER, session_key("preview"), 1, "", body.to.email, body, body.issued_at, None
    )


def sample_mail(kind: str, desk: Desk, locale: str, zone: str, now: datetime) -> CustomerMail:
    """The mail of that kind, with all that such a mail can carry."""
    letter, cause = KINDS[kind]
    method = _METHODS.get(letter)
    to = Attendee("Robin Sample", "robin@customer.example", zone, locale)
    facts = _facts(desk, to, now)
    if letter is Letter.CANCELLATION:
        facts = replace(facts, cancel_until=None, text_until=None)
    if letter is Letter.REFUSAL:
        facts = replace(facts, cancel_until=None)
    if cause is Cause.DECLINED:
        facts = replace(facts, rebook_until=facts.starts_at)
    moved = letter is Letter.UPDATE and cause is not Cause.RESTORED
    return CustomerMail(
        letter=letter,
        cause=cause,
        to=to,
        facts=None if letter in (Letter.LINKS, Letter.CODE) else facts,
        issued_at=now,
        method=method,
        sequence={Letter.UPDATE: 1, Letter.CANCELLATION: 2}.get(letter, 0),
        dtstamp=now if method else None,
        former_starts_at=facts.starts_at - timedelta(days=1) if moved else None,
        refused=_REFUSED.get(cause),
        sessions=(facts,) if letter is Letter.LINKS else (),
        about=facts.company_name if letter is Letter.CODE else "",
        company_code="HARB-4711" if letter is Letter.CODE else "",
    )


def _facts(desk: Desk, to: Attendee, now: datetime) -> SessionFacts:
    """A session on a working day in a week, at ten o'clock; the desk's first type, staff member, room and topic."""
    terms, kind, member = Terms(), desk.types[0], desk.staff[0]
    day = (now + timedelta(days=DAYS_AHEAD)).astimezone(ZoneInfo(member.zone)).date()
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > FRIDAY else 0)
    starts_at = datetime.combine(day, time(10), ZoneInfo(member.zone)).astimezone(UTC)
    room = next((r for r in desk.rooms if r.id in kind.rooms), None)
    return SessionFacts(
        session_id="preview",
        uid="00000000-0000-4000-8000-000000000000",
        type_name=kind.name,
        channel=kind.channel,
        starts_at=starts_at,
        ends_at=starts_at + kind.length,
        staff_id=member.id,
        staff_name=member.name,
        company_name="Harbor Lane Clinic",
        booker=to,
        attendees=(to,),
        join=room.join if room else None,
        issue="After the update, reports print twice.",
        topic=desk.topics[0] if desk.topics else None,
        cancel_until=starts_at - terms.cancel_cutoff,
        text_until=starts_at - terms.text_cutoff if desk.texting_number else None,
        no_show_months=terms.no_show_months,
        suspension_days=terms.suspension_days,
        code=short_code("preview") if desk.texting_number else "",
    )


def _html(raw: bytes) -> str:
    part = next(part for part in message_from_bytes(raw).walk() if part.get_content_type() == "text/html")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes), "our own HTML part is no multipart"
    return payload.decode("utf-8")
