"""What ends a suspension before its time? A payment, staff, or the reversal of what it rests on (S4, S7, PAY-6, A9).

No money goes back on any path: a fee that lifted nothing, or whose suspension is reversed, is put before a person.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.decision import AnswerCode
from syncd.domain.effect import EffectKind, PastSession, StandingMail
from syncd.domain.evidence import Evidence
from syncd.domain.keys import company_key
from syncd.domain.letters import Letter, StaffLetter
from syncd.domain.people import Contact, Fee, Matter, NoShow, Reinstatement, Suspension
from syncd.domain.session import Choice
from syncd.domain.standing import NoShowReversed, Reinstated, StrikeWithdrawn
from syncd.policy.account import Account, past_sessions
from syncd.policy.standing import attendee_of, terms_of


def on_reinstated(account: Account[Contact], evidence: Evidence, payload: Reinstated) -> None:
    if payload.by == "payment":
        _on_payment(account, evidence, payload)
        return
    standing = _standing(account)
    if standing is None:
        account.found("S4", "nothing is suspended now; there is nothing to lift")
        account.answer(evidence, AnswerCode.UNCHANGED, "S4")
        return
    account.found("S4", f"lifted by staff: {payload.reason}", by=payload.staff_id or "")
    _lift(account, standing, "staff")
    account.answer(evidence, AnswerCode.RECORDED, "S4")


def on_fee_answer(account: Account[Contact], matter: Matter, choice: Choice) -> None:
    standing = _standing(account)
    if choice is Choice.REINSTATE and standing is not None:
        account.found("S4", "staff accept the payment; it is lifted", reference=matter.reference)
        _lift(account, standing, "staff", fee=matter.reference)
    else:
        account.found("S7", "a person has looked at the payment", reference=matter.reference)


def on_reversed(account: Account[Contact], payload: NoShowReversed) -> None:
    """A9: undo the no-show and all that came of it, and tell who was told. What it frees begins no other penalty."""
    gone = next(
        (n for n in account.live.no_shows if n.session_id == payload.session_id and n.reversed_at is None), None
    )
    if gone is None:
        account.found("A9", "that no-show is not in the ledger", session=payload.session_id)
        return
    account.found("A9", f"the no-show is none any more: {payload.reason}", session=gone.session_id)
    past = past_sessions(account.live, (gone.session_id,))
    undone = next((s for s in account.live.suspensions if s.session_id == gone.spent_on and not s.reversed_at), None)
    stood = undone is not None and undone.stands_at(account.now)
    account.owner = replace(
        account.live,
        no_shows=tuple(replace(n, reversed_at=account.now) if n == gone else n for n in account.live.no_shows),
    )
    if undone is not None:
        _undo(account, undone)
    _tell_of_reversal(account, gone, past, lifts=stood, asked=payload.answers)
    _tell_staff(account, gone)


def _on_payment(account: Account[Contact], evidence: Evidence, payload: Reinstated) -> None:
    """S4: the right amount lifts what stands, at once, and once. Anything else is a person's (PAY-6)."""
    if any(fee.reference == payload.reference for fee in account.live.fees):
        account.found("PAY-6", "this payment is recorded already", reference=payload.reference)
        account.answer(evidence, AnswerCode.UNCHANGED, "PAY-6")
        return
    standing = _standing(account)
    problem = _problem(account, standing, payload)
    lifted = standing.session_id if standing is not None and not problem else None
    fee = Fee(payload.reference, evidence.received_at, payload.amount_cents, payload.currency, lifted)
    account.owner = replace(account.live, fees=(*account.live.fees, fee))
    if standing is not None and not problem:
        account.found("S4", "paid: the suspension is lifted at once", reference=fee.reference)
        _lift(account, standing, "payment", fee=fee.reference)
    else:
        account.found("S7", f"a payment that lifts nothing: {problem}", reference=fee.reference)
        _ask_about(account, fee, problem, can_lift=standing is not None)
    account.answer(evidence, AnswerCode.RECORDED, "S4" if lifted else "S7")


def _problem(account: Account[Contact], standing: Suspension | None, payload: Reinstated) -> str:
    """Why this payment lifts nothing; empty where it does."""
    if standing is None:
        earlier = account.live.suspensions[-1:]
        if not earlier:
            return "there is no suspension"
        if earlier[0].reversed_at is not None:
            return "the suspension was reversed"
        if earlier[0].held_at is not None:
            return "the suspension waits for the answer to an objection"
        return "it was paid for already" if earlier[0].fee else "the suspension had ended"
    terms = terms_of(account, standing.terms_id)
    if terms.reinstatement is Reinstatement.WAIT:
        return "the terms know no reinstatement by payment"
    if (payload.amount_cents, payload.currency.upper()) != (terms.reinstatement_cents, terms.reinstatement_currency):
        return "another amount than the terms ask for"
    return ""


