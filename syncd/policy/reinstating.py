"""How is a reinstatement paid? From the contact's press to the processor's word; what a payment does to the suspension
is the ledger's to say (S4, PAY-1 to PAY-6). No path pays money back (S7)."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.case import ContactCase
from syncd.domain.decision import AnswerCode
from syncd.domain.effect import EffectKind, PaymentLook, PaymentOpen
from syncd.domain.evidence import EffectParked, Evidence, Payload
from syncd.domain.money import Amount, Payment, PaymentState
from syncd.domain.paying import PaymentNudged, PaymentOpened, PaymentSeen, ReinstatementAsked
from syncd.domain.people import Contact, Reinstatement, Suspension
from syncd.domain.standing import Reinstated
from syncd.domain.terms import Terms
from syncd.policy.account import Account
from syncd.policy.payments import WAITING, is_being_paid
from syncd.policy.standing import attendee_of, terms_of

LOOKS = (EffectKind.PAYMENT_LOOK, EffectKind.PAYMENT_EXPIRE)


def price(terms: Terms) -> Amount | None:
    """What lifts a suspension under these terms; None: waiting alone does (S4)."""
    if terms.reinstatement is Reinstatement.WAIT:
        return None
    return Amount(terms.reinstatement_cents, terms.reinstatement_currency)


def on_asked(account: Account[Contact], evidence: Evidence, asked: ReinstatementAsked) -> None:
    """A suspended contact wants to pay: by the terms that they were suspended under, and one payment at a time."""
    standing = account.live.suspended_at(account.now)
    amount = price(terms_of(account, standing.terms_id)) if standing is not None else None
    method = account.case.desk.payment_method(asked.method)
    payment = account.live.payment
    if standing is None:
        account.found("S4", "nothing is suspended now; there is nothing to pay for")
        account.answer(evidence, AnswerCode.UNCHANGED, "S4")
    elif amount is None or method is None:
        account.found("S4", "these terms know no payment" if amount is None else "there is no such way to pay")
        account.answer(evidence, AnswerCode.NOT_SOLD, "S4")
    elif payment is not None and (is_being_paid(payment) or _is_for(payment, standing)):
        account.found("PAY-6", "it is being paid already", reference=payment.reference)
        account.answer(evidence, AnswerCode.PAYMENT_DUE, "PAY-6", payment.expires_at)
    else:
        _begin(account, evidence, asked.method, amount, online=method.online)


def on_processor(account: Account[Contact], payload: Payload) -> None:
    """What the processor says, or that it says nothing."""
    payment = account.live.payment
    match payload:
        case PaymentOpened(reference=reference) if payment is not None and payment.reference == reference:
            if payment.state is PaymentState.ASKED:
                account.found("PAY-1", "the processor takes the payment", reference=reference)
                _put(account, replace(payment, state=PaymentState.OPEN, outside_id=payload.outside_id, url=payload.url))
        case PaymentNudged() if payment is not None:
            account.found("PAY-4", "the processor has news: it is asked", event=payload.event_id)
            _look(account, payment, payload.outside_id)
        case PaymentSeen():
            _on_seen(account, payload)
        case EffectParked(effect_kind=EffectKind.PAYMENT_OPEN) if payment is not None:
            if payment.state is PaymentState.ASKED:
                account.found("PAY-1", f"the processor does not take the payment: {payload.reason}")
                _put(account, replace(payment, state=PaymentState.EXPIRED))
        case _:
            pass


def on_abandoned(account: Account[Contact], evidence: Evidence) -> None:
    """They went back: nothing is waited for once nothing can be paid any more (PAY-5)."""
    payment = account.live.payment
    if payment is None or not is_being_paid(payment):
        account.answer(evidence, AnswerCode.UNCHANGED, "PAY-5")
        return
    account.found("PAY-5", "the payer went back; closed when the processor says expired")
    _expire(account, payment)
    account.answer(evidence, AnswerCode.RECORDED, "PAY-5")


def watch(account: Account[Contact]) -> None:
    """An open payment is looked at, for webhooks get lost (PAY-4); at its end nothing more is taken (PAY-5)."""
    payment = account.live.payment
    if payment is None or not is_being_paid(payment):
        return
    every = account.case.terms.payment_look
    if account.now >= payment.expires_at:
        if not _looking(account):
            _expire(account, payment)
        account.reviews.append(account.now + every)
        return
    due = payment.asked_at + every * (payment.looks + 1)
    if payment.state is PaymentState.OPEN and not _looking(account):
        if account.now >= due:
            _look(account, payment, payment.outside_id)
            due = account.now + every
        account.reviews.append(due)
    account.reviews.append(payment.expires_at)


def _begin(account: Account[Contact], evidence: Evidence, method: str, amount: Amount, *, online: bool) -> None:
    """Ask the processor; what is billed by hand lifts once staff record that it was paid (S4)."""
    contact, terms = account.live, account.case.terms
    number = 1 + (int(contact.payment.reference.rpartition("-")[2]) if contact.payment else 0)
    until = account.now + terms.payment_within if online else account.now
    state = PaymentState.ASKED if online else PaymentState.INVOICED
    payment = Payment(f"{contact.id}-{number}", method, amount, state, account.now, until)
    to = attendee_of(account)
    body = PaymentOpen(
        method=method,
        reference=payment.reference,
        amount=amount,
        description="",
        email=to.email,
        locale=to.locale,
        expires_at=until,
        subject=account.case.key,
        company=contact.company_id,
        contact=to.name,
    )
    account.found("PAY-6", "a payment for reinstatement", cents=amount.cents, method=method)
    account.put(EffectKind.PAYMENT_OPEN, payment.reference, method, body, 0, expire_at=until if online else None)
    _put(account, payment)
    account.answer(evidence, AnswerCode.PAYMENT_DUE if online else AnswerCode.RECORDED, "PAY-6", until)


def _on_seen(account: Account[Contact], seen: PaymentSeen) -> None:
    """Only `paid` pays (PAY-4). Whatever was paid goes to the ledger, once by its reference, an earlier payment's
    money too: it lifts what stands, or a person looks at it (PAY-6)."""
    payment = account.live.payment
    current = payment if payment is not None and payment.reference == seen.reference else None
    if seen.status == "paid" and seen.amount is not None:
        account.found("PAY-4", "paid", reference=seen.reference)
        paid = Reinstated("payment", seen.reference, seen.amount.cents, seen.amount.currency)
        account.tell_other(account.case.key, paid, seen.reference)
        if current is not None and current.state is not PaymentState.PAID:
            done = replace(current, state=PaymentState.PAID, outside_id=seen.outside_id, paid_at=account.now)
            _put(account, done)
    elif current is not None and is_being_paid(current) and _is_over(account, current, seen):
        account.found("PAY-5", "nothing can be paid any more", reference=seen.reference)
        _put(account, replace(current, state=PaymentState.EXPIRED))


def _is_over(account: Account[Contact], payment: Payment, seen: PaymentSeen) -> bool:
    """Expired by the processor's word; what it does not know is over when its time is."""
    return seen.status == "expired" or (seen.status == "unknown" and account.now >= payment.expires_at)


