"""How does a suspended contact get free sessions back? The page that the notice links to: what it costs, what it does,
and the press that begins the payment (S4, PAY-6, C7)."""

from __future__ import annotations

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.money import Payment, PaymentState
from syncd.domain.people import Contact, Suspension
from syncd.engine.links import open_reinstatement_token, payment_token
from syncd.messages.amounts import shown
from syncd.messages.standing import INSTANT
from syncd.policy.payments import is_being_paid
from syncd.policy.reinstating import price
from syncd.ports.keys import Keys
from syncd.web.tokens import TOKEN_CHARS_MAX, new_press, open_press
from syncd.web.visit import Foreign, NotThere, Visit, see


def reinstatement_path(keys: Keys, subject: CaseKey) -> str:
    return f"/reinstate/{keys.sign('reinstatement', subject)}"


def reinstate(visit: Visit) -> Response:
    """GET shows how things stand; POST begins a payment, or goes on with the one that is open."""
    key = open_reinstatement_token(visit.services.keys, visit.path["token"][:TOKEN_CHARS_MAX])
    kind, contact_id = split_key(key) if key is not None else (None, "")
    contact = visit.services.views.contact(contact_id) if kind is CaseKind.CONTACT else None
    if key is None or contact is None:
        raise NotThere
    if visit.posted:
        return _begin(visit, key, contact)
    visit = visit.in_zone(contact.zone or "")
    standing = contact.suspended_at(visit.now)
    amount = price(visit.services.views.terms(standing.terms_id)) if standing is not None else None
    answer = visit.show(
        "reinstate.html",
        standing=standing,
        last=visit.when.date(standing.ends_at - INSTANT) if standing is not None and not standing.open_ended else "",
        amount=shown(amount, visit.when.locale.tag) if amount is not None else "",
        methods=visit.desk.payments if amount is not None else (),
        underway=_underway(visit, key, contact.payment, standing),
        state=_state(contact, standing),
        press=new_press(visit.services.keys, "reinstate", contact_id),
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _begin(visit: Visit, key: CaseKey, contact: Contact) -> Response:
    press = open_press(visit.services.keys, visit.form.get("press", ""), "reinstate", contact.id)
    if press is None:
        raise Foreign
    method = visit.form.get("method", "")
    answer = visit.services.door.ask_reinstatement(contact.id, method, f"{press}~{method[:100]}")
    if answer.code is AnswerCode.PAYMENT_DUE:
        return see(f"/paying/{payment_token(visit.services.keys, key)}")
    return see(visit.here)


def _underway(visit: Visit, key: CaseKey, payment: Payment | None, standing: Suspension | None) -> str:
    """The address of the payment that is open."""
    if standing is None or not is_being_paid(payment):
        return ""
    return f"/paying/{payment_token(visit.services.keys, key)}"


def _state(contact: Contact, standing: Suspension | None) -> str:
    """What became of the latest payment: `lifted`, `person` (it lifted nothing, and somebody looks at it), `invoiced`,
    `arriving`; empty where there was none for what stands."""
    payment = contact.payment
    if payment is None:
        return ""
    fee = next((f for f in contact.fees if f.reference == payment.reference), None)
    if fee is not None:
        return "lifted" if fee.lifted is not None else "person"
    if standing is None or payment.asked_at < standing.started_at:
        return ""
    return {PaymentState.PAID: "arriving", PaymentState.INVOICED: "invoiced"}.get(payment.state, "")
