"""Every link of every mail, of a desk where something has happened: what mail programs and scanners see."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from html import unescape
from pathlib import Path

from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CustomerMail, CustomerText, Effect, EffectKind, SessionFacts, StaffMail
from syncd.domain.keys import session_key
from syncd.domain.letters import STANDING_LETTERS, Letter, TextLetter
from syncd.domain.session import Session
from syncd.engine.compose import compose
from syncd.messages.customer import REQUEST_LETTERS
from syncd.policy.facts import facts_of
from tests.messages.samples import METHODS
from tests.web.house import DESK, House
from tests.web.test_questions import vanished

_LINK = re.compile(re.escape(DESK.base_url) + r"(/[^\s\"<>]*)")


def eventful(house: House) -> None:
    """One session booked, one cancelled by its customer, one vanished from a calendar so that staff are asked."""
    vanished(house, house.booked(0))
    house.read_calendars()
    house.booked(30, colleague_name_1="Mara Miller", colleague_email_1="mara@acme.example.com")
    house.get(f"/s/{house.booked(50)}/cancel").press()


def links(house: House) -> list[str]:
    """The paths of our own links in text, HTML and calendar of all that was sent, and of every other kind of mail that
    can be sent about these sessions."""
    found: set[str] = set()
    for effect in _mails(house):
        for part in message_from_bytes(compose(effect, DESK, house.keys)).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                found |= set(_LINK.findall(unescape(payload.replace(b"\r\n ", b"").decode())))
    return sorted(path.rstrip("\\").split("\\n")[0] for path in found)


def contents(database: Path) -> list[str]:
    """All tables, row by row."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def _mails(house: House) -> Iterator[Effect]:
    for row in house.store.views.outbox(limit=500):
        if isinstance(row.effect.body, CustomerMail | StaffMail):
            yield row.effect
            body = row.effect.body
            facts = body.facts
            session = house.store.views.session(facts.session_id) if facts else None
            if isinstance(body, CustomerMail) and session is not None:
                yield from _others(house, row.effect, body, session)


def _others(house: House, effect: Effect, sent: CustomerMail, session: Session) -> Iterator[Effect]:
    terms, now = house.store.views.terms(session.terms_id), house.clock.now()
    facts = replace(facts_of(session, DESK, terms, now), rebook_until=session.starts_at)
    for letter in set(Letter) - STANDING_LETTERS:
        alone = letter in (Letter.LINKS, Letter.CODE) or letter in REQUEST_LETTERS
        method = METHODS.get(letter)
        body = replace(
            sent,
            letter=letter,
            method=method,
            dtstamp=now if method else None,
            facts=None if alone else facts,
            sessions=(facts,) if letter is Letter.LINKS else (),
            refused=AnswerCode.TOO_LATE if letter is Letter.REFUSAL else None,
            request_id="request-1",
            answer_by=now,
            until=now,
            instead_of=_text(sent, facts, now),
        )
        yield replace(effect, kind=EffectKind.MAIL_CUSTOMER, subject=session_key(session.id), body=body)


def _text(sent: CustomerMail, facts: SessionFacts, now: datetime) -> CustomerText:
    """The text whose words a mail brings instead."""
    to = sent.to
    return CustomerText(TextLetter.OPTED_OUT, "+12025550142", to.locale, to.zone, "4821", now, facts, to.email)