def _is_for(payment: Payment, standing: Suspension) -> bool:
    """Billed by hand, or paid and about to lift it: a second payment for this suspension is not begun."""
    resolved = payment.state in (PaymentState.INVOICED, PaymentState.PAID)
    return resolved and payment.asked_at >= standing.started_at


def _expire(account: Account[Contact], payment: Payment) -> None:
    _put(account, replace(payment, state=PaymentState.EXPIRING))
    _look(account, replace(payment, state=PaymentState.EXPIRING), payment.outside_id, expire=True)


def _look(account: Account[Contact], payment: Payment, outside_id: str, *, expire: bool = False) -> None:
    body = PaymentLook(payment.method, payment.reference, outside_id or payment.outside_id, expire)
    kind = EffectKind.PAYMENT_EXPIRE if expire else EffectKind.PAYMENT_LOOK
    account.put(kind, payment.reference, payment.method, body, payment.looks)
    _put(account, replace(payment, looks=payment.looks + 1))


def _looking(account: Account[Contact]) -> bool:
    assert isinstance(account.case, ContactCase)
    waiting = any(e.kind in LOOKS and e.state in WAITING for e in account.case.effects)
    return waiting or any(e.kind in LOOKS for e in account.effects)


def _put(account: Account[Contact], payment: Payment) -> None:
    account.owner = replace(account.live, payment=payment)
