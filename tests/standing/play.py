"""One contact's or company's ledger without a store: payloads in, decisions applied in memory, mails handed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from syncd.domain.case import CompanyCase, ContactCase
from syncd.domain.decision import Answer, Decision
from syncd.domain.effect import Effect, EffectState, EffectStatus, StaffMail, StandingMail
from syncd.domain.evidence import EffectDone, Evidence, Payload, StaffAnswered
from syncd.domain.keys import company_key, contact_key
from syncd.domain.letters import Letter
from syncd.domain.people import Company, Contact, Matter
from syncd.domain.session import Choice
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.domain.terms import Terms
from syncd.policy.audit import Known, Penalty, reckon
from syncd.policy.decide import decide
from tests.policy.play import ACME, CARLS, DESK, NOW

ZONE = "America/New_York"


@dataclass
class Ledger:
    """`fellows`: other contacts who are suspended, as the store would load them."""

    now: datetime = NOW
    owner: Contact | Company | None = CARLS
    terms: Terms = field(default_factory=Terms)
    others: tuple[Terms, ...] = ()
    fellows: tuple[Contact, ...] = ()
    effects: dict[str, tuple[Effect, EffectState]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    seen: int = 0

    def sees(self, *payloads: Payload, at: datetime | None = None) -> Decision:
        if at is not None:
            self.now = at
        key = company_key("acme") if isinstance(self.owner, Company) else contact_key("carl")
        fresh = tuple(
            Evidence(f"e{self.seen + n}", "test", self.now, payload, key, self.seen + n + 1)
            for n, payload in enumerate(payloads)
        )
        self.seen += len(fresh)
        statuses = tuple(_status(effect, state) for effect, state in self.effects.values())
        case: CompanyCase | ContactCase
        if isinstance(self.owner, Company):
            case = CompanyCase(key, "acme", DESK, self.terms, self.owner, fresh, (), statuses)
        else:
            case = ContactCase(
                key, "carl", DESK, self.terms, self.owner, fresh, (), statuses, (self.terms, *self.others), self.fellows
            )
        decision = decide(case, self.now)
        assert decision == decide(case, self.now), "the same case gives the same decision"
        self.decisions.append(decision)
        self.known += [Known(self.now, item.received_at, item.payload) for item in fresh]
        if isinstance(decision.state, Contact | Company):
            self.owner = decision.state
        for effect in decision.effects:
            assert effect.key not in self.effects, f"two acts under one key: {effect.key}"
            self.effects[effect.key] = (effect, EffectState.PENDING)
        return decision

    def answers(self, payload: Payload, at: datetime | None = None) -> Answer:
        (answer,) = self.sees(payload, at=at).answers
        return answer

    def hand_over(self, at: datetime | None = None) -> list[Letter]:
        """Every mail that is pending goes out; the letters to customers, in order."""
        pending = [effect for effect, state in self.effects.values() if state is EffectState.PENDING]
        for effect in pending:
            self.effects[effect.key] = (effect, EffectState.DONE)
            self.sees(EffectDone(effect.key, effect.kind, 0, recipient=effect.recipient), at=at)
        return [effect.body.letter for effect in pending if isinstance(effect.body, StandingMail)]

    def misses(self, session_id: str, starts_at: datetime, **changes: Any) -> Decision:
        """Confirmed two hours after its start."""
        return self.sees(no_show(session_id, starts_at, **changes), at=starts_at + timedelta(hours=2))

    def says(self, choice: Choice) -> Answer:
        """The lead answers the only open question."""
        (matter,) = self.matters
        return self.answers(StaffAnswered(matter.id, choice, "dana"))

    @property
    def contact(self) -> Contact:
        assert isinstance(self.owner, Contact)
        return self.owner

    @property
    def company(self) -> Company:
        assert isinstance(self.owner, Company)
        return self.owner

    @property
    def matters(self) -> tuple[Matter, ...]:
        return self.owner.matters if self.owner is not None else ()

    def letters(self, letter: Letter) -> list[StandingMail]:
        bodies = (effect.body for effect, _ in self.effects.values())
        return [body for body in bodies if isinstance(body, StandingMail) and body.letter is letter]

    def staff_mails(self) -> list[StaffMail]:
        return [effect.body for effect, _ in self.effects.values() if isinstance(effect.body, StaffMail)]

    def reckoned(self) -> tuple[Penalty, ...]:
        """By the second reckoning, from what became known alone."""
        listed = replace(CARLS) == replace(CARLS, listed=True)
        assert listed, "the sample contact is on file"
        from syncd.domain.evidence import ContactListed

        first = Known(self.known[0].at, self.known[0].received_at, ContactListed("acme", "Carl", CARLS.email))
        return reckon((first, *self.known), self._terms())

    def _terms(self) -> Callable[[str], Terms]:
        return lambda terms_id: next((t for t in self.others if t.id == terms_id), self.terms)


def company_ledger(**changes: Any) -> Ledger:
    return Ledger(owner=replace(ACME, **changes))


def no_show(session_id: str, starts_at: datetime, **changes: Any) -> NoShowConfirmed:
    made = NoShowConfirmed(session_id, "acme", starts_at, ZONE, counts=True, terms_id="default")
    return replace(made, **changes)


def reversed_(session_id: str) -> NoShowReversed:
    return NoShowReversed(session_id, "the provider's report shows them")


def suspended(first: datetime, second: datetime, **changes: Any) -> Ledger:
    """Two missed sessions, warned in between."""
    ledger = Ledger(**changes)
    ledger.misses("s1", first)
    ledger.hand_over()
    ledger.misses("s2", second)
    return ledger


def _status(effect: Effect, state: EffectState) -> EffectStatus:
    letter = getattr(effect.body, "letter", None)
    return EffectStatus(effect.key, effect.kind, str(letter) if letter else None, 0, effect.recipient, state)
