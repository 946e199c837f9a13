"""What may staff do to somebody's standing? Lift, reinstate, waive, block: evidence through the one door, each with who
and why (S4, PAY-6, A10, C8, E6). Nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.domain.attendance import Outcome
from syncd.domain.attended import OutcomeDecided
from syncd.domain.decision import Answer
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import CaseKey, company_key, contact_key, derived_key, session_key
from syncd.domain.standing import BlockDecided, Reinstated
from syncd.ports.clock import Clock
from syncd.ports.errors import Permanent
from syncd.ports.store import Decide, Store


@dataclass(frozen=True, slots=True)
class Accounts:
    """Each act is keyed by what it is about and its instant; a payment by its reference: recorded twice it is one."""

    store: Store
    clock: Clock
    decide: Decide

    def lift(self, contact_id: str, staff_id: str, reason: str) -> Answer:
        payload = Reinstated("staff", staff_id=staff_id, reason=reason)
        return self._submit(contact_key(contact_id), payload, self.clock.now().isoformat())

    def reinstate(self, contact_id: str, reference: str, cents: int, currency: str, staff_id: str) -> Answer:
        """A payment as staff record it, until a payment connector does (PAY-6)."""
        payload = Reinstated("payment", reference, cents, currency.upper(), staff_id)
        return self._submit(contact_key(contact_id), payload, derived_key("payment", reference))

    def waive(self, session_id: str, staff_id: str, reason: str, *, lead: bool) -> Answer:
        """The outcome is excused, and all that came of it is undone (A10, A9)."""
        payload = OutcomeDecided(Outcome.EXCUSED, staff_id, reason, lead=lead, confirmed=True, via="command")
        return self._submit(session_key(session_id), payload, self.clock.now().isoformat())

    def block(self, company_id: str, staff_id: str, reason: str, *, blocked: bool) -> Answer:
        payload = BlockDecided(blocked, staff_id, reason)
        return self._submit(company_key(company_id), payload, self.clock.now().isoformat())

    def _submit(self, subject: CaseKey, payload: Payload, which: str) -> Answer:
        now = self.clock.now()
        key = derived_key("desk", subject, payload.kind, which)
        settled = self.store.settle(subject, self.decide, now, (Evidence(key, "desk", now, payload, subject),))
        answer = next((one for one in settled.answers if one.evidence_key == key), None)
        if answer is None:
            raise Permanent(f"nothing answered {payload.kind} about {subject}", hint="`syncd explain` shows why.")
        return answer
