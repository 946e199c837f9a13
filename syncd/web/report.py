"""What do the figures of attendance look like? Charts with their tables, and the same as CSV (ATT-15).

Used by the desk's page of reports and by `syncd report`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import timedelta

from syncd.engine.report import Count, Report
from syncd.messages import charts
from syncd.messages.charts import Bar

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEADINGS = ("", "sessions", "attended", "missed", "rate", "undetermined", "share", "cancelled", "given back")
RANKED_MAX = 12
"""Companies and staff in a chart; the table beneath has all."""
MISSED, OPEN = ("miss", "missed"), ("open", "undetermined")


def sections(found: Report) -> list[str]:
    """Charts with their tables, each a section of HTML."""
    shown = dict(tables(found))
    made = [
        charts.section("At a glance", charts.figures(_glance(found.total))),
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
        made.append(charts.section("Why sessions stayed undetermined", charts.bars("Causes", causes)))
    return made


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


def tables(found: Report) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """(title, rows) of every table, as they are shown and written."""
    yield "All", [_row("all", found.total)]
    yield "By week", [_row(name, count) for name, count in found.weeks]
    yield "By company", [_row(name, count) for name, count in found.companies]
    yield "By staff", [_row(name, count) for name, count in found.staff]
    yield "By weekday and hour", [_row(f"{WEEKDAYS[day]} {hour:02}", count) for (day, hour), count in found.hours]


def as_csv(found: Report) -> str:
    """One file of all tables; the first column says which."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [f.name for f in fields(Count) if f.name != "saved"]
    writer.writerow(["table", "of", *names, "saved_minutes", "no_show_rate", "undetermined_share", "attested_share"])
    hours = [(f"{WEEKDAYS[day]} {hour:02}", count) for (day, hour), count in found.hours]
    parts = (("all", (("all", found.total),)), ("week", found.weeks), ("company", found.companies))
    for table, rows in (*parts, ("staff", found.staff), ("hour", hours)):
        for name, count in rows:
            shares = (count.no_show_rate, count.undetermined_share, count.attested_share)
            values = [getattr(count, n) for n in names]
            writer.writerow(
                [table, _inert(name), *values, int(count.saved.total_seconds() // 60), *(f"{s:.4f}" for s in shares)]
            )
    return text.getvalue()


def _inert(cell: str) -> str:
    """No formula for a spreadsheet (owasp.org, CSV Injection)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _row(name: str, count: Count) -> tuple[str, ...]:
    return (
        name,
        str(count.judged),
        str(count.attended),
        str(count.no_show),
        f"{count.no_show_rate:.1%}",
        str(count.undetermined),
        f"{count.undetermined_share:.1%}",
        str(count.cancelled),
        hours(count.saved),
    )


def hours(saved: timedelta) -> str:
    minutes = int(saved.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
