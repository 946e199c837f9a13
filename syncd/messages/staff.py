"""What do we write to staff? Questions with links to answer by (N8), and notices of what they should know (K6, E12 …).

In the desk's own locale, times in the staff member's zone.
"""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.effect import SessionFacts, StaffMail
from syncd.domain.keys import split_key
from syncd.domain.session import Choice, Question, QuestionKind
from syncd.messages import markup, numbers, plain
from syncd.messages.catalogue import Locale, locale
from syncd.messages.parts import Block, Button, Letter, Parts, Row, Rows, Say, Section, TimeBox
from syncd.messages.when import When, zone_of

SAID = frozenset({"words", "claim", "question.request", "question.counter"})
"""Topics whose detail is somebody's own words."""


NAMED = {QuestionKind.HELD_DELETIONS: "staff.calendar", QuestionKind.ABSENCE: "staff.away"}
"""Questions whose detail names what they are about."""


def render(mail: StaffMail, choices: tuple[tuple[Choice, str], ...], desk: Desk) -> Parts:
    """The mail in words. `choices` are the answers to its question, each with the signed link that gives it."""
    words = locale(desk.locale)
    when = When(words, zone_of(mail.to_zone))
    topic = _topic(mail)
    letter = Letter(
        lang=words.tag,
        subject=_subject(mail, topic, words, when),
        sender=desk.name,
        headline=words.say(f"staff_headline.{topic}"),
        lead=_lead(mail, topic, words),
        time=_time_box(mail.facts, when) if mail.facts else None,
        sections=tuple(s for s in _sections(mail, choices, words, when, desk) if s is not None),
        footer=(words.say("staff.footer", desk=desk.name, name=mail.to_name),),
    )
    return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter))


def _topic(mail: StaffMail) -> str:
    """A question is worded by its kind, everything else by its letter."""
    return f"question.{mail.question.kind}" if mail.question is not None else str(mail.letter)


def _subject(mail: StaffMail, topic: str, words: Locale, when: When) -> str:
    pattern = words.say(f"staff_subject.{topic}")
    if mail.facts is None:
        return pattern if "{" not in pattern else words.first(f"staff_subject.{topic}.plain", "staff_subject.plain")
    return pattern.format(company=mail.facts.company_name, when=when.short_moment(mail.facts.starts_at))


def _lead(mail: StaffMail, topic: str, words: Locale) -> tuple[str, ...]:
    said = [words.say(f"staff_lead.{topic}")]
    if mail.repeated:
        said.append(words.say("staff.repeated"))
    return tuple(said)


def _time_box(facts: SessionFacts, when: When) -> TimeBox:
    return TimeBox(when.date(facts.starts_at), when.span(facts.starts_at, facts.ends_at), when.place(facts.starts_at))


def _sections(
    mail: StaffMail, choices: tuple[tuple[Choice, str], ...], words: Locale, when: When, desk: Desk
) -> tuple[Section | None, ...]:
    answer = _answer(mail, mail.question, choices, words, when, desk) if mail.question is not None else None
    known = _said(mail, words) if _topic(mail) in SAID else _known(mail, words)
    about = _session(mail.facts, words) if mail.facts else _person(mail, words, when)
    return (answer, _proposed(mail, words, when), known, about)


def _answer(
    mail: StaffMail,
    question: Question,
    choices: tuple[tuple[Choice, str], ...],
    words: Locale,
    when: When,
    desk: Desk,
) -> Section:
    blocks: list[Block] = [Button(words.say("staff.sheet"), sheet_at(desk, mail))] if is_sheet(mail) else []
    blocks += [
        Button(words.first(f"choice.{question.kind}.{choice}", f"choice.{choice}"), href) for choice, href in choices
    ]
    blocks.append(Say(words.say("staff.answer_note"), quiet=True))
    if question.due_at is not None:
        reference = mail.facts.starts_at if mail.facts else question.due_at
        deadline = when.deadline(question.due_at, reference)
        blocks.append(Say(words.say("staff.due", deadline=deadline)))
    else:
        blocks.append(Say(words.say("staff.unanswered"), quiet=True))
    return Section(words.say("staff.answer"), tuple(blocks))


def is_sheet(mail: StaffMail) -> bool:
    return mail.question is not None and mail.question.kind is QuestionKind.ABSENCE


def sheet_at(desk: Desk, mail: StaffMail) -> str:
    """Where the sessions of who is away stand on one sheet (K12); behind the sign-in."""
    assert mail.subject_key is not None, "a question has a subject"
    return f"{desk.base_url.rstrip('/')}/desk/absences?staff={split_key(mail.subject_key)[1]}"


def _said(mail: StaffMail, words: Locale) -> Section | None:
    """What somebody wrote, line by line, as it came."""
    lines = tuple(Say(line.strip()) for line in mail.detail.splitlines() if line.strip())
    return Section(words.say("staff.said"), lines) if lines else None


def _proposed(mail: StaffMail, words: Locale, when: When) -> Section | None:
    """The time that a customer proposes (C6)."""
    question = mail.question
    if question is None or question.proposed is None:
        return None
    span = question.proposed
    said = f"{when.date(span.starts_at)}, {when.span(span.starts_at, span.ends_at)}"
    rows = (Row(words.say("staff.proposed"), said), Row(words.say("staff.by"), question.by))
    return Section(words.say("staff.proposed"), (Rows(rows),))


def _known(mail: StaffMail, words: Locale) -> Section | None:
    """What was seen, in the words of who saw it, and what can be done."""
    label = NAMED.get(mail.question.kind, "staff.why") if mail.question is not None else "staff.why"
    pairs = ((label, mail.detail), ("staff.hint", mail.hint))
    rows = tuple(Row(words.say(key), value) for key, value in pairs if value)
    return Section(words.say("staff.known"), (Rows(rows),)) if rows else None


def _person(mail: StaffMail, words: Locale, when: When) -> Section | None:
    """Whom it is about, and the sessions that it rests on (S1, C8, E11), or that wait for somebody (K12)."""
    if is_sheet(mail):
        booked = tuple(Row(when.moment(past.at), past.company_name) for past in mail.sessions)
        return Section(words.say("staff.about"), (Rows(booked),))
    rows = [Row(words.say("staff.company"), mail.company_name)] if mail.company_name else []
    if mail.person is not None:
        named = f"{mail.person.name} <{mail.person.email}>"
        rows.append(Row(words.say("staff.person"), named, f"mailto:{mail.person.email}"))
    review = mail.question is not None and mail.question.kind is QuestionKind.REVIEW
    label = words.say("staff.changed" if review else "staff.missed")
    rows += [Row(label, when.moment(past.at)) for past in mail.sessions]
    return Section(words.say("staff.about"), (Rows(tuple(rows)),)) if rows else None


def _session(facts: SessionFacts, words: Locale) -> Section:
    booker = facts.booker
    pairs = (
        ("staff.company", facts.company_name, None),
        ("staff.contact", f"{booker.name} <{booker.email}>" if booker.name else booker.email, f"mailto:{booker.email}"),
        ("staff.mobile", numbers.shown(booker.mobile, None) if booker.mobile else "", f"tel:{booker.mobile}"),
        ("staff.question", facts.issue, None),
    )
    rows = tuple(Row(words.say(key), value, href) for key, value, href in pairs if value)
    return Section(words.say("staff.session"), (Rows(rows),))
