"""How is the desk doing? Attendance of the last weeks as charts and tables, and as CSV (ATT-15)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.responses import Response

from syncd.domain.spans import Span
from syncd.engine.report import Report, report
from syncd.web.desk_person import AtDesk
from syncd.web.report import as_csv, sections

WEEKS = (4, 8, 13)


def reports(at: AtDesk) -> Response:
    found = _figures(at)
    # Escaped where it was made (messages/charts.py).
    drawn = Markup("".join(sections(found)))  # noqa: S704
    return at.show("desk_reports.html", report=found, drawn=drawn, weeks=WEEKS, chosen=_weeks(at))


def as_file(at: AtDesk) -> Response:
    found = _figures(at)
    name = f"attendance-{found.since:%Y-%m-%d}-{found.until:%Y-%m-%d}.csv"
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=headers)


def _weeks(at: AtDesk) -> int:
    asked = at.visit.query.get("weeks", "")
    return int(asked) if asked in {str(each) for each in WEEKS} else WEEKS[0]


def _figures(at: AtDesk) -> Report:
    """Over whole days of the desk's zone, the present one included as far as it has come."""
    desk, now = at.visit.desk, at.visit.now
    local = ZoneInfo(desk.zone)
    first = now.astimezone(local).date() - timedelta(weeks=_weeks(at))
    span = Span(datetime.combine(first, time(), local), now)
    names = {member.id: member.name for member in desk.staff}
    found = at.views.sessions_starting(span)
    return report(found, span.starts_at, span.ends_at, desk.zone, lambda one: names.get(one, one))
