"""What do lists look like? Rows of the outbox, of sources, of companies and of an examination, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from syncd.cli.show import columns, instant, out
from syncd.domain.effect import EffectState
from syncd.domain.people import Company
from syncd.engine.directory import Imported
from syncd.ports.store import SourceState
from syncd.ports.views import OutboxRow
from syncd.runtime.doctor import Examined
from syncd.runtime.operating import PutAside, SourceRow

SOURCES = ("source", "what", "last read", "state")
COMPANIES = ("id", "name", "code", "plan", "until", "contacts", "")


def outbox(rows: Sequence[OutboxRow], zone: str) -> None:
    """Each with its key beneath, to be copied for `retry` and `discard`."""
    for row in rows:
        when = row.done_at if row.state is EffectState.DONE else row.due_at
        what = f"{row.effect.kind} to {row.effect.recipient}, {row.attempts} attempts"
        out.print(f"[bold]{row.state:<8}[/] {instant(when, zone)}  {escape(what)}")
        out.print(f"         [dim]{escape(row.effect.key)}[/]")
        if row.reason:
            out.print(f"         [yellow]{escape(row.reason)}[/] {escape(row.hint)}")
    if not rows:
        out.print("nothing")


def sources(rows: Sequence[SourceRow], zone: str) -> None:
    columns([(r.state.source, r.about, instant(r.state.read_at, zone), _how(r.state)) for r in rows], SOURCES)
    for row in rows:
        if row.state.failing_since is not None:
            since = instant(row.state.failing_since, zone)
            out.print(f"\n[red]{escape(row.state.source)}[/] fails since {since}: {escape(row.state.error)}")
            out.print(f"  {escape(row.state.hint)}")


def put_aside(rows: Sequence[PutAside], zone: str) -> None:
    for row in rows:
        out.print(f"{instant(row.received_at, zone)}  {escape(row.source)}  {escape(row.key)}  {row.size} bytes")
        out.print(f"         [yellow]{escape(row.reason)}[/]")
    if not rows:
        out.print("nothing")


def _how(state: SourceState) -> str:
    if state.failing_since is not None:
        return "paused" if state.paused else "fails"
    if state.rereading:
        return "reads in full"
    return "well" if state.read_at is not None else "not read yet"


def companies(rows: Sequence[tuple[Company, int]]) -> None:
    if not rows:
        out.print("no companies yet; `syncd directory import` brings them in")
        return
    columns([_company(company, contacts) for company, contacts in rows], COMPANIES)


def _company(company: Company, contacts: int) -> tuple[str, ...]:
    notes = [note for note, applies in (("blocked", company.barred), ("not listed", not company.listed)) if applies]
    plan = company.plan.value if company.plan is not None else "-"
    until = str(company.plan_until or "-")
    return (company.id, company.name, company.code or "-", plan, until, str(contacts), ", ".join(notes))


def imported(found: Imported) -> None:
    out.print(f"{found.companies} companies, {found.contacts} contacts; {found.news} changes")
    for problem in found.problems:
        out.print(f"[yellow]{escape(problem.where)}[/] {escape(problem.what)}\n        {escape(problem.hint)}")


def examined(found: Sequence[Examined]) -> None:
    for one in found:
        mark = "[green]well[/]" if one.well else "[bold red]fails[/]"
        out.print(f"{mark:<20} [bold]{escape(one.part)}[/]  {escape('; '.join(one.facts))}")
        if one.hint:
            out.print(f"       {escape(one.hint)}")
