"""Is all well? Connectors with what ails them and what helps, effects that are set aside, and what persons decided."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from syncd.domain.effect import EffectState
from syncd.domain.keys import CaseKind, split_key
from syncd.web.desk_person import AtDesk
from syncd.web.desk_story import told
from syncd.web.forms import Inspection
from syncd.web.visit import see

PARKED_MAX = 200
AUDIT_ROWS = 50
REASON_MAX = 500
UNREAD_MAX = 200
TOLD = {
    "retried": "It is due again now.",
    "discarded": "It is dropped, with your reason.",
    "gone": "It was settled already.",
}


def health(at: AtDesk) -> Response:
    return _page(at)


def parked(at: AtDesk) -> Response:
    """POST: do it again, or never."""
    at.pressed("parked")
    form, found = at.visit.form, Inspection()
    key = form.get("key", "")
    if not at.runs_syncd:
        return at.show("desk_said.html", 403, said=OTHERS, back="/desk/health")
    if form.get("do") == "retry":
        return see("/desk/health", told="retried" if at.door.retry(key) else "gone")
    reason = found.line("reason", form.get("reason", ""), "The reason", REASON_MAX, "Say why it is never to be done.")
    if found.mistakes:
        return _page(at, 422, mistakes=found.mistakes, wrong_key=key)
    return see("/desk/health", told="discarded" if at.door.discard(key, at.by, reason) else "gone")


class _Others:
    title = "This takes a lead or an operator"
    means = "Nothing was changed."


OTHERS = _Others()


def audit(at: AtDesk) -> Response:
    """The latest decisions by persons, page by page."""
    asked = at.visit.query.get("before", "")
    before = int(asked) if asked.isdigit() and len(asked) < 19 else None
    rows = at.views.pressed_by_persons(AUDIT_ROWS, before)
    shown = []
    for row in rows:
        kind, subject_id = split_key(row.subject) if row.subject else (None, "")
        href = (
            {
                CaseKind.SESSION: f"/desk/s/{subject_id}",
                CaseKind.CONTACT: f"/desk/contacts/{subject_id}",
                CaseKind.COMPANY: f"/desk/companies/{subject_id}",
                CaseKind.REQUEST: f"/desk/requests/{subject_id}",
            }.get(kind, "")
            if kind
            else ""
        )
        shown.append((told(row, at.visit.when), href, subject_id[:10]))
    return at.show("desk_audit.html", rows=shown, older=rows[-1].seq if len(rows) == AUDIT_ROWS else None)


def _unread(at: AtDesk) -> list[tuple[str, int, datetime]]:
    """(source, how many, since when): what came in and nobody has read stands against every no-show (ATT-7.6)."""
    found: dict[str, list[datetime]] = {}
    for one in at.views.unreadable(UNREAD_MAX):
        found.setdefault(one.source, []).append(one.received_at)
    return [(source, len(times), min(times)) for source, times in found.items()]


def _page(at: AtDesk, status: int = 200, **values: object) -> Response:
    desk, views = at.visit.desk, at.views
    holders = {c: f"calendar of {m.name}" for m in desk.staff for c in m.calendars}
    shown: dict[str, object] = {"mistakes": (), "wrong_key": ""} | values
    return at.show(
        "desk_health.html",
        status,
        sources=[(state, holders.get(state.source, "")) for state in views.sources()],
        parked=views.outbox((EffectState.PARKED,), PARKED_MAX),
        aside=views.set_aside(),
        unread=_unread(at),
        press=at.press("parked"),
        told=TOLD.get(at.visit.query.get("told", ""), ""),
        **shown,
    )
