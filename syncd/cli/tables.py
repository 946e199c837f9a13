"""What do lists look like? Rows of the outbox, of sources, of companies and of an examination, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from syncd.cli.show import instant, out, table
from syncd.domain.effect import EffectState
from syncd.domain.people import Company
from syncd.engine.directory import Imported
from syncd.ports.views import OutboxRow
from syncd.runtime.doctor import Examined
from syncd.runtime.operating import SourceRow


def outbox(rows: Sequence[OutboxRow], zone: str) -> None:
    shown = table("state", "when", "tries", "what", "key")
    for row in rows:
        when = row.done_at if row.state is EffectState.DONE else row.due_at
        what = escape(f"{row.effect.kind} to {row.effect.recipient}")
        if row.reason:
            what += f"\n[yellow]{escape(row.reason)}[/]" + (f"\n{escape(row.hint)}" if row.hint else "")
        shown.add_row(row.state.value, instant(when, zone), str(row.attempts), what, escape(row.effect.key))
    out.print(shown if rows else "nothing")


def sources(rows: Sequence[SourceRow], zone: str) -> None:
    shown = table("source", "what", "last read", "state")
    for row in rows:
        state = row.state
        if state.failing_since is not None:
            about = escape(f"{state.error}\n{state.hint}")
            how = f"[red]failing since {instant(state.failing_since, zone)}[/]\n{about}"
        elif state.rereading:
            how = "reads in full"
        else:
            how = "[green]well[/]" if state.read_at is not None else "not read yet"
        shown.add_row(escape(state.source), escape(row.about), instant(state.read_at, zone), how.strip())
    out.print(shown)


def companies(rows: Sequence[tuple[Company, int]]) -> None:
    shown = table("id", "name", "code", "plan", "until", "contacts", "")
    for company, contacts in rows:
        notes = [
            note for note, applies in (("blocked", company.blocked), ("not listed", not company.listed)) if applies
        ]
        shown.add_row(
            escape(company.id),
            escape(company.name),
            escape(company.code or "-"),
            company.plan.value if company.plan is not None else "-",
            str(company.plan_until or "-"),
            str(contacts),
            ", ".join(notes),
        )
    out.print(shown if rows else "no companies yet; `syncd directory import` brings them in")


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
