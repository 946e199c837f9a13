"""How do companies and contacts stand, and why? Their ledgers, with what they rest on; block, reinstate (S, C8, E6).

Only a lead presses what goes for or against somebody, and always with a reason.
"""

from __future__ import annotations

import re

from starlette.responses import Response

from syncd.domain.decision import Answer
from syncd.domain.keys import CaseKind, company_key, contact_key, split_key
from syncd.domain.money import Amount
from syncd.domain.people import Company, Contact, Reinstatement
from syncd.domain.terms import Terms
from syncd.messages import story
from syncd.messages.amounts import shown as shown_amount
from syncd.policy.ledger import counting_strikes, lately
from syncd.web.desk_person import LEADS_ONLY, AtDesk
from syncd.web.desk_story import chapters
from syncd.web.forms import Inspection
from syncd.web.visit import NotThere, see
from syncd.web.words import say

SHOWN_MAX = 200
SEARCH_MAX = 100
REASON_MAX = 500
REFERENCE_MAX = 100
AMOUNT = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{2}))?")
TOLD = {
    "blocked": "The company is blocked: it books nothing until a person lifts it.",
    "unblocked": "The block is lifted.",
    "reinstated": "The suspension is lifted, and the contact is told.",
    "paid": "The payment is recorded.",
}


def companies(at: AtDesk) -> Response:
    wanted = at.visit.query.get("q", "").strip()[:SEARCH_MAX]
    found: list[Company] = []
    people: list[Contact] = []
    if wanted:
        for kind, subject_id in map(split_key, at.views.find_subjects(wanted, SHOWN_MAX)):
            if kind is CaseKind.COMPANY and (company := at.views.company(subject_id)) is not None:
                found.append(company)
            elif kind is CaseKind.CONTACT and (contact := at.views.contact(subject_id)) is not None:
                people.append(contact)
    else:
        found = list(at.views.companies())
    return at.show(
        "desk_companies.html",
        wanted=wanted,
        companies=found[:SHOWN_MAX],
        more=max(0, len(found) - SHOWN_MAX),
        people=people,
    )


def company(at: AtDesk) -> Response:
    return _company_page(at, _company(at))


def block(at: AtDesk) -> Response:
    """Block, or lift it: the form says which."""
    found = _company(at)
    press, form, reasons = at.pressed("block", found.id), at.visit.form, Inspection()
    reason = _reason(reasons, form.get("reason", ""))
    if not at.is_lead:
        return at.show("desk_said.html", 403, said=LEADS_ONLY, back=f"/desk/companies/{found.id}")
    if reasons.mistakes:
        return _company_page(at, found, 422, mistakes=reasons.mistakes, typed=form)
    blocked = form.get("blocked") == "yes"
    answer = at.door.block(found.id, f"{press}~{blocked}", at.by, reason, blocked=blocked)
    return _done(at, answer, f"/desk/companies/{found.id}", "blocked" if blocked else "unblocked")


def contact(at: AtDesk) -> Response:
    return _contact_page(at, _contact(at))


def reinstate(at: AtDesk) -> Response:
    found = _contact(at)
    press, form, reasons = at.pressed("reinstate", found.id), at.visit.form, Inspection()
    reason = _reason(reasons, form.get("reason", ""))
    if not at.is_lead:
        return at.show("desk_said.html", 403, said=LEADS_ONLY, back=f"/desk/contacts/{found.id}")
    if reasons.mistakes:
        return _contact_page(at, found, 422, mistakes=reasons.mistakes, typed=form)
    answer = at.door.reinstate(found.id, press, at.by, reason)
    return _done(at, answer, f"/desk/contacts/{found.id}", "reinstated")


