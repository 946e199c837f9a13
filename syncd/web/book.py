"""How does one book? What, when, who, check, done: each step a page of its own (PAGE-1, PAGE-4, B1, B2, E1-E6, E10).

The slot is held from the moment details are asked. Nothing that is typed is kept by us before it is booked: a later
step carries it in hidden fields, so that it is never lost and never stands in an address (PRV-2).
"""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import SessionType
from syncd.domain.keys import session_key
from syncd.domain.session import Session, SessionState
from syncd.engine.door import Details
from syncd.engine.links import payment_token, session_token
from syncd.messages import amounts
from syncd.messages.numbers import shown
from syncd.ports.errors import SlotTaken
from syncd.web.booking_form import BookingForm, Notice, carried
from syncd.web.forms import Inspection
from syncd.web.permission import count_refusal, permission
from syncd.web.places import country_of
from syncd.web.refusals import lost_slot, refused, too_many
from syncd.web.selling import shown_fee, signed
from syncd.web.tokens import (
    new_form,
    new_press,
    open_form,
    open_press,
    read_slot,
)
from syncd.web.typed import inspect
from syncd.web.visit import Foreign, NotThere, Visit, link, see
from syncd.web.week import week_of
from syncd.web.words import LOST_SLOTS, say


def front(visit: Visit) -> Response:
    return visit.show("front.html")


def what(visit: Visit) -> Response:
    """Pick what; a desk with one session type goes straight on."""
    types = visit.desk.types
    if len(types) == 1:
        return see(f"/book/{types[0].id}", zone=visit.query.get("zone"))
    return visit.show("book_what.html", types=types)


def when(visit: Visit) -> Response:
    """Pick when. The form's id stands in the address, so that going back finds the same form and its hold (B2). As a
    POST it is the same page, carrying what was typed on a later step."""
    kind = kind_of(visit)
    form = visit.form.get("form") or visit.query.get("form", "")
    form_id = open_form(visit.services.keys, form)
    if form_id is None:
        if visit.posted:
            raise Foreign
        asked = {name: visit.query.get(name) for name in ("zone", "staff", "from")}
        return see(f"/book/{kind.id}", form=new_form(visit.services.keys), **asked)
    staff_id = staff_of(visit, kind)
    return visit.show(
        "book_when.html",
        kind=kind,
        form=form,
        press=new_press(visit.services.keys, "hold", form_id),
        staff=[m for m in visit.desk.staff if m.id in kind.staff],
        staff_id=staff_id,
        week=week_of(visit, kind, staff_id, _held(visit, form_id)),
        carried=carried(visit),
    )


def hold(visit: Visit) -> Response:
    """Keep the slot, then ask for details. With details carried along, go on with them at once."""
    kind = kind_of(visit)
    if not visit.posted:
        return see(f"/book/{kind.id}", zone=visit.query.get("zone"))
    form = visit.form.get("form", "")
    form_id = open_form(visit.services.keys, form)
    press = open_press(visit.services.keys, visit.form.get("press", ""), "hold", form_id or "")
    slot = read_slot(visit.form.get("slot", ""))
    if form_id is None or press is None or slot is None:
        raise Foreign
    held = _held(visit, form_id)
    since = held.hold_until.isoformat() if held and held.hold_until else ""
    act = f"{press}~{visit.form['slot']}~{since}"
    try:
        answer = visit.services.door.hold(form_id, act, kind.id, slot[1], slot[0], visit.network)
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    if answer.code is not AnswerCode.HELD:
        return lost_slot(visit, kind, form_id, slot, answer)
    if not carried(visit):
        return see(f"/book/{kind.id}/details", form=form, zone=visit.zone)
    return _go_on(visit, kind)


def details(visit: Visit) -> Response:
    """Who, and what about. As a POST: the same, with what was typed (from the check page)."""
    kind = kind_of(visit)
    form = BookingForm.of(visit, kind)
    if form is None:
        return see(f"/book/{kind.id}", zone=visit.query.get("zone"))
    return form.ask()


def check(visit: Visit) -> Response:
    """Everything that was typed, before it counts. Refused here is what would be refused when booking (E3, E5, E6)."""
    kind = kind_of(visit)
    if not visit.posted:
        return see(f"/book/{kind.id}", zone=visit.query.get("zone"))
    form = BookingForm.of(visit, kind)
    if form is None:
        raise Foreign
    return _checked(form, kind)


