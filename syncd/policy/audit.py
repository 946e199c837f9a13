"""Does the ledger say what the evidence says? Penalties, reckoned a second time (S1-S4, E11, A9, A15).

It knows nothing of the contact's state and shares no arithmetic with `ledger` or `standing`: it walks through what
became known, in order, and says which suspensions and strikes there must be. `syncd verify` compares.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.domain.evidence import ContactDelisted, ContactListed, EffectDone, StaffAnswered
from syncd.domain.people import Reinstatement
from syncd.domain.session import Choice
from syncd.domain.standing import (
    AddressProved,
    NoShowConfirmed,
    NoShowContested,
    NoShowReversed,
    Reinstated,
)
from syncd.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that became known about a contact: settled at `at`, received at `received_at`."""

    at: datetime
    received_at: datetime
    payload: Any


@dataclass(frozen=True, slots=True)
class Penalty:
    """A suspension as it ought to be, and whether its strike ought to stand."""

    session_id: str
    session_ids: tuple[str, ...]
    company_id: str
    started_at: datetime
    ends_at: datetime
    lifted_at: datetime | None = None
    reversed_at: datetime | None = None
    held_at: datetime | None = None
    open_ended: bool = False

    def over(self, at: datetime) -> bool:
        waited = not self.open_ended and at >= self.ends_at
        return waited or self.lifted_at is not None or self.reversed_at is not None or self.held_at is not None


@dataclass(slots=True)
class _Missed:
    said: NoShowConfirmed
    counts: bool
    warned_at: datetime | None = None
    spent: bool = False
    gone: bool = False
    held: bool = False


@dataclass(slots=True)
class _Book:
    terms_of: Callable[[str], Terms]
    missed: dict[str, _Missed] = field(default_factory=dict)
    penalties: list[dict[str, Any]] = field(default_factory=list)
    proved: bool = False
    listed: bool = False
    paid: set[str] = field(default_factory=set)
    asked: dict[str, tuple[str, ...]] = field(default_factory=dict)


def reckon(known: Iterable[Known], terms_of: Callable[[str], Terms]) -> tuple[Penalty, ...]:
    """The suspensions there must be, in the order in which they began."""
    book = _Book(terms_of)
    for one in known:
        _turn(book, one)
    return tuple(Penalty(**penalty) for penalty in book.penalties)


def _turn(book: _Book, one: Known) -> None:
    said = one.payload
    match said:
        case ContactListed():
            book.listed = True
        case ContactDelisted():
            book.listed = False
        case AddressProved():
            book.proved = True
        case EffectDone(effect_key=key) if "mail.customer:warning:" in key:
            _warned(book, key, one.received_at)
        case NoShowConfirmed(session_id=who):
            if who not in book.missed or book.missed[who].gone:
                book.missed[who] = _Missed(said, said.counts and (book.listed or book.proved))
                _look(book, who, one.at)
        case NoShowReversed(session_id=who):
            _reverse(book, who, one.at)
        case NoShowContested(session_id=who, settled=settled):
            _wait(book, who, one.at, held=not settled)
        case StaffAnswered(question_id=question, choice=Choice.SUSPEND):
            by = question.removeprefix("second-no-show/")
            ids = book.asked.pop(by, ())
            if ids and all(_free(book.missed[i]) for i in ids):
                _suspend(book, ids, by, one.at)
        case StaffAnswered(question_id=question):
            book.asked.pop(question.removeprefix("second-no-show/"), None)
            _accepted(book, question, said.choice, one.at)
        case Reinstated():
            _reinstate(book, said, one.at)


