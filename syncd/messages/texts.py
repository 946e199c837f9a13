"""What do we text to a customer? Short words in their language, with the booking's code and instants (SMS-6, C9, A3).
And to staff: what waits for them, and the link that shows it (N8).

Two parts at most in the GSM 7-bit alphabet (3GPP TS 23.038): a part holds 153 characters of it, and 67 of any other.
Names are spelled in that alphabet where they can be; where they cannot, the text is longer, not wrong.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime

from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerText, StaffText
from syncd.domain.letters import TextLetter
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import Links
from syncd.messages.tidy import one_line
from syncd.messages.when import When, zone_of

NAME_MAX = 28
"""Characters of a name in a text."""

LISTED_MAX = 3
"""Sessions that one text lists; whoever has more finds them in the mail."""

OFF = frozenset({TextLetter.CANCELLED, TextLetter.MOVE, TextLetter.NOT_POSSIBLE})
"""Texts after which there is no session to join."""

SINGLE = 160, 70
PART = 153, 67
"""Characters of a text of one part, and of each part of a longer one: in the GSM alphabet, and in any other."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")  # two places each
_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "}
)


def words(text: CustomerText, links: Links, desk: Desk) -> str:
    """The text as it is sent. `links` are those of its session, for its booker."""
    said = locale(text.locale)
    when = When(said, zone_of(text.zone))
    return spelled(_said(text, links, desk, said, when))


def words_to_staff(text: StaffText, link: str, desk: Desk) -> str:
    """The question as its mail puts it, whom it is about, and the link; in the desk's language."""
    said = locale(desk.locale)
    when = When(said, zone_of(text.zone))
    facts = text.facts
    about = f"{_name(facts.company_name)}, {when.short_moment(facts.starts_at)}" if facts else _name(text.about)
    what = said.say(f"staff_headline.question.{text.question.kind}")
    pattern = "staff_text.repeated" if text.repeated else "staff_text.asked"
    return spelled(said.say(pattern, what=what, about=f" {about}" if about else "", page=link))


def _said(text: CustomerText, links: Links, desk: Desk, said: Locale, when: When) -> str:
    facts = text.facts
    values: dict[str, object] = {
        "desk": _name(desk.name),
        "staff": _name(facts.staff_name) if facts else "",
        "start": _start(text, when),
        "until": when.deadline(text.until, facts.starts_at if facts else text.until) if text.until else "",
        "change": when.deadline(facts.text_until, facts.starts_at) if facts and facts.text_until else "",
        "code": text.code,
        "page": links.session,
        "reschedule": links.reschedule,
        "book": links.book,
        "list": "; ".join(
            said.say("text.which-one.each", code=each.code, start=_at(each.starts_at, each.zone, said))
            for each in text.candidates[:LISTED_MAX]
        ),
    }
    key = f"text.{text.letter}"
    return said.first(*_variants(text, key), key, **values)


def _variants(text: CustomerText, key: str) -> tuple[str, ...]:
    """Other words where the text turns on an instant, or where a change by text is still possible (C2)."""
    if text.until is not None:
        return (f"{key}.until",)
    return (f"{key}.change",) if text.facts is not None and text.facts.text_until is not None else ()


def _start(text: CustomerText, when: When) -> str:
    """The hour alone where the session is going on, the day with it elsewhere."""
    if text.facts is None:
        return ""
    running = text.letter in (TextLetter.ARE_YOU_COMING, TextLetter.STILL_THERE)
    at = text.facts.starts_at
    return f"{when.time(at)} {when.zone_name(at)}" if running else when.short_moment(at)


def _at(at: datetime, zone: str, said: Locale) -> str:
    return When(said, zone_of(zone)).short_moment(at)


def _name(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= NAME_MAX else f"{name[: NAME_MAX - 3].rstrip()}..."


def spelled(text: str) -> str:
    """In the GSM alphabet, as far as that says the same: typographic signs and accents that it lacks are left out."""
    return "".join(_letter(character) for character in text.translate(_PLAIN))


def _letter(character: str) -> str:
    if character in _GSM or character in _GSM_TWICE:
        return character
    bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return bare if bare and all(c in _GSM for c in bare) else character


def parts(text: str) -> int:
    """How many parts it is sent in, each of them paid for."""
    if all(c in _GSM or c in _GSM_TWICE for c in text):
        length, kind = len(text) + sum(1 for c in text if c in _GSM_TWICE), 0
    else:
        length, kind = len(text.encode("utf-16-be")) // 2, 1
    return 1 if length <= SINGLE[kind] else -(-length // PART[kind])
