"""What do staff do about a request? Sort it, squeeze it in, call back, clear; say what a call came to (O1-O3, E4).

Gaps are shown as the tables know them; a return call's calendar is asked when it is pressed, and an emergency may stand
over other things (K6).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from starlette.responses import Response

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import SessionType, Slot
from syncd.domain.request import Request, RequestKind
from syncd.domain.session import CallOutcome, Session
from syncd.engine.requests import CallWanted, Customer, RequestDoor
from syncd.messages.numbers import shown
from syncd.web.desk_course import CALLS
from syncd.web.desk_person import AtDesk
from syncd.web.forms import CODE_MAX, ISSUE_MAX, NAME_MAX, Inspection, Mistake
from syncd.web.places import country_of
from syncd.web.selling import releases
from syncd.web.tokens import new_form, open_form, read_slot, slot_value
from syncd.web.visit import Foreign, NotThere, see
from syncd.web.words import Said, say

GAPS_MAX = 6
SORTS = (
    (RequestKind.EMERGENCY, "Emergency"),
    (RequestKind.RETURN_CALL, "Return call"),
    (RequestKind.CLEARANCE, "Clearance"),
    (RequestKind.OTHER, "Something else"),
)
OUTCOMES = (
    (CallOutcome.DONE, "Done"),
    (CallOutcome.SESSION, "Needs a session"),
    (CallOutcome.NOT_REACHED, "Not reached"),
)
TOLD = {
    "sorted": "It is sorted.",
    "squeezed": "It is booked. The customer is told, with the links.",
    "asked": "The company is blocked: the session waits in the inbox for your word.",
    "held": "The call is held in the calendar. The customer is told when, and from which number.",
    "no-gap": "It is sorted. No gap could be held by itself: pick one below.",
    "cleared": "It is cleared. The writer is told that it can be bought now.",
    "outcome": "The outcome is recorded.",
}


class _StaffOnly:
    title = "This takes a member of the desk"
    means = "You hold no sessions. Ask one of the staff. Nothing was changed."


class _CallOver:
    title = "This has been seen to"
    means = "A session or a call stands already, or the one call back was made. Nothing was changed."


@dataclass(frozen=True)
class Sheet:
    """One request as staff see it."""

    at: AtDesk
    request: Request
    door: RequestDoor
    customer: Customer
    session: Session | None

    @staticmethod
    def of(at: AtDesk) -> Sheet:
        request = at.views.request(at.visit.path["id"])
        if request is None:
            raise NotThere
        door = RequestDoor(at.visit.services.door)
        return Sheet(at, request, door, door.customer(request), door.session_of(request.id))

    @property
    def path(self) -> str:
        return f"/desk/requests/{self.request.id}"

    @property
    def number(self) -> str:
        return self.request.phone or self.customer.mobile

    @property
    def can_set(self) -> bool:
        """Is it still to be seen to? A live session or call stands in the way."""
        return self.session is None or self.session.state not in ("booked", "held")

    def press(self, act: str) -> str:
        return self.at.press(f"request-{act}", self.request.id)

    def pressed(self, act: str) -> str:
        return self.at.pressed(f"request-{act}", self.request.id)

    def emergency_gaps(self) -> list[tuple[SessionType, list[tuple[str, str]]]]:
        """By session type, the nearest first, as buttons."""
        return [(kind, self._buttons(self.door.emergency_gaps(kind.id))) for kind in self.at.visit.desk.types]

    def call_gaps(self) -> list[tuple[str, str]]:
        return self._buttons(self.door.call_gaps(self.customer.zone))

    def _buttons(self, slots: tuple[Slot, ...]) -> list[tuple[str, str]]:
        names, when = {m.id: m.name for m in self.at.visit.desk.staff}, self.at.visit.when
        return [
            (slot_value(s.starts_at, s.staff_id), f"{when.short_moment(s.starts_at)}, {names[s.staff_id]}")
            for s in slots[:GAPS_MAX]
        ]

    def show(self, status: int = 200, mistakes: tuple[Mistake, ...] = ()) -> Response:
        visit, call = self.at.visit, self.session.call if self.session else None
        return self.at.show(
            "desk_request.html",
            status,
            sheet=self,
            request=self.request,
            customer=self.customer,
            company=self.at.views.company(self.customer.company_id),
            session=self.session,
            call=call,
            outcome=CALLS[call.outcome] if call is not None and call.outcome is not None else "",
            shown_number=shown(self.number, None) if self.number else "",
            releases=releases(visit),
            sorts=SORTS,
            outcomes=OUTCOMES,
            mistakes=mistakes,
            wrong=defaultdict(str, {m.field: m.says for m in reversed(mistakes)}),
            typed=visit.form,
            told=TOLD.get(visit.query.get("told", ""), ""),
        )

    def said(self, answer: Answer) -> Response:
        """What an answer that was not the one hoped for means."""
        said: Said | _CallOver = _CallOver()
        if answer.code is not AnswerCode.ALREADY_BOOKED:
            said = say(self.at.visit.desk, self.at.visit.when, answer.code, answer.until)
        return self.at.show("desk_said.html", 409, said=said, back=self.path)


def request_page(at: AtDesk) -> Response:
    return Sheet.of(at).show()


def sort(at: AtDesk) -> Response:
    """What it is; a return call is held in the nearest gap at once."""
    sheet = Sheet.of(at)
    press, kind = sheet.pressed("sort"), at.visit.form.get("kind", "")
    if kind not in {each for each, _ in SORTS}:
        raise Foreign
    return sorted_as(at, sheet.request.id, RequestKind(kind), press)


def sorted_as(at: AtDesk, request_id: str, kind: RequestKind, press: str) -> Response:
    """From the inbox and from the request's own page."""
    at.door.sort(request_id, f"{press}~{request_id}~{kind}", kind, at.by)
    if kind is RequestKind.OTHER:
        return see("/desk/inbox", told="sorted")
    told = "sorted"
    if kind is RequestKind.RETURN_CALL:
        answer = RequestDoor(at.visit.services.door).plan_call(request_id, press, at.by)
        told = "held" if answer.code is AnswerCode.BOOKED else "no-gap"
    return see(f"/desk/requests/{request_id}", told=told)


