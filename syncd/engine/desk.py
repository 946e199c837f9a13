"""What do staff press at the desk, beyond what a session came to? Presses become evidence and are settled at once.

The same promises as engine/door: one `store.settle`, live busy time beside it, and a press sent twice is one act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.attended import NoteWritten
from syncd.domain.correspondence import RequestSorted, SeenByStaff
from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.evidence import CancelRequested, Evidence, Payload, ReassignRequested
from syncd.domain.keys import CaseKey, company_key, contact_key, derived_key, request_key, seen_key, session_key
from syncd.domain.people import Side
from syncd.domain.request import RequestKind
from syncd.domain.spans import Span
from syncd.domain.standing import BlockDecided, Reinstated
from syncd.engine.accounts import Accounts
from syncd.engine.door import Door
from syncd.ports.errors import SlotTaken

SOURCE = "desk"


@dataclass(slots=True)
class DeskDoor:
    """Beside the door for everyone. `by`: the staff id, or the sign-in name of one who holds no sessions."""

    door: Door

    # -- a session -----------------------------------------------------------------------------------------------------

    def reassign(self, session_id: str, press: str, staff_id: str, starts_at: datetime | None, by: str) -> Answer:
        """Give it to a colleague, or set another time (None: it stays), under its UID (K11, K12)."""
        session = self.door.views.session(session_id)
        if session is None:
            return Answer("", AnswerCode.NO_SUCH_SESSION, "K11")
        at = starts_at or session.starts_at
        asked = self.door.ask(staff_id, Span(at, at + session.span.length))
        try:
            return self._answer("reassign", session_key(session_id), press, ReassignRequested(staff_id, at, by, asked))
        except SlotTaken:
            return Answer("", AnswerCode.SLOT_TAKEN, "K11")

    def cancel(self, session_id: str, press: str, by: str) -> Answer:
        """By the desk: no cutoff, and nothing counts against the customer (K3, C10)."""
        return self._answer("cancel", session_key(session_id), press, CancelRequested(SOURCE, Side.STAFF, by))

    def note(self, session_id: str, press: str, by: str, text: str) -> Answer:
        return self._answer("note", session_key(session_id), press, NoteWritten(by, text))

    # -- who stands how ------------------------------------------------------------------------------------------------

    def block(self, company_id: str, press: str, by: str, reason: str, *, blocked: bool) -> Answer:
        """A person's decision, with its reason (C8, S8, E6)."""
        return self._answer("block", company_key(company_id), press, BlockDecided(blocked, by, reason))

    def reinstate(self, contact_id: str, press: str, by: str, reason: str) -> Answer:
        """End a suspension without a payment (S4)."""
        payload = Reinstated("staff", staff_id=by, reason=reason)
        return self._answer("reinstate", contact_key(contact_id), press, payload)

    def paid(self, contact_id: str, reference: str, cents: int, currency: str, by: str) -> Answer:
        """A payment for reinstatement that came another way (PAY-6); recorded twice it is one."""
        accounts = Accounts(self.door.store, self.door.clock, self.door.decide)
        answer = accounts.reinstate(contact_id, reference, cents, currency, by)
        self.door.wake()
        return answer

    # -- what came without a booking -----------------------------------------------------------------------------------

    def sort(self, request_id: str, press: str, kind: RequestKind, by: str, reason: str = "") -> Answer:
        """What it is, by one press (O1)."""
        return self._answer("sort", request_key(request_id), press, RequestSorted(kind, by, reason))

    def seen(self, subject: CaseKey, about: str, by: str, reason: str = "") -> Answer:
        """A person is done with plain words (O2), or with a mail that nobody could read (INV-43): once is enough."""
        return self._record(seen_key(about), subject, SeenByStaff(about, by, reason))

    def look_again(self, subject: CaseKey) -> None:
        """Decide anew about what a press on something else may have settled (K12)."""
        self.door.store.settle(subject, self.door.decide, self.door.clock.now())
        self.door.wake()

    # -- what is set aside ---------------------------------------------------------------------------------------------

    def retry(self, effect_key: str) -> bool:
        done = self.door.store.retry_parked(effect_key, self.door.clock.now())
        self.door.wake()
        return done

    def discard(self, effect_key: str, by: str, reason: str) -> bool:
        return self.door.store.discard(effect_key, f"{reason} ({by})", self.door.clock.now())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _answer(self, act: str, subject: CaseKey, press: str, payload: Payload) -> Answer:
        return self._record(derived_key(SOURCE, subject, act, press), subject, payload)

    def _record(self, key: str, subject: CaseKey, payload: Payload) -> Answer:
        now = self.door.clock.now()
        evidence = Evidence(key, SOURCE, now, payload, subject)
        settled = self.door.store.settle(subject, self.door.decide, now, (evidence,))
        self.door.wake()
        for answer in settled.answers:
            if answer.evidence_key == key:
                return answer
        raise AssertionError(f"no answer to {payload.kind}: every request has one (C4)")
