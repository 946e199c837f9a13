"""What does a message consist of? A letter as blocks, before it becomes text, HTML or a calendar's description.

Every message is built once from these and rendered by `plain` and `markup`; pages can take the same blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.messages.numbers import Dial


@dataclass(frozen=True, slots=True)
class Links:
    """The recipient's own links of one session; each opens a page and changes nothing by being opened (C7)."""

    session: str
    cancel: str
    reschedule: str
    restore: str
    book: str


@dataclass(frozen=True, slots=True)
class Say:
    """A paragraph. `quiet` for what is good to know but not needed now."""

    text: str
    quiet: bool = False
    kind: str = "say"


@dataclass(frozen=True, slots=True)
class Button:
    """What to press. `plain` for the lesser of two; `shown`: the address stands below it in HTML too."""

    label: str
    href: str
    plain: bool = False
    shown: bool = False
    kind: str = "button"


@dataclass(frozen=True, slots=True)
class Figure:
    """What is read out or typed, in large figures."""

    label: str
    value: str
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, perhaps a link. `struck`: what no longer holds."""

    label: str
    value: str
    href: str | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    rows: tuple[Row, ...]
    kind: str = "rows"


@dataclass(frozen=True, slots=True)
class Steps:
    """Things to do, in order."""

    items: tuple[str, ...]
    kind: str = "steps"


Block = Say | Button | Figure | Rows | Steps


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TimeBox:
    """The session's time, to be seen in one glance. `former` is the time before a move; `doubt` the time in another
    zone that may be the reader's (N4); `void`: cancelled."""

    date: str
    span: str
    place: str
    former: str = ""
    doubt: str = ""
    void: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One whole message. `lang` for readers aloud; `sender` stands above the headline; `footer` below all."""

    lang: str
    subject: str
    sender: str
    headline: str
    lead: tuple[str, ...]
    time: TimeBox | None
    sections: tuple[Section, ...]
    footer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalendarText:
    """What the calendar object says in words: SUMMARY, DESCRIPTION, LOCATION, URL, and the numbers it prints."""

    summary: str
    description: str
    place: str
    url: str
    numbers: tuple[Dial, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """A message ready for the envelope. `calendar` only where it carries an invitation."""

    lang: str
    subject: str
    text: str
    html: str
    calendar: CalendarText | None = None

    @property
    def description(self) -> str:
        return self.calendar.description if self.calendar else ""