def squeeze(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    press, form, found = sheet.pressed("squeeze"), at.visit.form, Inspection()
    type_id, _, value = form.get("slot", "").partition("~")
    slot = read_slot(value)
    if slot is None:
        raise Foreign
    code, email = _who(sheet, found)
    if at.member is None:
        return _staff_only(sheet)
    if found.mistakes:
        return sheet.show(422, tuple(found.mistakes))
    answer = sheet.door.squeeze_in(
        sheet.request.id, type_id, slot[1], slot[0], f"{press}~{form['slot']}", at.by, code, email
    )
    if not answer.accepted:
        return sheet.said(answer)
    return see(sheet.path, told="squeezed" if answer.code is AnswerCode.BOOKED else "asked")


def call(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    press, form, found = sheet.pressed("call"), at.visit.form, Inspection()
    picked = read_slot(form.get("slot", ""))
    if picked is None:
        raise Foreign
    code, email = _who(sheet, found)
    number = found.mobile("mobile", form.get("mobile", ""), country_of(sheet.customer.zone)) or sheet.number
    if not number and not found.mistakes:
        found.wrong("mobile", "Enter the number to call.")
    if at.member is None:
        return _staff_only(sheet)
    if found.mistakes:
        return sheet.show(422, tuple(found.mistakes))
    gaps = sheet.door.call_gaps(sheet.customer.zone)
    slot = next((gap for gap in gaps if (gap.starts_at, gap.staff_id) == picked), None)
    if slot is None:
        return sheet.said(Answer("", AnswerCode.SLOT_TAKEN, "O3"))
    answer = sheet.door.plan_call(sheet.request.id, press, at.by, slot, number, code, email)
    return see(sheet.path, told="held") if answer.code is AnswerCode.BOOKED else sheet.said(answer)


def clear(at: AtDesk) -> Response:
    """The yes of E4: for this company and that release."""
    sheet = Sheet.of(at)
    press, wanted = sheet.pressed("clear"), at.visit.form.get("release", "")
    found = Inspection()
    code, email = _who(sheet, found)
    if not any(release.id == wanted for release, _ in releases(at.visit)):
        found.wrong("release", "Choose a release from the list.")
    if at.member is None:
        return _staff_only(sheet)
    if found.mistakes:
        return sheet.show(422, tuple(found.mistakes))
    company_id = sheet.door.customer(sheet.request, code, email).company_id
    answer = sheet.door.clear(sheet.request.id, company_id, wanted, press, at.by)
    return see(sheet.path, told="cleared") if answer.accepted else sheet.said(answer)


def outcome(at: AtDesk) -> Response:
    sheet = Sheet.of(at)
    press, wanted = sheet.pressed("outcome"), at.visit.form.get("outcome", "")
    if wanted not in list(CallOutcome) or sheet.session is None:
        raise Foreign
    if at.member is None:
        return _staff_only(sheet)
    answer = sheet.door.end_call(sheet.session.id, CallOutcome(wanted), f"{press}~{wanted}", at.by)
    return see(sheet.path, told="outcome") if answer.accepted else sheet.said(answer)


def enter(at: AtDesk) -> Response:
    """Staff enter a return call for somebody who asked by phone (O3)."""
    visit, keys = at.visit, at.visit.services.keys
    if not visit.posted:
        return _entering(at, new_form(keys))
    form_id = open_form(keys, visit.form.get("form", ""))
    if form_id is None:
        raise Foreign
    press, form, found = at.pressed("request-enter", form_id), visit.form, Inspection()
    if at.member is None:
        return at.show("desk_said.html", 403, said=_StaffOnly(), back="/desk/inbox")
    name = found.line("name", form.get("name", ""), "The name", NAME_MAX, "Enter their name.")
    email = found.address("email", form.get("email", ""), "Enter their address: we write there when we call.")
    code = found.line("code", form.get("code", ""), "The code", CODE_MAX)
    number = found.mobile("mobile", form.get("mobile", ""), country_of(visit.zone))
    if number is None and not any(m.field == "mobile" for m in found.mistakes):
        found.wrong("mobile", "Enter the number to call.")
    issue = found.paragraphs("issue", form.get("issue", ""), "The description", ISSUE_MAX)
    if found.mistakes:
        return _entering(at, form.get("form", ""), tuple(found.mistakes))
    door = RequestDoor(visit.services.door)
    answer = door.ask_call(form_id, press, CallWanted(code, name, email, number or "", issue=issue, by=at.by))
    if not answer.accepted:
        return at.show("desk_said.html", 409, said=_CallOver(), back="/desk/inbox")
    told = "held" if answer.code is AnswerCode.BOOKED else "no-gap"
    return see(f"/desk/requests/{door.request_of_form(form_id)}", told=told)


def _entering(at: AtDesk, form: str, mistakes: tuple[Mistake, ...] = ()) -> Response:
    return at.show(
        "desk_request_new.html",
        422 if mistakes else 200,
        form=form,
        press=at.press("request-enter", open_form(at.visit.services.keys, form) or ""),
        typed=at.visit.form,
        mistakes=mistakes,
        wrong=defaultdict(str, {m.field: m.says for m in reversed(mistakes)}),
    )


def _who(sheet: Sheet, found: Inspection) -> tuple[str, str]:
    """Code and address as staff type them where the files know too little."""
    form = sheet.at.visit.form
    code = found.line("code", form.get("code", ""), "The code", CODE_MAX)
    if code and sheet.at.views.company_by_code(code) is None:
        found.wrong("code", "No company has this code.")
    missing = None if sheet.customer.email else "Enter the customer's e-mail address."
    return code, found.address("email", form.get("email", ""), missing)


def _staff_only(sheet: Sheet) -> Response:
    return sheet.at.show("desk_said.html", 403, said=_StaffOnly(), back=sheet.path)
