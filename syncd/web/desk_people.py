"""How do companies and contacts stand, and why? Their ledgers, with what they rest on; block, reinstate (S, C8, E6).

Only a lead presses what goes for or against somebody, and always with a reason.
"""

from __future__ import annotations

from starlette.responses import Response

from syncd.domain.keys import CaseKind, company_key, contact_key, split_key
from syncd.domain.people import Company, Contact
from syncd.web.desk_person import LEADS_ONLY, AtDesk
from syncd.web.desk_story import chapters
from syncd.web.forms import Inspection
from syncd.web.visit import NotThere, see

SHOWN_MAX = 200
SEARCH_MAX = 100
REASON_MAX = 500
TOLD = {
    "blocked": "The company is blocked: it books nothing until a person lifts it.",
    "unblocked": "The block is lifted.",
    "reinstated": "The suspension is lifted.",
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
    at.door.block(found.id, f"{press}~{blocked}", at.by, reason, blocked=blocked)
    return see(f"/desk/companies/{found.id}", told="blocked" if blocked else "unblocked")


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
    at.door.reinstate(found.id, press, at.by, reason)
    return see(f"/desk/contacts/{found.id}", told="reinstated")


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
    return at.show(
        "desk_company.html",
        status,
        company=found,
        contacts=at.views.contacts(found.id)[:SHOWN_MAX],
        chapters=chapters(at.views.explain(company_key(found.id)), at.visit.when),
        press=at.press("block", found.id),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )


def _contact_page(at: AtDesk, found: Contact, status: int = 200, **values: object) -> Response:
    shown: dict[str, object] = {"mistakes": (), "typed": {}} | values
    return at.show(
        "desk_contact.html",
        status,
        contact=found,
        company=at.views.company(found.company_id),
        suspension=found.suspended_at(at.visit.now),
        coming=at.views.sessions_of_contact(found.id, at.visit.now),
        chapters=chapters(at.views.explain(contact_key(found.id)), at.visit.when),
        press=at.press("reinstate", found.id),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )
