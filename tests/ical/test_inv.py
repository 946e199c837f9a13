"""Does the checker see what is wrong? Good mails pass; one broken sample a rule, and the checker names that rule."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Cause, Letter, Method
from tests.ical import inv
from tests.messages import samples
from tests.messages.composing import composed, truth

INVITATION = samples.mail(Letter.INVITATION, Cause.BOOKED)
MOVED = samples.after(
    samples.FACTS,
    starts_at=samples.STARTS_AT + timedelta(hours=1),
    ends_at=samples.STARTS_AT + timedelta(hours=1, minutes=30),
)
UPDATE = replace(
    samples.mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER, MOVED), dtstamp=samples.ISSUED_AT + timedelta(hours=1)
)
CANCELLATION = replace(
    samples.mail(Letter.CANCELLATION, Cause.CANCELLED_BY_STAFF, MOVED), dtstamp=samples.ISSUED_AT + timedelta(hours=2)
)


def wrapped(ics: bytes) -> bytes:
    return b"\r\n".join(re.findall(rb".{1,76}", base64.b64encode(ics)))


def with_ics(raw: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The mail with another calendar object, in both places."""
    good = inv.ics_of(raw)
    bad = change(good)
    assert bad != good, "the sample is not broken"
    assert raw.count(wrapped(good)) == 2
    return raw.replace(wrapped(good), wrapped(bad))


