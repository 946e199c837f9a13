"""Have staff marked this event to become a session? The desk's mark, and whom the event names (K7); pure.

What is read here is dropped, but for the title after the mark, the addresses and the words that may be codes (CAL-10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from syncd.domain.desk import Marks
from syncd.domain.people import normal_email

EMAILS_MAX = 20
CODES_MAX = 40
TAGS_MAX = 50
TITLE_MAX = 200

_EMAIL = re.compile(r"[A-Z0-9][A-Z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@(?:[A-Z0-9-]{1,63}\.){1,8}[A-Z]{2,63}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[^\W_]|-(?=[^\W_])){2,39}")
_TAG = re.compile(r"(?<![\w#&/])#[^\W\d_][\w-]{1,30}")
_AROUND = ".,;:!?()[]"


@dataclass(frozen=True, slots=True)
class Words:
    """What a person has written on an event."""

    subject: str
    notes: str
    categories: tuple[str, ...]

    @property
    def both(self) -> str:
        return f"{self.subject}\n{self.notes}"


def marked_title(marks: Marks, words: Words) -> str | None:
    """The title without the mark; None where the event carries none. Any one suffices; compared without case."""
    title = " ".join(words.subject.split())
    prefix, tag, category = marks.title_prefix.casefold(), marks.tag.casefold(), marks.category.casefold()
    if prefix and title.casefold().startswith(prefix):
        return _without_tag(title[len(prefix) :], tag)[:TITLE_MAX]
    tagged = tag and any(word.strip(_AROUND) == tag for word in words.both.casefold().split())
    sorted_so = category and any(" ".join(each.split()).casefold() == category for each in words.categories)
    return _without_tag(title, tag)[:TITLE_MAX] if tagged or sorted_so else None


def emails_in(words: Words, guests: Iterable[str], staff_email: str) -> tuple[str, ...]:
    """In the order in which they are named: title, notes, guests; the first is the booker (CAL-13)."""
    named = [normal_email(each) for each in _EMAIL.findall(words.both)]
    staff = normal_email(staff_email)
    return tuple(dict.fromkeys(each for each in (*named, *guests) if each != staff))[:EMAILS_MAX]


def codes_in(title: str, words: Words) -> tuple[str, ...]:
    """Words that may be company codes: with a digit, or all in capitals. Addresses are taken out first."""
    found = _WORD.findall(_EMAIL.sub(" ", f"{title}\n{words.notes}"))
    return tuple(dict.fromkeys(w for w in found if any(c.isdigit() for c in w) or w.isupper()))[:CODES_MAX]


def tags_in(words: Words) -> tuple[str, ...]:
    """The #tags of staff, in small letters, each once, in order (K8)."""
    return tuple(dict.fromkeys(tag.casefold() for tag in _TAG.findall(words.both)))[:TAGS_MAX]


def _without_tag(title: str, tag: str) -> str:
    return " ".join(word for word in title.split() if not tag or word.casefold().strip(_AROUND) != tag)
