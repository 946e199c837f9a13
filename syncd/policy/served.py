"""What became of a request? It was served by a session, is missed again, or was cleared (O1, O2, O3, E4)."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.calling import ClearancePressed, RequestMissed, RequestServed
from syncd.domain.decision import AnswerCode
from syncd.domain.effect import CustomerMail, EffectKind
from syncd.domain.evidence import Evidence
from syncd.domain.keys import company_key, derived_key
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.paying import ClearanceGranted
from syncd.domain.request import RequestKind
from syncd.policy.request_draft import RequestDraft, dispatcher_of, summary_of, writer_of


def on_served(draft: RequestDraft, evidence: Evidence, served: RequestServed) -> None:
    """A session was made for it: nothing waits for a person any more."""
    if draft.request is None:
        return
    at = evidence.received_at
    draft.request = replace(draft.request, session_id=served.session_id, closed_at=at, questions=())
    draft.found("O1", "it became a session")


def on_missed(draft: RequestDraft, missed: RequestMissed) -> None:
    """The session that was made for it is off, or another is needed: it waits for a person again (O2, O3)."""
    request = draft.request
    if request is None or request.session_id != missed.session_id:
        draft.found("O2", "an earlier session of this request; another one stands")
        return
    kind = RequestKind.EMERGENCY if missed.why == "needs-session" else request.kind
    draft.request = replace(request, kind=kind, closed_at=None)
    draft.found("O2", f"it waits for a person again: {missed.why}")
    member = draft.case.desk.member(request.sorted_by or "") or dispatcher_of(draft)
    if member is not None:
        body = replace(draft.staff_mail(StaffLetter.REQUEST_OPEN, member, summary_of(draft)), hint=missed.why)
        draft.put(EffectKind.MAIL_STAFF, f"open:{missed.session_id}", member.email, body)


def on_clearance(draft: RequestDraft, evidence: Evidence, pressed: ClearancePressed) -> None:
    """E4: staff's yes, for this company and release; the writer hears that it can be bought now."""
    if draft.request is None:
        draft.found("O1", "there is no such request")
        draft.answer(evidence, AnswerCode.STALE_QUESTION, "E4")
        return
    at, company = evidence.received_at, company_key(pressed.company_id)
    granted = ClearanceGranted(pressed.release_id, pressed.by)
    key = derived_key("decision", draft.case.key, granted.kind, pressed.company_id, pressed.release_id, evidence.key)
    draft.derived.append(Evidence(key, "decision", draft.now, granted, company))
    draft.request = replace(
        draft.request,
        kind=RequestKind.CLEARANCE,
        sorted_at=at,
        sorted_by=pressed.by,
        questions=(),
        closed_at=at,
    )
    draft.found("E4", "cleared for this company and release", by=pressed.by, release=pressed.release_id)
    draft.answer(evidence, AnswerCode.RECORDED, "E4")
    if "@" in draft.live.sender:
        mail = CustomerMail(
            Letter.CLEARED,
            Cause.ASKED,
            writer_of(draft, draft.live),
            None,
            draft.now,
            request_id=draft.live.id,
            about=pressed.release_name,
        )
        draft.put(EffectKind.MAIL_CUSTOMER, f"{Letter.CLEARED}:{pressed.release_id}", draft.live.sender, mail)