def _look(book: _Book, who: str, at: datetime) -> None:
    new = book.missed[who]
    if not _free(new):
        return
    terms = book.terms_of(new.said.terms_id)
    free = sorted((m for m in book.missed.values() if _free(m)), key=lambda m: (m.said.starts_at, m.said.session_id))
    for end in free:
        if end.said.starts_at < new.said.starts_at:
            continue
        near = [m for m in free if m.said.starts_at <= end.said.starts_at and _within(m, end, terms.no_show_months)]
        if new not in near or len(near) < terms.no_shows:
            continue
        rest = [m for m in near if m is not new]
        group = sorted(
            [new, *rest[len(rest) - terms.no_shows + 1 :]], key=lambda m: (m.said.starts_at, m.said.session_id)
        )
        ids = tuple(m.said.session_id for m in group)
        last = group[-1].said.starts_at
        if len(group) == 1 or any(_free(m) and m.warned_at and m.warned_at < last for m in book.missed.values()):
            _suspend(book, ids, who, at)
        else:
            book.asked[who] = ids
        return


def _within(earlier: _Missed, later: _Missed, months: int) -> bool:
    zone = ZoneInfo(later.said.zone)
    return (
        _before(later.said.starts_at.astimezone(zone).date(), months) <= earlier.said.starts_at.astimezone(zone).date()
    )


def _before(day: date, months: int) -> date:
    """Month by month back, then the nearest day that this month has."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first - timedelta(days=1)).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def _suspend(book: _Book, ids: tuple[str, ...], by: str, at: datetime) -> None:
    said = book.missed[by].said
    terms = book.terms_of(said.terms_id)
    zone = ZoneInfo(said.zone)
    last = at.astimezone(zone).date() + timedelta(days=terms.suspension_days)
    ends = datetime(last.year, last.month, last.day, tzinfo=zone) + timedelta(days=1)  # a wall clock's day later
    for one in ids:
        book.missed[one].spent = True
    book.asked = {key: sessions for key, sessions in book.asked.items() if not set(sessions) & set(ids)}
    book.penalties.append(
        {
            "session_id": by,
            "session_ids": ids,
            "company_id": said.company_id,
            "started_at": at,
            "ends_at": ends.astimezone(UTC),
            "open_ended": terms.reinstatement is Reinstatement.PAYMENT,
        }
    )


def _reverse(book: _Book, who: str, at: datetime) -> None:
    missed = book.missed.get(who)
    if missed is None or missed.gone:
        return
    missed.gone = True
    book.asked = {key: sessions for key, sessions in book.asked.items() if who not in sessions}
    for penalty in book.penalties:
        if who in penalty["session_ids"] and not penalty.get("reversed_at"):
            penalty["reversed_at"] = at
            for other in penalty["session_ids"]:
                book.missed[other].spent = False


def _wait(book: _Book, who: str, at: datetime, *, held: bool) -> None:
    missed = book.missed.get(who)
    if missed is None:
        return
    waited, missed.held = missed.held, held
    for penalty in book.penalties:
        if who in penalty["session_ids"]:
            penalty["held_at"] = at if held else None
    if held:
        book.asked = {key: sessions for key, sessions in book.asked.items() if who not in sessions}
    elif waited and _free(missed):
        _look(book, who, at)


def _warned(book: _Book, key: str, at: datetime) -> None:
    for session_id, missed in book.missed.items():
        if f"mail.customer:warning:{session_id}/" in key and missed.warned_at is None:
            missed.warned_at = at


def _reinstate(book: _Book, said: Reinstated, at: datetime) -> None:
    standing = _standing(book, at)
    if said.by == "payment":
        if said.reference in book.paid:
            return
        book.paid.add(said.reference)
        if standing is None:
            return
        terms = book.terms_of(book.missed[standing["session_id"]].said.terms_id)
        right = (terms.reinstatement_cents, terms.reinstatement_currency)
        if terms.reinstatement is Reinstatement.WAIT or (said.amount_cents, said.currency.upper()) != right:
            return
    if standing is not None:
        standing["lifted_at"] = at


def _accepted(book: _Book, question: str, choice: Choice, at: datetime) -> None:
    standing = _standing(book, at)
    if question.startswith("fee-") and choice is Choice.REINSTATE and standing is not None:
        standing["lifted_at"] = at


def _standing(book: _Book, at: datetime) -> dict[str, Any] | None:
    return next((p for p in reversed(book.penalties) if not Penalty(**p).over(at)), None)


def _free(missed: _Missed) -> bool:
    return missed.counts and not (missed.spent or missed.gone or missed.held)
