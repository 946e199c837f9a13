"""Does a company change too much on the day itself? Counted, told, put up for review; only a person blocks (C8, E6)."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.decision import AnswerCode
from syncd.domain.effect import EffectKind, PastSession, StandingMail
from syncd.domain.evidence import Evidence
from syncd.domain.letters import Letter
from syncd.domain.people import Attendee, Company, Matter, SameDayChange, Strike, normal_email
from syncd.domain.session import Choice
from syncd.domain.standing import BlockDecided, SameDayChanged, StrikeGiven, StrikeWithdrawn
from syncd.policy.account import Account
from syncd.policy.ledger import lately

KEPT_MAX = 200
"""Same-day changes that a company's ledger keeps: the latest."""


def on_same_day(account: Account[Company], payload: SameDayChanged) -> None:
    """C8: at the third in 30 days the company is told; more put it up for review."""
    company, terms = account.live, account.case.terms
    new = SameDayChange(payload.session_id, payload.changed_at, payload.who)
    if new in company.same_day:
        return
    kept = sorted((*company.same_day, new), key=lambda c: c.changed_at)[-KEPT_MAX:]
    account.owner = replace(company, same_day=tuple(kept))
    recent = lately(kept, new.changed_at, terms)
    account.found("C8", "a same-day change", session=new.session_id, within=len(recent))
    if len(recent) == terms.same_day_told:
        _tell(account, recent)
    elif len(recent) > terms.same_day_told:
        _review(account, recent)


def on_strike(account: Account[Company], evidence: Evidence, payload: StrikeGiven) -> None:
    """S2: on the record. What strikes lead to is a person's decision (S8)."""
    struck = Strike(payload.session_id, evidence.received_at, payload.contact_id)
    account.owner = replace(account.live, strikes=(*account.live.strikes, struck))
    account.found("S2", "a strike", session=payload.session_id)


def on_withdrawn(account: Account[Company], payload: StrikeWithdrawn) -> None:
    strikes = tuple(
        replace(s, withdrawn_at=account.now)
        if (s.session_id, s.contact_id) == (payload.session_id, payload.contact_id) and s.withdrawn_at is None
        else s
        for s in account.live.strikes
    )
    account.owner = replace(account.live, strikes=strikes)
    account.found("A9", "a strike is withdrawn", session=payload.session_id)


def on_block(account: Account[Company], evidence: Evidence, payload: BlockDecided) -> None:
    """Case by case, by a person, with a reason (C8, S8)."""
    if account.live.blocked_by_desk == payload.blocked:
        account.found("C8", "that is how it stands already")
        account.answer(evidence, AnswerCode.UNCHANGED, "C8")
        return
    _block(account, payload.blocked, payload.staff_id, payload.reason)
    account.answer(evidence, AnswerCode.RECORDED, "C8")


def on_review_answer(account: Account[Company], choice: Choice, staff_id: str) -> None:
    if choice is Choice.BLOCK:
        _block(account, True, staff_id, "more same-day changes than may be")
    else:
        account.found("C8", "a person leaves it", by=staff_id)


def _block(account: Account[Company], blocked: bool, staff_id: str, reason: str) -> None:
    says = "a person blocks the company" if blocked else "a person lifts the block"
    account.found("C8", f"{says}: {reason}", by=staff_id)
    account.owner = replace(account.live, blocked_by_desk=blocked, block_reason=reason if blocked else "")


def _tell(account: Account[Company], recent: tuple[SameDayChange, ...]) -> None:
    """To everyone who made one of them: a company has no address of its own."""
    account.found("C8", "the company is told", changes=len(recent))
    people: dict[str, Attendee] = {normal_email(c.who.email): c.who for c in recent if c.who is not None}
    past = tuple(PastSession(c.session_id, c.changed_at) for c in recent)
    terms = account.case.terms
    for who in people.values():
        body = StandingMail(
            Letter.SAME_DAY,
            who,
            account.now,
            company_name=account.live.name,
            sessions=past,
            days=terms.same_day_days,
            no_shows=terms.same_day_told,
        )
        name = f"{Letter.SAME_DAY}:{recent[-1].session_id}:{recent[-1].changed_at.isoformat()}"
        account.mail(EffectKind.MAIL_CUSTOMER, name, who.email, body, 0)


def _review(account: Account[Company], recent: tuple[SameDayChange, ...]) -> None:
    lead, company = account.lead(), account.live
    if lead is None or company.barred or any(m.about == "review" for m in company.matters):
        return
    account.found("C8", "put up for review; only a person blocks", changes=len(recent))
    matter = Matter(
        f"review-{recent[-1].changed_at:%Y%m%dT%H%M%S}",
        "review",
        lead.id,
        account.now,
        sessions=tuple(c.session_id for c in recent),
        choices=(Choice.BLOCK.value, Choice.LEAVE.value),
    )
    account.ask(matter, recent[-1].who, tuple(PastSession(c.session_id, c.changed_at) for c in recent))
