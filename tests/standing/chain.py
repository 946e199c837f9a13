"""Two sessions that nobody joins, from the booking to the strike and back, through the real store, engine and loops.

`python -m tests.standing.chain` kills the process at every commit of it and prints what that came to, as one JSON line.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.effect import CustomerMail, EffectState, StandingMail
from syncd.domain.evidence import Evidence
from syncd.domain.keys import session_key
from syncd.domain.people import Company, Contact
from syncd.domain.session import Choice, QuestionKind
from syncd.engine.accounts import Accounts
from syncd.ports.source import Batch
from syncd.testing.chaos import Chaos
from syncd.testing.world import CARL, START, World
from tests.simulation.runs import world

MINUTE = timedelta(minutes=1)
FIRST = START + timedelta(days=1, hours=6)
SECOND = FIRST + timedelta(days=2)
OF_OUTCOMES = {"outcome", "objection-answer"}


@dataclass
class Chain:
    """The steps of the story; each leaves the world at rest."""

    made: World
    contact_id: str = ""

    def begins(self, *, on_file: bool = True) -> None:
        self.made.list_company()
        self.contact_id = self.made.list_contact() if on_file else self.made.door.contact_id("acme", CARL.email)

    def misses(self, form: str, starts_at: datetime) -> None:
        """Booked and reminded; staff say twice that nobody came: when they may first, and when it has closed."""
        made = self.made
        made.run_until(starts_at - timedelta(hours=25))
        assert made.book(starts_at, form=form).accepted
        session_id = made.session(form).id
        for press, minutes in enumerate((5, 11)):
            made.run_until(starts_at + minutes * MINUTE)
            answer = made.survive(partial(made.door.attest, session_id, "nobody", True, "dana", f"{form}-{press}"))
            assert answer.accepted, answer
        made.run_until(starts_at + 40 * MINUTE)

    def objects(self, form: str) -> None:
        made, session_id = self.made, self.made.session(form).id
        assert made.survive(lambda: made.door.object(session_id, CARL.email, "I was there.", "objects")).accepted
        made.run_for(5 * MINUTE)

    def answers(self, form: str, choice: Choice) -> None:
        made, session = self.made, self.made.session(form)
        (question,) = [q for q in session.questions if q.kind is QuestionKind.OBJECTION]
        key = session_key(session.id)
        assert made.survive(lambda: made.door.answer_question(key, question.id, choice, "dana", "answers")).accepted
        made.run_for(5 * MINUTE)

    def pays(self, reference: str) -> None:
        made = self.made
        made.survive(
            lambda: Accounts(made.store, made.clock, made.decide).reinstate(
                self.contact_id, reference, 10_000, "USD", "dana"
            )
        )
        made.run_for(5 * MINUTE)

    def is_reported(self, starts_at: datetime) -> None:
        """The provider's report, at last: the customer was there."""
        made, joined = self.made, starts_at + MINUTE
        seen = AttendanceSeen(
            "feed", "room-1", Channel.ONLINE, Stage.JOINED, Presence.GUEST, joined, made.clock.now(),
            joined + 5 * MINUTE, Hints(email=CARL.email),
        )  # fmt: skip

        def take() -> None:
            assert made.engine.feed_reader is not None
            made.engine.feed_reader.take("feed", Batch((Evidence("report", "feed", made.clock.now(), seen),)))

        made.survive(take)
        made.run_for(timedelta(hours=12))

    @property
    def contact(self) -> Contact:
        contact = self.made.views.contact(self.contact_id)
        assert contact is not None
        return contact

    @property
    def company(self) -> Company:
        company = self.made.views.company("acme")
        assert company is not None
        return company

    def letters(self) -> list[str]:
        """What the customer was written about outcomes and standing, in order; every mail has gone out."""
        rows = self.made.views.outbox(limit=500)
        assert {row.state for row in rows} <= {EffectState.DONE, EffectState.DROPPED}
        told = [
            (row.effect.due_at, str(row.effect.body.letter))
            for row in rows
            if isinstance(row.effect.body, StandingMail)
            or (isinstance(row.effect.body, CustomerMail) and row.effect.body.letter in OF_OUTCOMES)
        ]
        return [letter for _, letter in sorted(told)]


def whole(chain: Chain) -> None:
    """Warning, suspension, strike, an objection that fails, a payment, a second one, and the reversal of it all."""
    chain.begins()
    chain.misses("form-1", FIRST)
    chain.misses("form-2", SECOND)
    chain.objects("form-2")
    chain.answers("form-2", Choice.REJECT)
    chain.pays("r-1")
    chain.pays("r-2")
    chain.is_reported(FIRST)


def in_short(chain: Chain) -> object:
    """What it came to, without the instants, which a restart may move by a moment."""
    contact, made = chain.contact, chain.made
    ids = {made.session(form).id: form for form in ("form-1", "form-2")}
    (suspension,) = contact.suspensions
    (strike,) = chain.company.strikes
    verdicts = [made.session(form).attendance for form in ids.values()]
    questions = sum(1 for row in made.views.outbox(limit=500) if ":question" in row.effect.key)
    return (
        [(str(v.verdict.outcome), len(v.former), v.in_ledger, v.no_shows) for v in verdicts if v.verdict],
        ([ids[one] for one in suspension.session_ids], suspension.lifted_by, suspension.fee, suspension.ends_at),
        (suspension.reversed_at is not None, suspension.held_at),
        [(ids[n.session_id], bool(n.spent_on), bool(n.reversed_at), bool(n.warned_at)) for n in contact.no_shows],
        [(fee.reference, ids.get(fee.lifted or "")) for fee in contact.fees],
        sorted((m.id, m.detail) for m in contact.matters),
        (ids[strike.session_id], strike.withdrawn_at is not None),
        sorted(chain.letters()),
        questions,
    )


def run(point: int | None = None) -> tuple[object, int]:
    """(what it came to, boundaries crossed), killed at one of them."""
    with world(chaos=Chaos(crash_at=point)) as made:
        chain = Chain(made)
        whole(chain)
        assert made.crashes == (point is not None)
        assert made.reports == []
        return in_short(chain), made.chaos.crossings


def kill_at(points: Iterable[int], expected: object) -> None:
    for point in points:
        assert run(point)[0] == expected, f"after a crash at boundary {point}"


def main() -> None:
    began, cpu = time.perf_counter(), time.process_time()
    expected, crossings = run()
    kill_at(range(1, crossings + 1), expected)
    took = {"seconds": round(time.perf_counter() - began), "cpu_seconds": round(time.process_time() - cpu)}
    print(json.dumps({"boundaries": crossings, "kills": crossings, "same": True, **took}))


if __name__ == "__main__":
    main()
