"""Lives of sessions, made up: booked, moved, given to a colleague, cancelled, brought back; by people of any name, in
any zone and language, who type anything. The rules decide, the builder composes; one seed is one life."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from syncd.domain.effect import CustomerMail
from syncd.domain.evidence import CancelRequested, Payload, RescheduleRequested, RestoreRequested
from syncd.domain.people import Attendee, Side
from syncd.domain.session import SessionState
from syncd.engine.compose import calendar_part, session_links
from syncd.messages import customer
from tests.messages.composing import KEYS
from tests.policy.play import DESK, Play, asked, booking

LIFE_ACTS_MAX = 5
_ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Etc/GMT+5",
    "UTC",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Europe/London",
    "Pacific/Chatham",
]
_LOCALES = ("en", "en-US", "de", "fr", "es", "tlh")
_BEGUN = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 10, 12, 9, tzinfo=UTC))  # weeks before clocks change
_SIGNS = [
    ",",
    ";",
    "\\",
    '"',
    "^",
    ":",
    "\n",
    "\r\n",
    "\t",
    "\x07",
    "\u2028",
    "\u0301",
    "\u202e",
    "\U0001f989",
    "\u6f22",
]
_LOCAL_PART = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+/=?^_`{|}~-"


def life(seed: int) -> tuple[Play, list[CustomerMail]]:
    """The play at its end, and the calendar mails it sent to everyone, in order."""
    dice = random.Random(seed)
    carl, colleagues = _person(dice, 0), tuple(_person(dice, n + 1) for n in range(dice.choice((0, 0, 1, 3))))
    play = Play(now=dice.choice(_BEGUN), desk=replace(DESK, texting_number=dice.choice((None, "+15715550100"))))
    words = {"issue": _words(dice), "release": _words(dice)[:40]}
    while play.kept is None:  # midnight of the staff member's own clock is not offered
        starts_at, staff_id = _start(dice, play), dice.choice(("dana", "emil"))
        play.answers(booking(starts_at, staff_id, booker=carl, colleagues=colleagues, **words))
    play.performs()
    for _ in range(dice.randint(0, LIFE_ACTS_MAX)):
        play.now += timedelta(minutes=dice.randint(1, 300))
        play.sees(_act(dice, play, carl))
        play.performs()
    return play, [mail for mail in play.mails() if mail.method is not None]


def calendar_object(mail: CustomerMail, play: Play) -> bytes:
    """The mail's calendar object alone: without the mail around it, a thousand lives are a matter of seconds."""
    assert mail.facts is not None
    links = session_links(play.desk, KEYS, mail.facts.session_id, mail.to.email, mailed=True)
    words = customer.render(mail, links, play.desk).calendar
    assert words is not None
    return calendar_part(mail, words, play.desk, KEYS).content


def _act(dice: random.Random, play: Play, carl: Attendee) -> Payload:
    session = play.session
    assert session is not None
    if session.state is SessionState.CANCELLED:
        return RestoreRequested("link", Side.CUSTOMER, asked(session.starts_at, session.staff_id))
    if dice.random() < 0.3:
        return CancelRequested(dice.choice(("link", "calendar")), Side.CUSTOMER, carl.email)
    starts_at = dice.choice((session.starts_at, _start(dice, play), _start(dice, play)))
    staff_id = dice.choice(("dana", "emil"))
    return RescheduleRequested("link", Side.CUSTOMER, starts_at, staff_id, asked(starts_at, staff_id), carl.email)


def _start(dice: random.Random, play: Play) -> datetime:
    """A time on the grid, two hours to a month ahead; often at an hour when a clock changes somewhere."""
    day = play.now.replace(hour=0, minute=0) + timedelta(days=dice.randint(1, 28))
    sundays = [day + timedelta(days=n) for n in range(-6, 1) if (day + timedelta(days=n)).weekday() == 6]
    if dice.random() < 0.4 and sundays and sundays[0] > play.now + timedelta(hours=3):
        day = sundays[0]
    return day + timedelta(minutes=15 * dice.randrange(4 * 22))


def _person(dice: random.Random, number: int) -> Attendee:
    local = "".join(dice.choices(_LOCAL_PART, k=dice.randint(1, 30)))
    domain = dice.choice(("acme.example", "b\u00fccher.example", "mail.acme-tools.example"))
    mobile = dice.choice((None, "+12025550143", "+4915112345678"))
    return Attendee(_words(dice), f"{local}{number}@{domain}", dice.choice(_ZONES), dice.choice(_LOCALES), mobile)


def _words(dice: random.Random) -> str:
    """Mostly words; now and then whatever Unicode has, signs that mean something on the wire, or lines of 75 octets."""
    kind = dice.randrange(4)
    if kind == 0:
        return "Ada Lovelace"
    if kind == 1:
        return "".join(dice.choices(_SIGNS + list("ab \u00e9"), k=dice.randint(0, 60)))
    if kind == 2:
        return "x" * dice.randint(40, 90) + dice.choice(_SIGNS) * 9
    points = (dice.randrange(0x110000) for _ in range(dice.randint(0, 60)))
    return "".join(map(chr, points))
