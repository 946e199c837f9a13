"""Does every penalty follow from the evidence? Recomputed apart from the ledgers, and compared with what stands.

From the sessions forward: each no-show that the ledger names is decided again from the session's stored evidence, byte
for byte; the suspensions and strikes that follow are reckoned a second time (policy/audit) from what became known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

from syncd.domain.attendance import Outcome
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, company_key, contact_key, session_key
from syncd.domain.people import Company, Contact, Suspension
from syncd.domain.session import Session
from syncd.domain.standing import NoShowConfirmed, NoShowReversed
from syncd.policy.audit import Known, Penalty, reckon
from syncd.ports.past import Past
from syncd.ports.store import Decide
from syncd.ports.views import Views

COMPARED = ("session_ids", "started_at", "ends_at", "lifted_at", "reversed_at", "held_at", "open_ended")


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the record and the second reckoning part: what stands, and what the evidence says."""

    key: CaseKey
    what: str
    stands: str
    follows: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How much was gone through, and every difference. None: each penalty follows from the evidence."""

    sessions: int
    contacts: int
    suspensions: int
    strikes: int
    differences: tuple[Difference, ...]

    @property
    def good(self) -> bool:
        return not self.differences


def verify(
    past: Past, views: Views, decide: Decide, progress: Callable[[int, int], None] = lambda done, total: None
) -> Verified:
    """`progress`: contacts done, of how many. Raises UnreadableRow."""
    found: list[Difference] = []
    owed: dict[str, set[tuple[str, str]]] = {}  # by company: the strikes that ought to stand
    contacts = views.contacts()
    sessions = suspensions = strikes = judged = 0
    for done, contact in enumerate(contacts, start=1):
        known = past.known(contact_key(contact.id))
        named = [e for _, e in known if isinstance(e.payload, NoShowConfirmed | NoShowReversed)]
        if named or contact.suspensions or contact.no_shows:
            judged += 1
            ids = sorted({one for e in named if (one := _session_of(e))})
            sessions += len(ids)
            for session_id in ids:
                found += _of_session(
                    past, views, decide, session_id, [e for e in named if _session_of(e) == session_id]
                )
            penalties = reckon((Known(at, e.received_at, e.payload) for at, e in known), past.terms)
            found += _of_contact(contact, penalties)
            suspensions += len(contact.suspensions)
            for penalty in penalties:
                if penalty.reversed_at is None and penalty.company_id:
                    owed.setdefault(penalty.company_id, set()).add((penalty.session_id, contact.id))
        progress(done, len(contacts))
    for company in views.companies():
        strikes += sum(1 for strike in company.strikes if strike.withdrawn_at is None)
        found += _of_company(company, owed.pop(company.id, set()))
    found += [Difference(company_key(one), "strikes", "no such company", f"{len(them)}") for one, them in owed.items()]
    return Verified(sessions, judged, suspensions, strikes, tuple(found))


def _of_session(
    past: Past, views: Views, decide: Decide, session_id: str, named: list[Evidence]
) -> Iterator[Difference]:
    """Its verdicts again from its own evidence; what the contact was told must be what they say."""
    key = session_key(session_id)
    told: dict[str, Evidence] = {}
    last: Session | None = None
    for one in past.redecided(key, decide):
        if not one.same:
            yield Difference(key, f"decision of {one.decided_at.isoformat()}", "as stored", "decided otherwise now")
        told |= {e.key: e for e in one.again.derived if isinstance(e.payload, NoShowConfirmed | NoShowReversed)}
        last = one.again.state if isinstance(one.again.state, Session) else last
    for evidence in named:
        again = told.get(evidence.key)
        if again is None or again.payload != evidence.payload:
            yield Difference(key, f"{evidence.payload.kind}, as the contact was told", evidence.key, "not said by it")
    stands = max(named, key=lambda e: e.seq)
    verdict = last.attendance.verdict if last is not None else None
    missed = verdict is not None and verdict.outcome is Outcome.NO_SHOW
    if isinstance(stands.payload, NoShowConfirmed) is not missed:
        yield Difference(key, "verdict", stands.payload.kind, str(verdict.outcome) if verdict else "none")


def _of_contact(contact: Contact, penalties: tuple[Penalty, ...]) -> Iterator[Difference]:
    key = contact_key(contact.id)
    stand = {(s.session_id, s.started_at): s for s in contact.suspensions}
    follow = {(p.session_id, p.started_at): p for p in penalties}
    for which in sorted({*stand, *follow}):
        made, penalty = stand.get(which), follow.get(which)
        what = f"suspension by session {which[0]}"
        if made is None or penalty is None:
            yield Difference(key, what, "stands" if made else "none", "follows" if penalty else "does not follow")
            continue
        for name in COMPARED:
            if getattr(made, name) != getattr(penalty, name):
                yield Difference(key, f"{what}, {name}", _said(made, name), _said(penalty, name))


def _of_company(company: Company, owed: set[tuple[str, str]]) -> Iterator[Difference]:
    stand = {(s.session_id, s.contact_id) for s in company.strikes if s.withdrawn_at is None}
    for session_id, contact_id in sorted(stand ^ owed):
        stands = (session_id, contact_id) in stand
        what = f"strike by session {session_id}"
        yield Difference(
            company_key(company.id),
            what,
            "stands" if stands else "none",
            "does not follow" if stands else "follows",
        )


def _session_of(evidence: Evidence) -> str:
    return getattr(evidence.payload, "session_id", "")


def _said(value: Suspension | Penalty, name: str) -> str:
    assert name in {f.name for f in fields(value)}
    one = getattr(value, name)
    return one.isoformat() if hasattr(one, "isoformat") else str(one)
