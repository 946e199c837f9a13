"""How does one ask to be called back? A form with the company's code; the answer says when, or who sees to it (O3, E3).

Asking takes a plan that brings return calls. Whatever is wrong with the code, the refusal is the same, and guessing is
throttled as it is when booking.
"""

from __future__ import annotations

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.engine.requests import CallWanted, RequestDoor
from syncd.messages.numbers import shown
from syncd.web.forms import CODE_MAX, ISSUE_MAX, NAME_MAX, Inspection, Mistake
from syncd.web.permission import count_refusal
from syncd.web.places import country_of
from syncd.web.refusals import too_many
from syncd.web.tokens import new_form, new_press, open_form, open_press
from syncd.web.typed import CODE_MISSING
from syncd.web.visit import Foreign, Visit, see
from syncd.web.words import Said, say

FIELDS = ("name", "email", "code", "mobile", "issue")


def call_back(visit: Visit) -> Response:
    if visit.posted:
        return _ask(visit)
    form_id = open_form(visit.services.keys, visit.query.get("form", ""))
    if form_id is not None:
        return _asked(visit, form_id)
    return _form(visit, new_form(visit.services.keys))


def _ask(visit: Visit) -> Response:
    keys, form = visit.services.keys, visit.form.get("form", "")
    form_id = open_form(keys, form)
    press = open_press(keys, visit.form.get("press", ""), "call-back", form_id or "")
    if form_id is None or press is None:
        raise Foreign
    found = Inspection()
    wanted = _wanted(visit, found)
    if found.mistakes:
        return _form(visit, form, 422, tuple(found.mistakes))
    closed = visit.house.codes.closed_until(visit.network, visit.now)
    if closed is not None:
        return too_many(visit, closed)
    answer = RequestDoor(visit.services.door).ask_call(form_id, press, wanted)
    if answer.accepted:
        return see("/call-back", form=form, zone=visit.zone)
    if answer.code is AnswerCode.ALREADY_BOOKED:
        return visit.show("call_back_coming.html", 409)
    count_refusal(visit, answer.code)
    said = say(visit.desk, visit.when, answer.code, answer.until)
    return _form(visit, form, said.status, refusal=said)


def _wanted(visit: Visit, found: Inspection) -> CallWanted:
    form = visit.form
    zone = found.zone("zone", visit.zone)
    name = found.line("name", form.get("name", ""), "The name", NAME_MAX, "Enter your name.")
    email = found.address("email", form.get("email", ""))
    code = found.line("code", form.get("code", ""), "The code", CODE_MAX, CODE_MISSING)
    before = len(found.mistakes)
    number = found.mobile("mobile", form.get("mobile", ""), country_of(zone))
    if number is None and len(found.mistakes) == before:
        found.wrong("mobile", "Enter the number that we shall call.")
    issue = found.paragraphs("issue", form.get("issue", ""), "The description", ISSUE_MAX)
    return CallWanted(code, name, email, number or "", zone, visit.mail_locale, issue)


def _form(
    visit: Visit, form: str, status: int = 200, mistakes: tuple[Mistake, ...] = (), refusal: Said | None = None
) -> Response:
    answer = visit.show(
        "call_back.html",
        status,
        form=form,
        press=new_press(visit.services.keys, "call-back", open_form(visit.services.keys, form) or ""),
        typed={name: visit.form.get(name, "") for name in FIELDS},
        wrong={name: next((m.says for m in mistakes if m.field == name), "") for name in FIELDS},
        mistakes=mistakes,
        refusal=refusal,
        terms=visit.services.terms(),
    )
    answer.headers["cache-control"] = "private, no-cache"  # Back restores what was typed
    return answer


def _asked(visit: Visit, form_id: str) -> Response:
    """What the form came to: a gap that is held, or a person who looks for one."""
    door = RequestDoor(visit.services.door)
    request_id = door.request_of_form(form_id)
    session, request = door.session_of(request_id), visit.services.views.request(request_id)
    if request is None:
        return _form(visit, visit.query.get("form", ""))
    call = session.call if session is not None else None
    return visit.show(
        "call_back_asked.html",
        session=session if call is not None else None,
        number=shown(call.number, None) if call is not None else "",
        calls_from=shown(call.calls_from, None) if call is not None and call.calls_from else "",
        by=request.answer_by,
    )
