"""What if it was not possible? Pages that say what happened, what it means and what can be done now (PAGE-6, C4)."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from starlette.responses import Response

from syncd.domain.decision import Answer, AnswerCode
from syncd.domain.desk import SessionType
from syncd.web.booking_form import carried
from syncd.web.tokens import new_press
from syncd.web.visit import Visit, link
from syncd.web.week import choices, nearest
from syncd.web.words import LOST_SLOTS, Said, say


def lost_slot(visit: Visit, kind: SessionType, form_id: str, lost: tuple[datetime, str], answer: Answer) -> Response:
    """The slot is gone, or was never to be had: the nearest three are one press away (B2)."""
    said = say(visit.desk, visit.when, answer.code, answer.until)
    form = visit.form.get("form", "")
    if answer.code not in LOST_SLOTS:
        return refused(visit, said, back=link(f"/book/{kind.id}", form=form, zone=visit.zone))
    near = nearest(visit, kind.id, lost, visit.services.door.session_of_form(form_id))
    return visit.show(
        "book_lost.html",
        said.status,
        kind=kind,
        form=form,
        press=new_press(visit.services.keys, "hold", form_id),
        said=said,
        lost=lost[0],
        near=choices(visit, near),
        carried=carried(visit),
    )


def refused(visit: Visit, said: Said, back: str) -> Response:
    answer = visit.show("refused.html", said.status, said=said, back=back)
    if said.code is AnswerCode.TOO_MANY_HOLDS and said.until is not None:
        answer.headers["retry-after"] = http_date(said.until)
    return answer


def too_many(visit: Visit, until: datetime) -> Response:
    """Throttled: when to try again, with everything that was typed (E3, spec/reliability.md 5)."""
    answer = visit.show("problem_too_many.html", 429, until=until)
    answer.headers["retry-after"] = http_date(until)
    return answer


def http_date(instant: datetime) -> str:
    return format_datetime(instant.replace(microsecond=0), usegmt=True)