def _lift(account: Account[Contact], standing: Suspension, by: str, *, fee: str = "") -> None:
    lifted = replace(standing, lifted_at=account.now, lifted_by=by, fee=fee)
    _put(account, standing, lifted)
    body = StandingMail(Letter.REINSTATED, attendee_of(account), account.now, by=by)
    name = f"{Letter.REINSTATED}:{standing.session_id}"
    account.mail(EffectKind.MAIL_CUSTOMER, name, body.to.email, body, account.sent_as(name), lane=account.case.key)


def _undo(account: Account[Contact], undone: Suspension) -> None:
    """The suspension is void, its strike withdrawn, its other no-show free again; a fee paid for it is a person's."""
    void = replace(undone, reversed_at=account.now)
    _put(account, undone, void)
    freed = tuple(replace(n, spent_on=None) if n.spent_on == undone.session_id else n for n in account.live.no_shows)
    account.owner = replace(account.live, no_shows=freed)
    account.found("A9", "its suspension is void", started=undone.started_at)
    by = next((n for n in account.live.no_shows if n.session_id == undone.session_id), None)
    if by is not None and by.company_id:
        account.found("A9", "its strike is withdrawn", company=by.company_id)
        payload = StrikeWithdrawn(by.session_id, account.live.id)
        account.tell_other(company_key(by.company_id), payload, by.session_id, account.now.isoformat())
    fee = next((f for f in account.live.fees if undone.fee and f.reference == undone.fee), None)
    if fee is not None:
        account.found("S7", "a fee was paid for it: put before a person", reference=fee.reference)
        _ask_about(account, fee, "the suspension that it lifted was reversed", can_lift=False)


def _ask_about(account: Account[Contact], fee: Fee, problem: str, *, can_lift: bool) -> None:
    lead = account.lead()
    if lead is None:
        return
    number = next(i for i, known in enumerate(account.live.fees, start=1) if known.reference == fee.reference)
    amount = f"{fee.amount_cents // 100}.{fee.amount_cents % 100:02} {fee.currency}"
    choices = (Choice.REINSTATE, Choice.LEAVE) if can_lift else (Choice.LEAVE,)
    matter = Matter(
        f"fee-{number}-reversed" if fee.lifted else f"fee-{number}",
        "fee",
        lead.id,
        account.now,
        reference=fee.reference,
        detail=f"{amount}, reference {fee.reference}: {problem}",
        choices=tuple(choice.value for choice in choices),
    )
    account.ask(matter, attendee_of(account), ())


def _tell_of_reversal(
    account: Account[Contact], gone: NoShow, past: tuple[PastSession, ...], *, lifts: bool, asked: bool
) -> None:
    """Only who was told of it is told that it is none (A9), and who objected has an answer (A15)."""
    told = (f"{Letter.WARNING}:{gone.session_id}", f"{Letter.SUSPENSION}:{gone.spent_on}")
    if not asked and not any(account.sent_as(name) for name in told):
        account.found("A9", "nobody had been told of it")
        return
    body = StandingMail(Letter.REVERSAL, attendee_of(account), account.now, sessions=past, lifts=lifts)
    name = f"{Letter.REVERSAL}:{gone.session_id}"
    account.mail(EffectKind.MAIL_CUSTOMER, name, body.to.email, body, account.sent_as(name), lane=account.case.key)


def _tell_staff(account: Account[Contact], gone: NoShow) -> None:
    """Who was asked what to make of it, too."""
    for matter in account.live.matters:
        member = account.case.desk.member(matter.to)
        if matter.about == "second-no-show" and gone.session_id in matter.sessions and member is not None:
            account.tell_staff(StaffLetter.OUTCOME_REVERSED, member, attendee_of(account))


def _standing(account: Account[Contact]) -> Suspension | None:
    """The latest that stands now."""
    return next((s for s in reversed(account.live.suspensions) if s.stands_at(account.now)), None)


def _put(account: Account[Contact], former: Suspension, later: Suspension) -> None:
    account.owner = replace(
        account.live, suspensions=tuple(later if s == former else s for s in account.live.suspensions)
    )
