"""What is going on today? The desk's first page, its board alone, and the presses on it (A3, A13, CON-5)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal, cast

from starlette.responses import HTMLResponse, Response

from syncd.domain.decision import AnswerCode
from syncd.web.desk_board import Boards
from syncd.web.desk_person import AtDesk
from syncd.web.forms import Inspection
from syncd.web.visit import Foreign, NotThere, Visit, link, see
from syncd.web.words import say

SAYS = {
    "here": "Recorded: you are in the room.",
    "nobody": "Recorded: nobody is there.",
    "nobody-since": "Recorded: nobody came, and you were in the room since the window opened.",
    "online": "Recorded: they are here online.",
    "phone": "Recorded: they are here by phone.",
    "unplaced": "Recorded: somebody is there whom you cannot place. It counts for the customer.",
}
Says = Literal["here", "nobody", "online", "phone", "unplaced"]


class Today:
    """`boards`: those that were drawn, shared with the live feed."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def page(self, at: AtDesk) -> Response:
        visit, day, who = at.visit, asked_day(at.visit), asked_who(at.visit)
        return at.show(
            "desk_today.html",
            drawn=self._boards.drawn(visit, day, who),
            day=day,
            noon=datetime.combine(day, time(12), visit.when.zone),
            before=day - timedelta(days=1),
            after=day + timedelta(days=1),
            who=who,
            who_query=f"&who={who}" if who else "",
            press=at.press("attest"),
            told=SAYS.get(visit.query.get("told", ""), ""),
        )

    def board(self, at: AtDesk) -> Response:
        drawn = self._boards.drawn(at.visit, asked_day(at.visit), asked_who(at.visit))
        return HTMLResponse(drawn.html, headers={"cache-control": "no-store"})


def press(at: AtDesk) -> Response:
    """One press: what is seen, of which session. The same press on the same board is the same act; on a colleague's
    session it is asked once more, since it is one's own word."""
    visit = at.visit
    token = at.pressed("attest")
    says, session_id, board = _read(visit.form.get("what", ""))
    session = visit.services.views.session(session_id)
    if session is None or session.booking is None:
        raise NotThere
    back = link("/desk", day=_day_of(visit), who=asked_who(visit))
    if at.member is None:
        return at.show("desk_said.html", 403, said=NO_STAFF, back=back)
    if session.staff_id != at.member.id and visit.form.get("sure") != "yes":
        holder = visit.desk.member(session.staff_id)
        return at.show(
            "desk_press.html",
            session=session,
            holder=holder.name if holder else session.staff_id,
            what=visit.form["what"],
            says=SAYS[says].removeprefix("Recorded: "),
            press=at.press("attest"),
            back=back,
        )
    plain, since_start = (says.removesuffix("-since"), says.endswith("-since"))
    act = f"{says}~{board or token}~{at.member.id}"
    answer = visit.services.door.attest(session_id, cast(Says, plain), since_start, at.member.id, act)
    if answer.code is not AnswerCode.RECORDED:
        said = say(visit.desk, visit.when, answer.code, answer.until)
        return at.show("desk_said.html", said.status, said=said, back=back)
    return see(link("/desk", day=_day_of(visit), who=asked_who(visit), told=says) + f"#s-{session_id[:10]}")


class _NoStaff:
    title = "Only who holds sessions can say that"
    means = "Your sign-in belongs to no member of the desk. An operator can change that with `syncd user add --staff`."


NO_STAFF = _NoStaff()


def asked_day(visit: Visit) -> date:
    asked = visit.query.get("day") or visit.form.get("day", "")
    return Inspection().day("day", asked, visit.today) if asked else visit.today


def asked_who(visit: Visit) -> str:
    asked = visit.query.get("who") or visit.form.get("who", "")
    return asked if visit.desk.member(asked) else ""


def _day_of(visit: Visit) -> str | None:
    day = asked_day(visit)
    return day.isoformat() if day != visit.today else None


def _read(what: str) -> tuple[str, str, str]:
    """(what is said, session id, number of the board it stood on)."""
    parts = what.split(".")
    if len(parts) != 3 or parts[0] not in SAYS:
        raise Foreign
    return parts[0], parts[1], parts[2]