def swap(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        assert old in whole, f"{old!r} is not there"
        return whole.replace(old, new, count)

    return change


def regex(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        changed, times = re.subn(pattern, new, whole, count=1)
        assert times == 1, f"{pattern!r} is not there"
        return changed

    return change


def unfolded(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """On the unfolded object, folded again (after 70 octets, all ASCII where it matters)."""

    def whole(ics: bytes) -> bytes:
        lines = change(ics.replace(b"\r\n ", b"")).decode().split("\r\n")
        return "\r\n".join(re.sub(r"(.{50})(?=.)", r"\1\r\n ", line) for line in lines).encode()

    return whole


@pytest.mark.parametrize("mail", [INVITATION, UPDATE, CANCELLATION], ids=["invitation", "update", "cancellation"])
def test_a_good_mail_breaks_no_rule(mail: CustomerMail) -> None:
    assert inv.check(composed(mail), truth(mail)) == []


@pytest.mark.parametrize(("name", "mail"), [(n, m) for n, m in samples.customer_mails().items() if m.method])
def test_every_calendar_mail_breaks_no_rule(name: str, mail: CustomerMail) -> None:
    assert inv.check(composed(mail), truth(mail)) == []


def test_a_good_life_breaks_no_rule() -> None:
    mails = [composed(mail) for mail in (INVITATION, UPDATE, CANCELLATION)]
    assert inv.check_life([mails[0], mails[0], *mails[1:], mails[1]]) == []


BROKEN_MAILS = [
    (1, "two calendar parts", swap(b"Content-Type: application/ics;", b"Content-Type: text/calendar;")),
    (1, "another method", swap(b"method=REQUEST", b"method=CANCEL")),
    (1, "no charset", swap(b"text/calendar; charset=utf-8", b"text/calendar")),
    (2, "calendar first", swap(b"text/plain; charset=utf-8", b"text/enriched; charset=utf-8")),
    (2, "an attachment", regex(rb"(text/calendar[^\n]*\n)", rb"\1Content-Disposition: attachment\r\n")),
    (
        3,
        "7bit",
        regex(rb"(text/calendar[^\n]*\n)Content-Transfer-Encoding: base64", rb"\1Content-Transfer-Encoding: 7bit"),
    ),
    (3, "the copy is no .ics", swap(b'filename="invite.ics"', b'filename="invite.txt"')),
    (4, "a bare LF", swap(b"\r\nSubject", b"\nSubject")),
    (4, "8 bit", swap(b"Your session is booked", "Your séssion is booked".encode())),
    (4, "a line without end", swap(b"Your session is booked", b"x" * 999)),
    (5, "two recipients", swap(b"To: Ada Lovelace <ada@", b"To: bob@customer.example, Ada Lovelace <ada@")),
    (5, "a stranger", swap(b"To: Ada Lovelace <ada@", b"To: Ada Lovelace <eve@")),
    (6, "another sender", swap(b"<support@desk.example>", b"<other@desk.example>")),
    (7, "no Message-ID", regex(rb"Message-ID: [^\r]*\r\n", b"")),
    (8, "no Date", regex(rb"Date: [^\r]*\r\n", b"")),
    (8, "no zone in the subject", swap(b", 10:00 EST", b", 10:00")),
    (8, "a word of no kind", swap(b"Subject: Invitation", b"Subject: Hello")),
    (8, "half the summary", swap(b"Subject: Invitation: Online support", b"Subject: Invitation: Online")),
    (9, "auto-replied", swap(b"auto-generated", b"auto-replied")),
    (10, "no conference ID in the text", swap(b"Conference ID: 500 554 260#", b"Conference ID: see above")),
    (10, "no number in the text", swap(b"(571) 317-3122", b"see above")),
]


@pytest.mark.parametrize(("rule", "name", "change"), BROKEN_MAILS, ids=[f"{r}-{n}" for r, n, _ in BROKEN_MAILS])
def test_the_checker_names_the_rule_that_a_mail_breaks(rule: int, name: str, change: Callable[[bytes], bytes]) -> None:
    broken = change(composed(INVITATION))
    assert rule in inv.rules(inv.check(broken, truth(INVITATION)))


FOLD = unfolded
BROKEN_OBJECTS = [
    (10, "no call-in link in the DESCRIPTION", FOLD(regex(rb"https://meet.example.com/numbers/500554260", b"soon"))),
    (11, "a bare LF", swap(b"\r\nUID", b"\nUID")),
    (11, "no end", lambda ics: ics.removesuffix(b"\r\n")),
    (11, "a byte order mark", lambda ics: b"\xef\xbb\xbf" + ics),
    (11, "Latin-1", swap("“".encode(), b"\x93")),
    (12, "a long line", lambda ics: ics.replace(b"\r\n ", b"")),
    (12, "a cut character", swap("“".encode(), b"\xe2\r\n \x80\x9c")),
    (13, "a control character", swap(b"SUMMARY:Online", b"SUMMARY:\x07Online")),
    (14, "no END", swap(b"END:VEVENT\r\n", b"")),
    (14, "two calendars", lambda ics: ics + ics),
    (14, "a line of no name", swap(b"STATUS:", b" :\r\n:STATUS:")),
    (15, "a bare comma", FOLD(swap(b"SUMMARY:Online", b"SUMMARY:Hello, Online"))),
    (15, "a bare semicolon", FOLD(swap(b"SUMMARY:Online", b"SUMMARY:Hello; Online"))),
    (15, "an escape of nothing", FOLD(swap(b"SUMMARY:Online", b"SUMMARY:\\xOnline"))),
    (15, "an escaped URI", FOLD(swap(b"URL:https", b"URL:\\https"))),
    (16, "a bare colon in CN", FOLD(swap(b'CN="Ada Lovelace"', b"CN=Dr: Ada"))),
    (16, "a bare comma in CN", FOLD(swap(b'CN="Ada Lovelace"', b"CN=Lovelace, Ada"))),
    (16, "a bare semicolon in CN", FOLD(swap(b'CN="Ada Lovelace"', b"CN=Ada; Lovelace"))),
    (16, "a quotation mark in CN", FOLD(swap(b'CN="Ada Lovelace"', b'CN="Ada "the" L"'))),
    (16, "a circumflex of nothing", FOLD(swap(b'CN="Ada Lovelace"', b'CN="Ada ^x"'))),
    (17, "no VERSION", swap(b"VERSION:2.0\r\n", b"")),
    (17, "an invented METHOD", swap(b"METHOD:REQUEST", b"METHOD:INVITE")),
    (17, "two PRODIDs", swap(b"METHOD:", b"PRODID:x\r\nMETHOD:")),
    (17, "another calendar scale", swap(b"METHOD:", b"CALSCALE:JULIAN\r\nMETHOD:")),
    (18, "another component", swap(b"END:VCALENDAR", b"BEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\nEND:VCALENDAR")),
    (
        18,
        "two UIDs",
        lambda ics: ics.replace(b"END:VCALENDAR", _event(ics).replace(b"UID:6", b"UID:7") + b"END:VCALENDAR"),
    ),
    (19, "no DTSTAMP", regex(rb"DTSTAMP:[^\r]*\r\n", b"")),
    (19, "two SUMMARYs", swap(b"SUMMARY:", b"SUMMARY:x\r\nSUMMARY:")),
    (20, "a local DTSTAMP", regex(rb"(DTSTAMP:[^Z]*)Z", rb"\1")),
    (20, "a local CREATED", swap(b"STATUS:", b"CREATED:20261120T093000\r\nSTATUS:")),
    (21, "DURATION too", swap(b"STATUS:", b"DURATION:PT30M\r\nSTATUS:")),
    (21, "no end", regex(rb"DTEND:[^\r]*\r\n", b"")),
    (21, "an end before the start", swap(b"DTEND:20261201T153000Z", b"DTEND:20261201T143000Z")),
    (21, "another time", swap(b"DTSTART:20261201T150000Z", b"DTSTART:20261201T151500Z")),
    (22, "a floating start", swap(b"DTSTART:20261201T150000Z", b"DTSTART:20261201T150000")),
    (22, "a zone", swap(b"DTSTART:20261201T150000Z", b"DTSTART;TZID=Europe/Berlin:20261201T160000")),
    (22, "a VTIMEZONE", swap(b"BEGIN:VEVENT", b"BEGIN:VTIMEZONE\r\nTZID:UTC\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT")),
    (25, "no mailto", FOLD(swap(b":mailto:ada@", b":ada@"))),
    (25, "no ASCII", FOLD(swap(b"mailto:ada@", "mailto:adä@".encode()))),
    (25, "the organizer is invited", FOLD(swap(b"mailto:ada@customer.example", b"mailto:support@desk.example"))),
    (26, "no RSVP", FOLD(swap(b";RSVP=TRUE", b""))),
    (26, "no ROLE", FOLD(swap(b";ROLE=REQ-PARTICIPANT", b""))),
    (26, "an invented PARTSTAT", FOLD(swap(b"PARTSTAT=NEEDS-ACTION", b"PARTSTAT=MAYBE"))),
    (26, "another PARTSTAT than known", FOLD(swap(b"PARTSTAT=NEEDS-ACTION", b"PARTSTAT=ACCEPTED"))),
    (27, "a negative SEQUENCE", swap(b"SEQUENCE:0", b"SEQUENCE:-1")),
    (27, "a huge SEQUENCE", swap(b"SEQUENCE:0", b"SEQUENCE:2147483648")),
    (28, "a cancelled REQUEST", swap(b"STATUS:CONFIRMED", b"STATUS:CANCELLED")),
    (28, "a confirmed CANCEL", swap(b"METHOD:REQUEST", b"METHOD:CANCEL")),
    (29, "another place", FOLD(swap(b"LOCATION:https://meet", b"LOCATION:https://sessions"))),
    (29, "a redirect", FOLD(swap(b"\r\nURL:https://meet", b"\r\nURL:https://sessions"))),
    (30, "no VALUE", FOLD(swap(b"CONFERENCE;VALUE=URI;", b"CONFERENCE;"))),
    (30, "a quoted FEATURE", FOLD(swap(b"FEATURE=AUDIO,VIDEO", b'FEATURE="AUDIO,VIDEO"'))),
    (30, "an unencoded number sign", FOLD(swap(b"%23", b"#"))),
    (30, "no link", FOLD(regex(rb"CONFERENCE[^\r]*:https[^\r]*\r\n", b""))),
    (31, "half an alarm", swap(b"END:VEVENT", b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT")),
    (33, "Microsoft's sequence", swap(b"STATUS:", b"X-MICROSOFT-CDO-APPT-SEQUENCE:0\r\nSTATUS:")),
    (33, "a schedule agent", FOLD(swap(b";RSVP=TRUE", b";RSVP=TRUE;SCHEDULE-AGENT=CLIENT"))),
    (33, "the host's link", swap(b"STATUS:", b"X-HOST:https://meet.example.com/host/secret\r\nSTATUS:")),
    (33, "another attendee", swap(b"STATUS:", b"COMMENT:bernd@customer.example comes too\r\nSTATUS:")),
]


def _event(ics: bytes) -> bytes:
    return ics[ics.index(b"BEGIN:VEVENT") : ics.index(b"END:VCALENDAR")]


@pytest.mark.parametrize(("rule", "name", "change"), BROKEN_OBJECTS, ids=[f"{r}-{n}" for r, n, _ in BROKEN_OBJECTS])
def test_the_checker_names_the_rule_that_a_calendar_object_breaks(
    rule: int, name: str, change: Callable[[bytes], bytes]
) -> None:
    broken = with_ics(composed(INVITATION), change)
    assert rule in inv.rules(inv.check(broken, truth(INVITATION)))


def test_the_copy_must_be_the_same_object() -> None:
    raw = composed(INVITATION)
    place = raw.rindex(wrapped(inv.ics_of(raw)))
    broken = (
        raw[:place]
        + wrapped(inv.ics_of(raw).replace(b"CONFIRMED", b"TENTATIVE"))
        + b"\r\n--"
        + raw[place:].split(b"\r\n--")[1]
    )
    assert 3 in inv.rules(inv.check(broken, truth(INVITATION)))


def test_an_update_outside_the_thread_is_named() -> None:
    broken = regex(rb"In-Reply-To: [^\r]*\r\n", b"")(composed(UPDATE))
    assert inv.rules(inv.check(broken, truth(UPDATE))) == {7}


def later(mail: CustomerMail, **values: Any) -> CustomerMail:
    """The mail again, a day after everything else."""
    return replace(mail, dtstamp=samples.ISSUED_AT + timedelta(days=1), **values)


def changed(mail: CustomerMail, change: Callable[[bytes], bytes]) -> bytes:
    return with_ics(composed(mail), change)


BROKEN_LIVES = [
    (34, "a move under the old SEQUENCE", [INVITATION, replace(UPDATE, sequence=0, ordinal=1)]),
    (34, "two steps at once", [INVITATION, replace(UPDATE, sequence=2)]),
    (34, "DTSTAMP stands still", [INVITATION, replace(UPDATE, dtstamp=INVITATION.dtstamp)]),
    (34, "another UID", [INVITATION, replace(UPDATE, facts=samples.after(MOVED, uid="another"))]),
    (35, "a cancellation at the last SEQUENCE", [INVITATION, UPDATE, replace(CANCELLATION, sequence=1, ordinal=1)]),
    (35, "another time", [INVITATION, UPDATE, replace(CANCELLATION, facts=samples.FACTS)]),
    (37, "an update below the cancellation", [INVITATION, CANCELLATION, later(UPDATE)]),
    (37, "cancelled twice", [INVITATION, CANCELLATION, later(CANCELLATION, sequence=3)]),
    (38, "unchanged under a new SEQUENCE", [INVITATION, later(INVITATION, sequence=1, ordinal=1)]),
    (38, "unchanged with the old DTSTAMP", [INVITATION, replace(INVITATION, ordinal=1)]),
]


@pytest.mark.parametrize(("rule", "name", "mails"), BROKEN_LIVES, ids=[f"{r}-{n}" for r, n, _ in BROKEN_LIVES])
def test_the_checker_names_the_rule_that_a_life_breaks(rule: int, name: str, mails: list[CustomerMail]) -> None:
    assert rule in inv.rules(inv.check_life([composed(mail) for mail in mails]))


def test_one_message_id_for_two_messages_is_named() -> None:
    first = composed(INVITATION)
    assert inv.rules(inv.check_life([first, first.replace(b"Your session", b"Your Session")])) == {38}


def test_an_attendee_cancelled_under_another_name_is_named() -> None:
    other = with_ics(composed(CANCELLATION), unfolded(swap(b"mailto:ada@", b"mailto:eve@")))
    assert 35 in inv.rules(inv.check_life([composed(INVITATION), composed(UPDATE), other]))


def test_uninviting_one_with_a_status_is_named() -> None:
    raw = composed(CANCELLATION)
    assert inv.rules(inv.check(raw, truth(CANCELLATION, uninvited=True))) == {36}
    without = with_ics(raw, swap(b"STATUS:CANCELLED\r\n", b""))
    assert inv.check(without, truth(CANCELLATION, uninvited=True)) == []


def test_every_rule_that_is_built_has_a_broken_sample() -> None:
    shown = {rule for rule, _, _ in (*BROKEN_MAILS, *BROKEN_OBJECTS, *BROKEN_LIVES)}
    elsewhere = {36, 39}  # test_uninviting_one_…, test_the_same_state_…
    assert shown | elsewhere == set(range(1, 40)) - {23, 24, 32}


def test_the_same_state_composed_into_other_bytes_is_named() -> None:
    assert inv.check_same(composed(INVITATION), composed(INVITATION)) == []
    assert inv.rules(inv.check_same(composed(INVITATION), composed(UPDATE))) == {39}


def test_an_alarm_in_a_cancellation_is_named() -> None:
    alarm = b"BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT"
    assert 31 in inv.rules(inv.check(changed(CANCELLATION, swap(b"END:VEVENT", alarm)), truth(CANCELLATION)))


def test_a_method_other_than_the_parts_is_named() -> None:
    assert CANCELLATION.method is Method.CANCEL
    assert 1 in inv.rules(
        inv.check(changed(CANCELLATION, swap(b"METHOD:CANCEL", b"METHOD:REPLY")), truth(CANCELLATION))
    )