def paid(at: AtDesk) -> Response:
    """A payment for reinstatement that came another way. The right amount lifts what stands; any other is put before a
    lead, and no money goes back (S4, S7, PAY-6)."""
    contact_, found, form = _contact(at), Inspection(), at.visit.form
    at.pressed("paid", contact_.id)
    missing = "Enter the reference under which it came in: it is recorded once."
    reference = found.line("reference", form.get("reference", ""), "The reference", REFERENCE_MAX, missing)
    amount = AMOUNT.fullmatch(form.get("amount", "").strip())
    if amount is None:
        found.wrong("amount", "Enter the amount as a number, such as 100.00.")
    if not at.is_lead:
        return at.show("desk_said.html", 403, said=LEADS_ONLY, back=f"/desk/contacts/{contact_.id}")
    if amount is None or found.mistakes:
        return _contact_page(at, contact_, 422, mistakes=found.mistakes, typed=form)
    cents = 100 * int(amount.group(1)) + int(amount.group(2) or 0)
    currency = _terms_for(at, contact_).reinstatement_currency
    answer = at.door.paid(contact_.id, reference, cents, currency, at.by)
    return _done(at, answer, f"/desk/contacts/{contact_.id}", "paid")


def _done(at: AtDesk, answer: Answer, path: str, told: str) -> Response:
    if answer.accepted:
        return see(path, told=told)
    said = say(at.visit.desk, at.visit.when, answer.code, answer.until)
    return at.show("desk_said.html", said.status, said=said, back=path)


def _terms_for(at: AtDesk, found: Contact) -> Terms:
    """What a payment must come to: by the terms of the suspension that stands, else those in force (S10)."""
    standing = found.suspended_at(at.visit.now)
    return at.views.terms(standing.terms_id) if standing else at.visit.services.terms()


def _reason(found: Inspection, typed: str) -> str:
    return found.line("reason", typed, "The reason", REASON_MAX, "Say why: the record keeps it.")


def _company(at: AtDesk) -> Company:
    found = at.views.company(at.visit.path["id"])
    if found is None:
        raise NotThere
    return found


def _contact(at: AtDesk) -> Contact:
    found = at.views.contact(at.visit.path["id"])
    if found is None:
        raise NotThere
    return found


def _company_page(at: AtDesk, found: Company, status: int = 200, **values: object) -> Response:
    shown: dict[str, object] = {"mistakes": (), "typed": {}} | values
    desk, terms, now = at.visit.desk, at.visit.services.terms(), at.visit.now
    counting = counting_strikes(found.strikes, now, found.zone or desk.zone, terms)
    recent = lately(found.same_day, now, terms)
    return at.show(
        "desk_company.html",
        status,
        company=found,
        counting=counting,
        terms=terms,
        in_their_words=story.of_company(found, len(counting), len(recent), terms, desk),
        contacts=at.views.contacts(found.id)[:SHOWN_MAX],
        chapters=chapters(at.views.explain(company_key(found.id)), at.visit.when),
        press=at.press("block", found.id),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )


def _contact_page(at: AtDesk, found: Contact, status: int = 200, **values: object) -> Response:
    shown: dict[str, object] = {"mistakes": (), "typed": {}} | values
    terms, desk = _terms_for(at, found), at.visit.desk
    tag = at.visit.when.locale.tag
    return at.show(
        "desk_contact.html",
        status,
        contact=found,
        terms=terms,
        can_pay=terms.reinstatement is not Reinstatement.WAIT,
        due=shown_amount(Amount(terms.reinstatement_cents, terms.reinstatement_currency), tag),
        fees=[(fee, shown_amount(Amount(fee.amount_cents, fee.currency), tag)) for fee in found.fees],
        in_their_words=story.of_contact(found, terms, desk, at.visit.now),
        press_paid=at.press("paid", found.id),
        company=at.views.company(found.company_id),
        suspension=found.suspended_at(at.visit.now),
        coming=at.views.sessions_of_contact(found.id, at.visit.now),
        chapters=chapters(at.views.explain(contact_key(found.id)), at.visit.when),
        press=at.press("reinstate", found.id),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )
