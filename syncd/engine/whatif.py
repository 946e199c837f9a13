"""What if other rules had been in force? Sessions decided again with other terms, then what follows for contacts and
companies; nothing is written and nothing is sent (design: policy is data).

Decided again is what was recorded, on what was looked at then. It cannot foresee what people would have done instead,
nor evidence that nobody collected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from syncd.domain.attendance import Outcome
from syncd.domain.attended import AttendanceSeen, CustomerSaid
from syncd.domain.decision import Decision
from syncd.domain.evidence import CancelRequested, Evidence, RescheduleRequested, RestoreRequested
from syncd.domain.keys import CaseKey, CaseKind, company_key, contact_key, split_key
from syncd.domain.people import Company, Contact
from syncd.domain.session import Session, SessionState
from syncd.domain.standing import NoShowConfirmed, NoShowContested, NoShowReversed, SameDayChanged
from syncd.domain.terms import Terms
from syncd.engine.ledgers import replay_company, replay_contact
from syncd.ports.past import Course, Outline, Past, Recorded
from syncd.ports.store import Decide
from syncd.ports.views import Views

ASKED = (CancelRequested, RescheduleRequested, RestoreRequested)
"""What a customer asks for, and cutoffs judge."""
TELLING = frozenset(
    str(one.default) for of in (*ASKED, CustomerSaid, AttendanceSeen) for one in fields(of) if one.name == "kind"
)
"""The kinds of evidence that say whether a session is decided again."""
REVIEWS_MAX = 50
"""Looks that the other terms ask for between two recorded decisions."""
TOLERANCE = timedelta(minutes=1)
"""A recorded decision this soon after a review is that review."""

FORESEES_NOT = (
    "It cannot foresee that people would have behaved differently under other rules, nor evidence that was never"
    " collected: a session that these rules would have kept has none, and a warning that was never sent is taken as"
    " handed over at once."
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one contact or company had to bear: no-shows and suspensions that were not reversed, days of suspension,
    strikes not withdrawn, reviews (C8)."""

    no_shows: int = 0
    suspensions: int = 0
    days: int = 0
    strikes: int = 0
    reviews: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody for whom the other terms make a difference."""

    key: CaseKey
    name: str
    company: str
    before: Tally
    after: Tally


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`outcomes`: how many sessions came to what, as recorded and as they would have; `changes`: the hardest hit
    first."""

    since: datetime
    sessions: int
    outcomes: tuple[tuple[str, int, int], ...]
    before: Tally
    after: Tally
    changes: tuple[Change, ...]


@dataclass(slots=True)
class _Run:
    terms: Terms
    current: Terms
    decide: Decide
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    derived: dict[CaseKey, list[Evidence]] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    kept: bool = False  # sessions say what they said, and only the ledgers are decided again


def what_if(
    past: Past,
    views: Views,
    terms: Terms,
    current: Terms,
    since: datetime,
    now: datetime,
    decide: Decide,
    progress: Callable[[int], None] = lambda done: None,
) -> WhatIf:
    """`terms` in place of those that the sessions from `since` on were booked under; `current`: those in force.
    `progress` hears how many sessions are done."""
    run = _Run(terms, current, decide)
    if only_the_ledgers_differ(terms, current):
        _as_recorded(run, past, since)
        progress(len(run.sessions))
        return _compared(run, past, views, since, now)

    def wanted(outline: Outline, told: tuple[Evidence, ...]) -> bool:
        return not _attended_anyway(outline, told, terms, current)

    for done, course in enumerate(past.courses(since, TELLING, wanted), start=1):
        outline, state = course.outline, _again(run, course, now)
        run.sessions.add(outline.session_id)
        run.before[_came_to(outline.state, outline.outcome)] += 1
        run.after[_came_to(state.state, _outcome(state)) if state else _came_to(outline.state, outline.outcome)] += 1
        progress(done)
    return _compared(run, past, views, since, now)


LEDGER_TERMS = frozenset(
    {"id", "suspension_days", "no_show_months", "no_shows", "strike_months"}
    | {"reinstatement", "reinstatement_cents", "reinstatement_currency", "same_day_told", "same_day_days"}
)
"""Terms that no rule about a session decides by: where only these differ, sessions come to what they came to."""


def only_the_ledgers_differ(terms: Terms, other: Terms) -> bool:
    return all(getattr(terms, f.name) == getattr(other, f.name) for f in fields(Terms) if f.name not in LEDGER_TERMS)


def _as_recorded(run: _Run, past: Past, since: datetime) -> None:
    for outline in past.outlines(since):
        run.sessions.add(outline.session_id)
        run.before[_came_to(outline.state, outline.outcome)] += 1
    run.after = Counter(run.before)
    run.kept = True


def _compared(run: _Run, past: Past, views: Views, since: datetime, now: datetime) -> WhatIf:
    changes = [*_contacts(run, past, views, since, now), *_companies(run, past, views, since, now)]
    names = sorted({*run.before, *run.after})
    people = [change for change in changes if split_key(change.key)[0] is CaseKind.CONTACT]
    firms = [change for change in changes if split_key(change.key)[0] is CaseKind.COMPANY]
    return WhatIf(
        since,
        len(run.sessions),
        tuple((name, run.before[name], run.after[name]) for name in names),
        _sum([c.before for c in people], [c.before for c in firms]),
        _sum([c.after for c in people], [c.after for c in firms]),
        tuple(sorted((c for c in changes if c.before != c.after), key=_rank)),
    )


# -- sessions ----------------------------------------------------------------------------------------------------------


def _again(run: _Run, course: Course, now: datetime) -> Session | None:
    """As what the session would have ended; None: as it did. What it would have told the ledgers is noted."""
    if course.cases is None:
        return None
    cases = course.cases[_where_terms_matter(course, course.cases, run.terms) :]
    state = _pinned(cases[0].state_before() if cases else None, run.terms)
    review: datetime | None = None
    derived: list[Evidence] = []
    for number, one in enumerate(cases):
        state, review, more = _reviews(run, one, state, review, one.decided_at - TOLERANCE)
        made = run.decide(one.load(state, run.terms), one.decided_at)
        state, review = _after(made, state), made.review_at
        derived += [*more, *made.derived]
        if number == len(cases) - 1:
            state, review, more = _reviews(run, one, state, review, now)
            derived += more
    for item in derived:
        if item.subject is not None and isinstance(
            item.payload, NoShowConfirmed | NoShowReversed | NoShowContested | SameDayChanged
        ):
            run.derived.setdefault(item.subject, []).append(item)
    return state


def _attended_anyway(outline: Outline, told: tuple[Evidence, ...], terms: Terms, current: Terms) -> bool:
    """Was the customer seen when the session was open under either terms? Then it was attended under both (A1), if
    nobody asked for a change or said anything that moves its close."""
    if outline.outcome is not Outcome.ATTENDED or outline.by_word:
        return False
    opens = outline.starts_at - min(terms.early, current.early)
    closes = outline.starts_at + min(min(one.close_with_mobile, one.close_without_mobile) for one in (terms, current))
    seen = False
    for payload in (item.payload for item in told):
        if isinstance(payload, (*ASKED, CustomerSaid)):
            return False
        if isinstance(payload, AttendanceSeen) and payload.matched and payload.staff_id is None:
            seen = seen or opens <= payload.joined_at <= closes
    return seen


def _where_terms_matter(course: Course, recorded: tuple[Recorded, ...], terms: Terms) -> int:
    """From which decision on the session is decided again: all, where its customer asked for a change (cutoffs); else
    those of its own time, as what came before was booking, writing and reminding."""
    if any(isinstance(item.payload, ASKED) for item in course.told):
        return 0
    opens = course.outline.starts_at - terms.early
    return next((n for n, one in enumerate(recorded) if one.decided_at >= opens), len(recorded))


def _reviews(
    run: _Run, recorded: Recorded, state: Session | None, review: datetime | None, upto: datetime
) -> tuple[Session | None, datetime | None, list[Evidence]]:
    """The looks that these terms ask for before the next recorded decision, with what that one looked at."""
    derived: list[Evidence] = []
    if review is None or review >= upto:
        return state, review, derived
    case = recorded.load(state, run.terms)
    kept = replace(case, evidence=case.evidence[: len(case.evidence) - len(case.fresh)], fresh=())
    if upto > recorded.decided_at:  # after the last: its evidence has been settled
        kept = replace(case, fresh=())
    for _ in range(REVIEWS_MAX):
        if review is None or review >= upto:
            break
        made = run.decide(replace(kept, session=state), review)
        derived += made.derived
        later = made.review_at if made.review_at is None or made.review_at > review else None
        state, review = _after(made, state), later
    return state, review, derived


