"""What do sums look like as a page? The report and the what-if with their charts, to be kept or mailed."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.engine.report import Report
from syncd.engine.whatif import FORESEES_NOT, Tally, WhatIf
from syncd.messages import charts
from syncd.web.report import RANKED_MAX, sections


def report(found: Report) -> str:
    first, last = found.since.date().isoformat(), found.until.date().isoformat()
    return charts.page("Attendance", f"Sessions from {first} to {last}, times of {found.zone}.", sections(found))


def what_if(found: WhatIf, settings: Sequence[tuple[str, str, str]]) -> str:
    words = ("as it was", "as it would be")
    sums = [
        (name.replace("_", " "), getattr(found.before, name), getattr(found.after, name)) for name in Tally.__slots__
    ]
    outcomes = [(name, float(before), float(after)) for name, before, after in found.outcomes]
    legend = charts.key(("calm", words[0]), ("open", words[1]))
    people = [c for c in found.changes if c.before.suspensions != c.after.suspensions or c.before.days != c.after.days]
    rows = [(change.name, float(change.before.days), float(change.after.days)) for change in people[:RANKED_MAX]]
    names = [name.replace("_", " ") for name in Tally.__slots__]
    listed = [
        (
            change.name,
            change.company,
            *(_pair(getattr(change.before, n), getattr(change.after, n)) for n in Tally.__slots__),
        )
        for change in found.changes
    ]
    sections = [
        charts.section("What would be different", charts.table(("setting", *words), settings)),
        charts.section("What sessions came to", charts.pairs("Sessions by outcome", outcomes, words), legend),
        charts.section("What followed", charts.table(("", *words), [(n, str(b), str(a)) for n, b, a in sums])),
    ]
    if rows:
        sections.append(charts.section("Days of suspension", charts.pairs("Days of suspension", rows, words), legend))
    if listed:
        sections.append(charts.section("Who gains, who loses", charts.table(("who", "company", *names), listed)))
    since = found.since.date().isoformat()
    lead = f"{found.sessions} sessions since {since}, decided again under other terms. Nothing was sent."
    return charts.page("What if other rules had been in force?", lead, sections, FORESEES_NOT)


def _pair(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} → {after}"
