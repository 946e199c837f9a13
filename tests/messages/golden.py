"""The mails as they were last looked at and found good. `python -m tests.messages.refresh` writes them anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from syncd.domain.letters import Letter
from syncd.engine.compose import compose, draft_of
from syncd.messages import customer, operator, staff, standing
from syncd.messages.parts import Parts
from tests.messages import notices, samples
from tests.messages.composing import KEYS, composed, effect

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
LOCALES = {
    "en": ("en", "America/New_York"),
    "de": ("de", "Europe/Berlin"),
    "fr": ("fr", "Europe/Paris"),
    "es": ("es", "Europe/Madrid"),
}
WHOLE = {
    "invitation": Letter.INVITATION,
    "update-by-staff": Letter.UPDATE,
    "cancellation-declined": Letter.CANCELLATION,
    "reminder-first": Letter.REMINDER_FIRST,
    "reminder-last": Letter.REMINDER_LAST,
    "refusal-too-late": Letter.REFUSAL,
    "links": Letter.LINKS,
    "code": Letter.CODE,
    "lapsed": Letter.LAPSED,
    "text-instead": Letter.TEXT_INSTEAD,
    "are-you-coming": Letter.ARE_YOU_COMING,
    "staff-late": Letter.STAFF_LATE,
    "shifted": Letter.SHIFTED,
    "outcome-no-show": Letter.OUTCOME,
    "objection-answer": Letter.OBJECTION_ANSWER,
    "counter-declined": Letter.COUNTER_DECLINED,
    "receipt": Letter.RECEIPT,
    "no-maintenance": Letter.NO_MAINTENANCE,
    "warning": Letter.WARNING,
    "suspension": Letter.SUSPENSION,
    "reinstated": Letter.REINSTATED,
    "reversal": Letter.REVERSAL,
    "same-day": Letter.SAME_DAY,
    "return-call": Letter.RETURN_CALL,
    "call-over-not-reached": Letter.CALL_OVER,
    "cleared": Letter.CLEARED,
}
"""Of each letter one whole mail; of the other causes subject and text."""


SOME = frozenset(
    {
        "invitation.eml", "update-by-staff.txt", "cancellation-declined.txt", "reminder-first.txt", "links.txt",
        "refusal-too-late.txt", "staff-question-vanished.txt", "operator-alert.txt", "entry.txt",
    }
)  # fmt: skip
"""Of the languages that came later some are enough: the words differ, the parts do not."""


def everything() -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of all golden files."""
    for name, content in _composed():
        locale, _, file = name.partition("/")
        if locale in ("en", "de") or file in SOME:
            yield name, content


def _composed() -> Iterator[tuple[str, bytes]]:
    for name, (tag, zone) in LOCALES.items():
        to = replace(samples.ADA, locale=tag, zone=zone)
        desk = replace(samples.DESK, locale=tag)
        for kind, mail in samples.customer_mails(to).items():
            if kind in WHOLE:
                yield f"{name}/{kind}.eml", composed(mail, desk)
            others = {facts.session_id: samples.LINKS for facts in mail.sessions}
            yield f"{name}/{kind}.txt", _text(customer.render(mail, samples.LINKS, desk, others))
        for kind, told in samples.standing_mails(to).items():
            if kind in WHOLE:
                yield f"{name}/{kind}.eml", composed(told, desk)
            links = {past.session_id: samples.LINKS for past in told.sessions}
            yield f"{name}/{kind}.txt", _text(standing.render(told, links, samples.LINKS.book, desk))
        for kind, notice in notices.staff_mails().items():
            choices = notice.question.choices if notice.question else ()
            answers = tuple((choice, f"https://sessions.desk.example/q/token?choice={choice}") for choice in choices)
            yield f"{name}/{kind}.txt", _text(staff.render(notice, answers, desk))
        for kind, alert in notices.operator_mails().items():
            yield f"{name}/{kind}.txt", _text(operator.render(alert, desk))
        for kind, put in notices.entries().items():
            put = replace(put, facts=replace(put.facts, booker=to, attendees=(to, samples.BERND)))
            draft = draft_of(compose(effect(put), desk, KEYS))
            yield f"{name}/{kind}.txt", f"{draft.title}\n{draft.place}\n{draft.url}\n\n{draft.block}\n".encode()


def _text(parts: Parts) -> bytes:
    return f"{parts.subject}\n\n{parts.text}".encode()
