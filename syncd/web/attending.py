"""What can the customer say of a session that is due? That they are here, late, not coming; and object to the outcome
(A3, A4, A11, A15). GET shows; a press says it, and counts from the instant it came."""

from __future__ import annotations

from typing import Literal, cast

from starlette.responses import Response

from syncd.domain.decision import AnswerCode
from syncd.messages.catalogue import Locale
from syncd.web.forms import LINE_BREAKS, Mistake, lines_of, unprintable
from syncd.web.manage import Glance, of_session
from syncd.web.outcome import SAYS
from syncd.web.visit import Foreign, NotThere, link, see

WORDS_MAX = 2000
Says = Literal["here", "late", "not-coming"]


@of_session
def say(glance: Glance) -> Response:
    """POST: whatever the feeds say, it counts (A11). "I am here" leads on to the room (CON-6)."""
    says = glance.visit.form.get("says", "")
    if says not in SAYS:
        raise Foreign
    press = glance.pressed("say")
    door = glance.visit.services.door
    answer = door.say(glance.session.id, cast(Says, says), f"{press}~{says}", glance.reader.email, glance.via)
    if not answer.accepted:
        return glance.refused(answer)
    if says == "here" and _has_room(glance):
        return see(f"{glance.path}/room")
    return see(link(glance.path, said=says, zone=glance.visit.chosen_zone))


@of_session
def room(glance: Glance) -> Response:
    """The page that leads on to the room: a form of ours never ends on another site (`form-action 'self'`)."""
    if not glance.is_booked or not _has_room(glance):
        raise NotThere
    return glance.show("room.html")


@of_session
def object_to(glance: Glance) -> Response:
    """POST: one press, words are optional (A15)."""
    visit = glance.visit
    press, words = glance.pressed("object"), lines_of(visit.form.get("words", ""))
    wrong = _unusable(words, visit.when.locale)
    if wrong:
        mistakes, again = [Mistake("words", wrong)], glance.press("object")
        return glance.show("objection.html", 422, mistakes=mistakes, typed=visit.form, press=again)
    answer = visit.services.door.object(glance.session.id, glance.reader.email, words, press)
    if answer.code in (AnswerCode.RECORDED, AnswerCode.UNCHANGED):
        return see(link(glance.path, zone=glance.visit.chosen_zone))
    return glance.refused(answer)


def _unusable(words: str, locale: Locale) -> str:
    """Why these words cannot be taken, to the one who wrote them; empty where they can."""
    if len(words) > WORDS_MAX:
        return locale.say("page.objection.too_long", most=WORDS_MAX, number=len(words))
    return locale.say("page.objection.unprintable") if unprintable(words, LINE_BREAKS) else ""


def _has_room(glance: Glance) -> bool:
    return glance.by_screen and glance.facts.join is not None and bool(glance.facts.join.join_url)
