"""What can the customer say of a session that is due? That they are here, late, not coming; and object to the outcome
(A3, A4, A11, A15). GET shows; a press says it, and counts from the instant it came."""

from __future__ import annotations

from typing import Literal, cast

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.web.forms import Inspection
from syncd.web.manage import Glance
from syncd.web.outcome import SAYS
from syncd.web.visit import Foreign, NotThere, Visit, link, see

WORDS_MAX = 2000
Says = Literal["here", "late", "not-coming"]


def say(visit: Visit) -> Response:
    """POST: whatever the feeds say, it counts (A11). "I am here" leads on to the room (CON-6)."""
    glance = Glance.of(visit)
    says = visit.form.get("says", "")
    if says not in SAYS:
        raise Foreign
    press = glance.pressed("say")
    door = visit.services.door
    answer = door.say(glance.session.id, cast(Says, says), f"{press}~{says}", glance.reader.email, glance.via)
    if not answer.accepted:
        return glance.refused(answer)
    if says == "here" and _has_room(glance):
        return see(f"{glance.path}/room")
    return see(link(glance.path, said=says, zone=glance.visit.chosen_zone))


def room(visit: Visit) -> Response:
    """The page that leads on to the room: a form of ours never ends on another site (`form-action 'self'`)."""
    glance = Glance.of(visit)
    if not glance.is_booked or not _has_room(glance):
        raise NotThere
    return glance.show("room.html")


def object_to(visit: Visit) -> Response:
    """POST: one press, words are optional (A15)."""
    glance = Glance.of(visit)
    press, found = glance.pressed("object"), Inspection()
    words = found.paragraphs("words", visit.form.get("words", ""), "What you write", WORDS_MAX)
    if found.mistakes:
        again = glance.press("object")
        return glance.show("objection.html", 422, mistakes=found.mistakes, typed=visit.form, press=again)
    answer = visit.services.door.object(glance.session.id, glance.reader.email, words, press)
    if answer.code in (AnswerCode.RECORDED, AnswerCode.UNCHANGED):
        return see(link(glance.path, zone=glance.visit.chosen_zone))
    return glance.refused(answer)


def _has_room(glance: Glance) -> bool:
    return glance.by_screen and glance.facts.join is not None and bool(glance.facts.join.join_url)
