"""What do sums look like? Strikes, verification, what-if and figures as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.markup import escape
from rich.table import Table

from syncd.cli import show
from syncd.cli.show import instant, out
from syncd.domain.people import Suspension
from syncd.engine.report import Report
from syncd.engine.verify import Verified
from syncd.engine.whatif import FORESEES_NOT, Tally, WhatIf
from syncd.ports.views import Figures
from syncd.runtime.accounts import Account
from syncd.web.report import HEADINGS, WEEKDAYS, tables

LATELY = timedelta(days=30)
MINUTE = timedelta(minutes=1)
CHANGES_MAX = 40
"""Rows of who gains or loses; the rest are counted."""


def accounts(rows: Sequence[Account], zone: str) -> None:
    if not rows:
        out.print("no strikes, no blocks, nobody suspended")
        return
    table = _table("company", "strikes", "counting", "suspended contacts", "")
    for row in rows:
        people = "\n".join(f"{one.name} <{one.email}>, {_until(standing, zone)}" for one, standing in row.suspended)
        note = f"blocked: {row.company.block_reason}" if row.company.blocked_by_desk else ""
        note = note or ("blocked by the directory" if row.company.blocked else "")
        standing_strikes = sum(1 for strike in row.strikes if strike.withdrawn_at is None)
        table.add_row(escape(row.company.name), str(standing_strikes), str(row.counting), escape(people), escape(note))
    out.print(table)


def _until(standing: Suspension, zone: str) -> str:
    return "until it is paid for" if standing.open_ended else f"until {instant(standing.ends_at, zone)}"


def verified(found: Verified) -> None:
    out.print(
        f"{found.contacts} contacts, {found.sessions} sessions, {found.suspensions} suspensions and {found.strikes}"
        " strikes recomputed from stored evidence"
    )
    for one in found.differences:
        out.print(f"[bold red]{escape(one.key)}[/] {escape(one.what)}")
        out.print(f"    stands: {escape(one.stands)}; by the evidence: {escape(one.follows)}")
    out.print("[green]every penalty follows[/]" if found.good else f"[bold red]{len(found.differences)} differences[/]")


def what_if(found: WhatIf, settings: Sequence[tuple[str, str, str]]) -> None:
    if not settings:
        out.print("these are the terms in force: nothing would be different")
    for setting, former, later in settings:
        out.print(f"{escape(setting)}: {escape(former)} → [bold]{escape(later)}[/]")
    sums = _table(f"{found.sessions} sessions", "as it was", "as it would be")
    for name, before, after in (*found.outcomes, *_tally_rows(found.before, found.after)):
        sums.add_row(name, str(before), _changed(before, after))
    out.print(sums)
    if found.changes:
        who = _table("who", "company", "no-shows", "suspensions", "days", "strikes", "reviews")
        for change in found.changes[:CHANGES_MAX]:
            pairs = [_pair(getattr(change.before, n), getattr(change.after, n)) for n in Tally.__slots__]
            who.add_row(escape(change.name), escape(change.company), *pairs)
        out.print(who)
        if len(found.changes) > CHANGES_MAX:
            out.print(f"and {len(found.changes) - CHANGES_MAX} more; --json and --html show all")
    out.print(f"[dim]{FORESEES_NOT}[/]")


def _tally_rows(before: Tally, after: Tally) -> Iterator[tuple[str, int, int]]:
    for name in Tally.__slots__:
        yield name.replace("_", " "), getattr(before, name), getattr(after, name)


def _changed(before: int, after: int) -> str:
    if before == after:
        return str(after)
    return f"[bold {'red' if after > before else 'green'}]{after}[/] ({after - before:+})"


def _pair(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} → [bold]{after}[/]"


def report(found: Report) -> None:
    for title, rows in tables(found):
        table = _table(*HEADINGS, title=title)
        for row in rows:
            table.add_row(*map(escape, row))
        out.print(table)
    for cause, number in found.causes:
        out.print(f"undetermined because of {escape(cause)}: {number}")
    total = found.total
    out.print(
        f"{total.attested_share:.1%} rest on the word or silence of staff; {total.reversed} no-shows were overturned"
    )


def lately(found: Figures, now: datetime) -> None:
    """ATT-15, as `/metrics` shows it: how much of the last 30 days nobody knows, and up to when each feed does."""
    share = found.undetermined / found.judged if found.judged else 0.0
    by_word = found.by_word / found.judged if found.judged else 0.0
    out.print(
        f"last {LATELY.days} days: {found.judged} judged, [bold]{share:.1%}[/] undetermined (target: below 5 %),"
        f" {by_word:.1%} by the word or silence of staff, {found.overturned} no-shows overturned"
    )
    for feed, upto in found.known_upto:
        if upto is not None:
            out.print(f"{escape(feed)} knows what was until {instant(upto, 'UTC')}, {(now - upto) // MINUTE} min ago")


def plain(found: Report) -> dict[str, Any]:
    """For JSON: keys of pairs as text."""
    made: dict[str, Any] = show.plain(found)
    made["hours"] = [[f"{WEEKDAYS[day]} {hour:02}", show.plain(count)] for (day, hour), count in found.hours]
    return made


def _table(*headings: str, title: str = "") -> Table:
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="dim", box=None)
    for number, heading in enumerate(headings):
        numbers = number > 0 and heading not in ("company", "suspended contacts", "")
        table.add_column(heading, justify="right" if numbers else "left")
    return table
