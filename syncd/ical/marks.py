"""What have staff marked, and whom does it name? The desk's mark in an event's words (K7, K8).

For providers that are not read as iCalendar as well: title, notes and categories come as plain text. Nothing of them is
kept but what is returned here (CAL-10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from syncd.domain.desk import Marks
from syncd.domain.people import normal_email

TEXT_MAX = 20_000  # of one event; what comes after is not looked at
EMAILS_MAX = 20
CODES_MAX = 40
TAGS_MAX = 50

_EMAIL = re.compile(r"[A-Z0-9][A-Z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@(?:[A-Z0-9-]{1,63}\.){1,8}[A-Z]{2,63}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_](?:[^\W_]|-(?=[^\W_])){2,39}")
_TAG = re.compile(r"(?<![\w#&/])#[^\W\d_][\w-]{1,30}")
_AROUND = ".,;:!?()[]"


def marked_title(marks: Marks, title: str, notes: str, categories: Iterable[str] = ()) -> str | None:
    """The title without the mark; None where the event carries none. Any one mark suffices; compared without case."""
    title, notes = " ".join(title[:TEXT_MAX].split()), notes[:TEXT_MAX]
    prefix, tag, category = marks.title_prefix.casefold(), marks.tag.casefold(), marks.category.casefold()
    if prefix and title.casefold().startswith(prefix):
        return _without(tag, title[len(prefix) :])
    words = f"{title}\n{notes}".casefold().split()
    tagged = tag and any(word.strip(_AROUND) == tag for word in words)
    named = category and any(" ".join(each.split()).casefold() == category for each in categories)
    return _without(tag, title) if tagged or named else None


def emails_in(text: str) -> tuple[str, ...]:
    """The addresses of a text, each once, in order."""
    found = (normal_email(each) for each in _EMAIL.findall(text[:TEXT_MAX]))
    return tuple(dict.fromkeys(found))[:EMAILS_MAX]


def codes_in(text: str) -> tuple[str, ...]:
    """Words that may be company codes: with a digit, or all in capitals. Addresses are taken out first."""
    words = _WORD.findall(_EMAIL.sub(" ", text[:TEXT_MAX]))
    return tuple(dict.fromkeys(w for w in words if any(c.isdigit() for c in w) or w.isupper()))[:CODES_MAX]


def tags_in(text: str) -> tuple[str, ...]:
    """The #tags of staff, in small letters, each once, in order (K8)."""
    return tuple(dict.fromkeys(tag.casefold() for tag in _TAG.findall(text[:TEXT_MAX])))[:TAGS_MAX]


def _without(tag: str, title: str) -> str:
    return " ".join(word for word in title.split() if not tag or word.casefold().strip(_AROUND) != tag)