def _after(made: Decision, state: Session | None) -> Session | None:
    return made.state if isinstance(made.state, Session) else state


def _pinned(state: Session | None, terms: Terms) -> Session | None:
    """As if it had been booked under these terms: they judge it, and what it tells the ledgers names them (S10)."""
    return replace(state, terms_id=terms.id) if state is not None else None


def _came_to(state: SessionState, outcome: Outcome | None) -> str:
    if state is SessionState.CANCELLED:
        return "cancelled"
    return str(outcome) if outcome is not None else "open"


def _outcome(session: Session) -> Outcome | None:
    verdict = session.attendance.verdict
    return verdict.outcome if verdict is not None else None


# -- what follows ------------------------------------------------------------------------------------------------------


def _contacts(run: _Run, past: Past, views: Views, since: datetime, now: datetime) -> Iterable[Change]:
    """Each contact's ledger, with what the sessions say now in place of what they said."""
    for contact in views.contacts():
        key = contact_key(contact.id)
        if not contact.no_shows and key not in run.derived:
            continue
        known = [(at, _under(run, e)) for at, e in past.known(key) if run.kept or not _said(e.payload, run.sessions)]
        known += [(e.received_at, e) for e in run.derived.get(key, ())]
        replayed = replay_contact(contact, known, run.terms, past.terms, run.decide)
        for strike in replayed.derived:
            if strike.subject is not None:
                run.derived.setdefault(strike.subject, []).append(strike)
        assert isinstance(replayed.owner, Contact)
        before, after = _borne(contact, since, now), _borne(replayed.owner, since, now)
        yield Change(key, contact.name, contact.company_id, before, after)


def _companies(run: _Run, past: Past, views: Views, since: datetime, now: datetime) -> Iterable[Change]:
    for company in views.companies():
        key = company_key(company.id)
        recorded = [
            (at, e)
            for at, e in past.known(key)
            if isinstance(e.payload, SameDayChanged) and e.payload.session_id in run.sessions
        ]
        if not company.strikes and not recorded and key not in run.derived:
            continue
        again = [(e.received_at, e) for e in run.derived.get(key, ())] + (recorded if run.kept else [])
        then = replay_company(company, recorded, run.current, run.decide)
        other = replay_company(company, again, run.terms, run.decide)
        assert isinstance(other.owner, Company)
        before, after = _strikes(company, since), _strikes(other.owner, since)
        yield Change(
            key,
            company.name,
            company.name,
            Tally(strikes=before, reviews=then.reviews),
            Tally(strikes=after, reviews=other.reviews),
        )


def _under(run: _Run, evidence: Evidence) -> Evidence:
    """A recorded no-show of these sessions, under the other terms."""
    payload = evidence.payload
    if isinstance(payload, NoShowConfirmed) and payload.session_id in run.sessions:
        return replace(evidence, payload=replace(payload, terms_id=run.terms.id))
    return evidence


def _said(payload: object, sessions: set[str]) -> bool:
    derived = isinstance(payload, NoShowConfirmed | NoShowReversed | NoShowContested)
    return derived and payload.session_id in sessions  # type: ignore[attr-defined]


def _borne(contact: Contact, since: datetime, now: datetime) -> Tally:
    made = [s for s in contact.suspensions if s.started_at >= since and s.reversed_at is None]
    days = sum((min(s.ends_at, s.lifted_at or s.ends_at, max(now, s.started_at)) - s.started_at).days for s in made)
    missed = sum(1 for n in contact.no_shows if n.starts_at >= since and n.reversed_at is None)
    return Tally(missed, len(made), days)


def _strikes(company: Company, since: datetime) -> int:
    return sum(1 for s in company.strikes if s.withdrawn_at is None and s.struck_at >= since)


def _sum(people: list[Tally], firms: list[Tally]) -> Tally:
    every = (*people, *firms)
    return Tally(*(sum(getattr(one, name) for one in every) for name in Tally.__slots__))


def _rank(change: Change) -> tuple[int, int, str]:
    """Whose suspensions differ most, then strikes; by name."""
    more = change.after.suspensions - change.before.suspensions
    strikes = change.after.strikes - change.before.strikes
    return (-abs(more), -abs(strikes), change.name)