def book(visit: Visit) -> Response:
    """The one act: book. A second press of the same is the same act (PAGE-4)."""
    kind = kind_of(visit)
    if not visit.posted:
        return see(f"/book/{kind.id}", zone=visit.query.get("zone"))
    form = BookingForm.of(visit, kind)
    press = open_press(visit.services.keys, visit.form.get("press", ""), "book", form.id if form else "")
    if form is None or press is None:
        raise Foreign
    found = Inspection()
    wanted = inspect(form.typed, visit.desk, kind.id, form.slot, found)
    if found.mistakes:
        return form.ask(tuple(found.mistakes), status=422)
    closed = visit.house.codes.closed_until(visit.network, visit.now)
    if closed is not None:
        return too_many(visit, closed)
    if wanted.pays_by is not None:
        wanted = replace(wanted, shown=shown_fee(visit, form.id))
    try:
        answer = visit.services.door.book(form.id, press, wanted, visit.network)
    except SlotTaken:
        answer = Answer("", AnswerCode.SLOT_TAKEN, "B2")
    return _booked(form, wanted, answer)


def _booked(form: BookingForm, wanted: Details, answer: Answer) -> Response:
    """What the booking came to. A form that was used up by the very same person leads to what it booked."""
    visit = form.visit
    booking = form.session.booking
    again = answer.code is AnswerCode.ALREADY_BOOKED and booking is not None and booking.booker == wanted.booker
    if answer.code is AnswerCode.BOOKED or again:
        return see(f"/booked/{session_token(visit.services.keys, form.session.id, wanted.booker.email)}")
    if answer.code is AnswerCode.PAYMENT_DUE:
        return see(f"/paying/{payment_token(visit.services.keys, session_key(form.session.id))}")
    if answer.code is AnswerCode.FEE_CHANGED:
        return _checked(form, form.kind)
    if answer.code in LOST_SLOTS:
        return lost_slot(visit, form.kind, form.id, form.slot, answer)
    count_refusal(visit, answer.code)
    said = say(visit.desk, visit.when, answer.code, answer.until)
    if said.status == 403:
        return form.ask(refusal=said, status=403)
    return refused(visit, said, back=link(f"/book/{form.kind.id}", zone=visit.zone))


def kind_of(visit: Visit) -> SessionType:
    kind = visit.desk.type(visit.path["type_id"])
    if kind is None:
        raise NotThere
    return kind


def staff_of(visit: Visit, kind: SessionType) -> str | None:
    """One staff member, or None for anyone (B3)."""
    asked = visit.form.get("staff") or visit.query.get("staff", "")
    return asked if asked in kind.staff else None


def _checked(form: BookingForm, kind: SessionType) -> Response:
    visit = form.visit
    found = Inspection()
    wanted = inspect(form.typed, visit.desk, kind.id, form.slot, found)
    if found.mistakes:
        return form.ask(tuple(found.mistakes), status=422)
    allowed = permission(visit, wanted)
    if allowed.closed_until is not None:
        return too_many(visit, allowed.closed_until)
    if allowed.refusal is not None:
        return form.ask(refusal=allowed.refusal, status=403)
    if form.should_ask_for_mobile(wanted):
        return form.ask(notice=Notice.MOBILE)
    press = new_press(visit.services.keys, "book", form.id)
    mobile = shown(wanted.booker.mobile, country_of(wanted.booker.zone)) if wanted.booker.mobile else ""
    fee = allowed.fee
    return form.show(
        "book_check.html",
        press=press,
        details=wanted,
        company=allowed.company,
        mobile=mobile,
        fee=amounts.shown(fee, visit.when.locale.tag) if fee is not None else "",
        signed_fee=signed(visit, form.id, fee) if fee is not None else "",
        pays_first=any(m.id == wanted.pays_by and m.online for m in visit.desk.payments),
    )


def _go_on(visit: Visit, kind: SessionType) -> Response:
    """After another slot was held for details that were typed before: on to the check, or back to a half-filled form
    without reproach."""
    form = BookingForm.of(visit, kind)
    assert form is not None, "it has just been held"
    found = Inspection()
    inspect(form.typed, visit.desk, kind.id, form.slot, found)
    return form.ask() if found.mistakes else _checked(form, kind)


def _held(visit: Visit, form_id: str) -> Session | None:
    """What this form holds at the moment, if it does."""
    session = visit.services.views.session(visit.services.door.session_of_form(form_id))
    return session if session is not None and session.state is SessionState.HELD else None
