"""Is it paid? A slot is kept while its payment is open, booked when the processor says paid, and freed when it says
that nothing can be paid any more (B2, E4, E7, PAY-1 to PAY-5). No path pays money back (S7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.domain.decision import AnswerCode
from syncd.domain.effect import EffectKind, EffectState, PaymentLook, PaymentOpen
from syncd.domain.evidence import EffectParked, Evidence
from syncd.domain.letters import StaffLetter
from syncd.domain.money import Amount, Payment, PaymentState
from syncd.domain.paying import PaymentAbandoned, PaymentNudged, PaymentOpened, PaymentSeen
from syncd.domain.session import Booking, Move, SessionState
from syncd.policy.booking import set_booked
from syncd.policy.draft import Draft
from syncd.policy.publish import mail_staff

RESOLVED = (PaymentState.PAID, PaymentState.EXPIRED, PaymentState.INVOICED)
WAITING = (EffectState.PENDING, EffectState.CLAIMED)
KEPT_ON = timedelta(minutes=10)
"""So long beyond its payment's end a slot is kept, and again, until the processor has said what became of it."""


def is_being_paid(payment: Payment | None) -> bool:
    """May money still come for it? Then nothing is freed."""
    return payment is not None and payment.state not in RESOLVED


def begin_payment(draft: Draft, evidence: Evidence, method: str, booking: Booking, amount: Amount) -> None:
    """The slot is held; ask the processor. What is booked once it is paid stands beside it."""
    session = draft.live
    number = 1 + (int(session.payment.reference.rpartition("-")[2]) if session.payment else 0)
    until = draft.now + draft.case.terms.payment_within
    payment = Payment(f"{session.id}-{number}", method, amount, PaymentState.ASKED, draft.now, until)
    draft.change(payment=payment, unpaid=booking, hold_until=until + KEPT_ON)
    draft.found("PAY-5", "held while its payment is open", until=until, cents=amount.cents, method=method)
    ask_processor(draft, payment, booking)
    draft.answer(evidence, AnswerCode.PAYMENT_DUE, "PAY-5", until)


def invoiced(draft: Draft, method: str, booking: Booking, amount: Amount) -> None:
    """Billed by hand: the booking stands at once, and the bill is an effect of it."""
    payment = Payment(f"{draft.live.id}-1", method, amount, PaymentState.INVOICED, draft.now, draft.now)
    draft.change(payment=payment)
    ask_processor(draft, payment, booking)


def ask_processor(draft: Draft, payment: Payment, booking: Booking) -> None:
    kind = draft.case.desk.type(draft.live.type_id)
    body = PaymentOpen(
        method=payment.method,
        reference=payment.reference,
        amount=payment.amount,
        description=kind.name if kind else draft.live.type_id,
        email=booking.booker.email,
        locale=booking.booker.locale,
        expires_at=payment.expires_at,
        subject=draft.case.key,
        company=booking.company_name,
        contact=booking.booker.name,
    )
    expire_at = None if payment.state is PaymentState.INVOICED else payment.expires_at
    draft.emit(EffectKind.PAYMENT_OPEN, payment.method, body, name=payment.reference, expire_at=expire_at)


def on_payment_opened(draft: Draft, opened: PaymentOpened) -> None:
    payment = _payment(draft, opened.reference)
    if payment is None or payment.state is not PaymentState.ASKED:
        return
    state = PaymentState.OPEN
    draft.change(payment=replace(payment, state=state, outside_id=opened.outside_id, url=opened.url))
    draft.found("PAY-1", "the processor takes the payment", reference=payment.reference)


def on_payment_nudged(draft: Draft, nudged: PaymentNudged) -> None:
    """A webhook is believed in nothing: it only makes us look (PAY-4)."""
    payment = draft.session.payment if draft.session else None
    if payment is not None:
        draft.found("PAY-4", "the processor has news: it is asked", event=nudged.event_id)
        _look(draft, payment)


def on_payment_abandoned(draft: Draft, evidence: Evidence, _: PaymentAbandoned) -> None:
    payment = draft.session.payment if draft.session else None
    if payment is None or not is_being_paid(payment):
        draft.answer(evidence, AnswerCode.UNCHANGED, "PAY-5")
        return
    draft.found("PAY-5", "the customer went back; freed when the processor says expired")
    draft.change(payment=replace(payment, state=PaymentState.EXPIRING))
    _look(draft, draft.live.payment or payment, expire=True)
    draft.answer(evidence, AnswerCode.RECORDED, "PAY-5")


