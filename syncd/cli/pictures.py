"""What do sums look like as a page? The report and the what-if with their charts, to be kept or mailed."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.cli.sums import HEADINGS, WEEKDAYS, hours, tables
from syncd.engine.report import Count, Report
from syncd.engine.whatif import FORESEES_NOT, Tally, WhatIf
from syncd.messages import charts
from syncd.messages.charts import Bar

RANKED_MAX = 12
"""Companies and staff in a chart; the table beneath has all."""
MISSED, OPEN = ("miss", "missed"), ("open", "undetermined")


def report(found: Report) -> str:
    total, shown = found.total, dict(tables(found))
    first, last = found.since.date().isoformat(), found.until.date().isoformat()
    sections = [
        charts.section("At a glance", charts.figures(_glance(total))),
        charts.section(
            "Week by week",
            charts.columns("No-shows and undetermined sessions by week", [_share(*pair) for pair in found.weeks], " %"),
            charts.key(MISSED, OPEN),
            charts.table(HEADINGS, shown["By week"], "The numbers"),
        ),
        charts.section(
            "Weekday and hour",
            _heat(found),
            charts.key(("miss", "the darker, the higher the share of missed sessions")),
            charts.table(HEADINGS, shown["By weekday and hour"], "The numbers"),
        ),
        _ranked("Companies", found.companies, shown["By company"]),
        _ranked("Staff", found.staff, shown["By staff"]),
    ]
    if found.causes:
        causes = [Bar(cause, (("open", number),), str(number)) for cause, number in found.causes]
        sections.append(charts.section("Why sessions stayed undetermined", charts.bars("Causes", causes)))
    lead = f"Sessions from {first} to {last}, times of {found.zone}."
    return charts.page("Attendance", lead, sections)


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


def _glance(total: Count) -> list[tuple[str, str]]:
    return [
        ("sessions", f"{total.judged:,}"),
        ("missed", f"{total.no_show_rate:.1%}"),
        ("undetermined", f"{total.undetermined_share:.1%}"),
        ("resting on staff’s word", f"{total.attested_share:.1%}"),
        ("overturned", str(total.reversed)),
        ("time given back", hours(total.saved)),
    ]


def _share(name: str, count: Count) -> Bar:
    whole = count.judged or 1
    missed, open_ = 100 * count.no_show / whole, 100 * count.undetermined / whole
    about = f"{name}: {count.judged} sessions, {count.no_show} missed, {count.undetermined} undetermined"
    return Bar(name[5:], (("miss", missed), ("open", open_)), about=about)


def _heat(found: Report) -> str:
    counts = dict(found.hours)
    days = sorted({day for day, _ in counts})
    first, last = min((h for _, h in counts), default=9), max((h for _, h in counts), default=17)
    cells = {
        (days.index(day), hour - first): (
            count.no_show_rate,
            f"{WEEKDAYS[day]} {hour:02}: {count.no_show_rate:.1%} of {count.judged} sessions missed",
        )
        for (day, hour), count in counts.items()
    }
    names = [f"{hour:02}" for hour in range(first, last + 1)]
    return charts.heat("Share of missed sessions by weekday and hour", [WEEKDAYS[d] for d in days], names, cells)


def _ranked(title: str, counts: Sequence[tuple[str, Count]], rows: Sequence[Sequence[str]]) -> str:
    most = [
        Bar(
            name,
            (("miss", count.no_show), ("open", count.undetermined)),
            f"{count.no_show} of {count.judged} ({count.no_show_rate:.0%})",
        )
        for name, count in counts[:RANKED_MAX]
    ]
    drawn = charts.bars(f"{title}: missed and undetermined sessions", most)
    return charts.section(title, drawn, charts.key(MISSED, OPEN), charts.table(HEADINGS, rows, "The numbers"))


def _pair(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} → {after}"
