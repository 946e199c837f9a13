"""`invitation_cpu`: a whole invitation, wording included, to bytes; against icalendar and EmailMessage, same values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from syncd.engine.compose import reply_address, session_links
from syncd.messages import customer
from tests.bench.harness import Goal
from tests.messages import samples, stock
from tests.messages.composing import KEYS, composed
from tests.messages.test_equality import MAILS, parsed, parts

MAIL = next(iter(MAILS.values()))


def digest(raw: bytes) -> str:
    """Of what a reader sees: the decoded parts but the calendar's bytes, whose order of properties is free."""
    seen = [part for part in parts(parsed(raw)) if "calendar" not in str(part[0]) and "ics" not in str(part[0])]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def ours(size: int) -> tuple[str, Callable[[], object]]:
    def work() -> bytes:
        for _ in range(size - 1):
            composed(MAIL)
        return composed(MAIL)

    return digest(work()), work


def theirs(size: int) -> tuple[str, Callable[[], object]]:
    facts = MAIL.facts
    assert facts is not None
    message_id = str(parsed(composed(MAIL))["Message-ID"]).strip("<>")

    def one() -> bytes:
        links = session_links(samples.DESK, KEYS, facts.session_id, MAIL.to.email, mailed=True)
        worded = customer.render(MAIL, links, samples.DESK)
        reply_to = reply_address(samples.DESK, KEYS, facts.session_id, MAIL.to.email)
        return stock.message(MAIL, worded, KEYS, reply_to, message_id)

    def work() -> bytes:
        for _ in range(size - 1):
            one()
        return one()

    return digest(work()), work


GOALS = {"invitation_cpu": Goal(ours, theirs, size=200, smoke=2, target=0.25, unit="x CPU")}