def on_payment_seen(draft: Draft, seen: PaymentSeen) -> None:
    """What the processor says now; only `paid`, and of the amount that was asked, pays (PAY-4)."""
    payment = _payment(draft, seen.reference)
    if payment is None or payment.state in (PaymentState.PAID, PaymentState.INVOICED):
        return
    if seen.status == "paid":
        _paid(draft, payment, seen)
    elif seen.status == "expired" or (seen.status == "unknown" and draft.now >= payment.expires_at):
        _expired(draft, payment)


def on_payment_parked(draft: Draft, parked: EffectParked) -> None:
    """The processor does not take it at all: nothing can be paid, and the slot is free again."""
    payment = draft.session.payment if draft.session else None
    if payment is not None and payment.state is PaymentState.ASKED:
        draft.found("PAY-1", f"the processor does not take the payment: {parked.reason}")
        _expired(draft, payment)


def watch_payment(draft: Draft) -> None:
    """Open payments are looked at, for webhooks get lost (PAY-4); at their end nothing more is taken (PAY-5)."""
    session = draft.session
    payment = session.payment if session else None
    if session is None or payment is None or not is_being_paid(payment):
        return
    terms = draft.case.terms
    if draft.now >= payment.expires_at:
        draft.change(hold_until=draft.now + KEPT_ON)
        if payment.state is not PaymentState.EXPIRING:
            payment = replace(payment, state=PaymentState.EXPIRING)
            draft.change(payment=payment)
            draft.found("PAY-5", "its time is over: the processor is asked to take it no more")
            _look(draft, payment, expire=True)
        elif not _looking(draft):
            _look(draft, payment, expire=True)
        draft.review(draft.now + terms.payment_look)
        return
    if payment.state is PaymentState.OPEN and not _looking(draft):
        due = payment.asked_at + terms.payment_look * (payment.looks + 1)
        if draft.now >= due:
            _look(draft, payment)
            due = draft.now + terms.payment_look
        draft.review(due)
    draft.review(payment.expires_at)


def _paid(draft: Draft, payment: Payment, seen: PaymentSeen) -> None:
    draft.change(payment=replace(payment, state=PaymentState.PAID, outside_id=seen.outside_id, paid_at=draft.now))
    session, booking = draft.live, draft.live.unpaid
    if seen.amount != payment.amount:
        _to_a_person(draft, "another amount was paid than was asked", seen)
    elif session.state is SessionState.HELD and booking is not None:
        draft.found("PAY-4", "paid; booked", reference=payment.reference)
        draft.change(state=session.after(Move.BOOK), unpaid=None)
        set_booked(draft, replace(booking, booked_at=draft.now), draft.now)
    else:
        _to_a_person(draft, "it was paid after its slot had gone", seen)


def _expired(draft: Draft, payment: Payment) -> None:
    draft.change(payment=replace(payment, state=PaymentState.EXPIRED))
    draft.found("PAY-5", "nothing can be paid any more", reference=payment.reference)
    if draft.live.state is SessionState.HELD:
        draft.change(state=draft.live.after(Move.LAPSE), hold_until=None, unpaid=None)
        draft.claims = ()


def _to_a_person(draft: Draft, why: str, seen: PaymentSeen) -> None:
    """The money is not lost, and never paid back by us: staff take it up (PAY-5, S7)."""
    draft.found("PAY-5", f"{why}; to a person", reference=seen.reference)
    for lead in draft.case.desk.leads():
        mail_staff(
            draft,
            StaffLetter.PAYMENT,
            lead,
            detail=f"{why} ({seen.reference}, {seen.outside_id})",
            hint="Agree on a time with the customer and put it on your calendar with the desk's mark.",
        )


def _payment(draft: Draft, reference: str) -> Payment | None:
    payment = draft.session.payment if draft.session else None
    if payment is None or payment.reference != reference:
        draft.found("PAY-4", "of a payment that is none of this session's, or of an earlier one", reference=reference)
        return None
    return payment


def _look(draft: Draft, payment: Payment, *, expire: bool = False) -> None:
    body = PaymentLook(payment.method, payment.reference, payment.outside_id, expire)
    kind = EffectKind.PAYMENT_EXPIRE if expire else EffectKind.PAYMENT_LOOK
    draft.emit(kind, payment.method, body, name=payment.reference, ordinal=payment.looks)
    draft.change(payment=replace(payment, looks=payment.looks + 1))


def _looking(draft: Draft) -> bool:
    kinds = (EffectKind.PAYMENT_LOOK, EffectKind.PAYMENT_EXPIRE)
    return any(e.kind in kinds and e.state in WAITING for e in draft.case.effects)
