"""How does a decision about a request grow, and whom can it tell? Its writer, the dispatcher, the deputy (O1, N8)."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.domain.case import RequestCase
from syncd.domain.people import Attendee, StaffMember
from syncd.domain.request import Request
from syncd.policy.making import Making

SHOWN_MAX = 4_000
"""Characters of the request in the mail to staff; the whole is kept with it."""


@dataclass(slots=True)
class RequestDraft(Making[RequestCase]):
    request: Request | None

    @property
    def live(self) -> Request:
        assert self.request is not None
        return self.request


def writer_of(draft: RequestDraft, request: Request) -> Attendee:
    case = draft.case
    contact, company = case.contact, case.company
    zone = (contact and contact.zone) or (company and company.zone) or request.zone or case.desk.zone
    locale = (contact and contact.locale) or request.locale or case.desk.locale
    return Attendee(request.sender_name or (contact.name if contact else ""), request.sender, zone, locale)


def dispatcher_of(draft: RequestDraft) -> StaffMember | None:
    desk = draft.case.desk
    return desk.member(desk.dispatcher or "") or next(iter(desk.leads()), None)


def deputy_of(draft: RequestDraft) -> StaffMember | None:
    """As configured, else another lead."""
    desk, dispatcher = draft.case.desk, dispatcher_of(draft)
    named = desk.member(desk.deputy or "")
    return named or next((lead for lead in desk.leads() if lead != dispatcher), None)


def summary_of(draft: RequestDraft) -> str:
    """Who asks for what, line by line, for the mail to staff."""
    request, company = draft.live, draft.case.company
    who = f"{request.sender_name} <{request.sender}>" if request.sender_name else request.sender
    plan = company.plan.value if company and company.plan else "-"
    known = f"{company.name} ({plan})" if company else ""
    told = "\n".join(p for p in (who, request.phone, known, request.subject, request.text) if p)
    return told[:SHOWN_MAX]
