"""Why is it as it is? An explanation told in the store's order: evidence, then what was decided on it and by which
rules, then what that led to; receipts come back as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from rich.markup import escape

from syncd.cli.show import instant
from syncd.domain.evidence import Evidence
from syncd.domain.spans import Span
from syncd.ports.views import DecisionRow, Explanation, OutboxRow

_SKIPPED = frozenset({"kind", "uid", "network", "effect_kind"})
_VALUE_MAX = 160


def lines(explanation: Explanation, zone: str) -> Iterator[str]:
    """The story as marked-up lines; times in `zone`."""
    yield f"[bold]{escape(explanation.key)}[/]  (times in {escape(zone)})"
    waiting = sorted(explanation.evidence, key=lambda pair: pair[0].seq)
    for decision in explanation.decisions:
        while waiting and waiting[0][0].seq <= decision.evidence_upto:
            yield from _evidence(*waiting.pop(0), zone)
        yield from _decision(decision, zone)
        for row in explanation.effects:
            if row.decision_id == decision.id:
                yield from _effect(row, zone)
    for evidence, recorded_at in waiting:
        yield from _evidence(evidence, recorded_at, zone)
    if waiting:
        yield "    [dim]not settled yet[/]"


def _evidence(evidence: Evidence, recorded_at: datetime, zone: str) -> Iterator[str]:
    yield ""
    late = recorded_at - evidence.received_at
    noted = f", recorded {instant(recorded_at, zone)}" if abs(late) >= timedelta(seconds=2) else ""
    when = instant(evidence.received_at, zone)
    yield f"[cyan]{when}[/]  [bold]{evidence.payload.kind}[/] from {escape(evidence.source)}{noted}"
    told = ", ".join(_facts(evidence.payload, zone))
    if told:
        yield f"    {escape(told)}"
    yield f"    [dim]#{evidence.seq} {escape(evidence.key)}[/]"


def _decision(row: DecisionRow, zone: str) -> Iterator[str]:
    decision = row.decision
    yield f"  [green]decided[/] {instant(decision.decided_at, zone)}  [dim]#{row.id}, terms {escape(row.terms_id)}[/]"
    for finding in decision.findings:
        data = ", ".join(f"{name} {value}" for name, value in finding.data)
        yield f"    [bold]{finding.rule:<7}[/] {escape(finding.says)}" + (f" [dim]({escape(data)})[/]" if data else "")
    for answer in decision.answers:
        until = f" until {instant(answer.until, zone)}" if answer.until is not None else ""
        yield f"    answer  {answer.code} ({answer.rule}){until}"
    if decision.review_at is not None:
        yield f"    look again {instant(decision.review_at, zone)}"


def _effect(row: OutboxRow, zone: str) -> Iterator[str]:
    effect = row.effect
    letter = getattr(effect.body, "letter", None)
    what = f"{effect.kind} {letter}" if letter is not None else str(effect.kind)
    when = f"done {instant(row.done_at, zone)}" if row.done_at is not None else f"due {instant(row.due_at, zone)}"
    yield f"    [magenta]→[/] {escape(what)} to {escape(effect.recipient)}: [bold]{row.state}[/], {when}" + (
        f", {row.attempts} attempts" if row.attempts > 1 else ""
    )
    if row.reason:
        yield f"        {escape(row.reason)}" + (f" ({escape(row.hint)})" if row.hint else "")
    yield f"        [dim]{escape(effect.key)}[/]"


def _facts(payload: Any, zone: str) -> Iterator[str]:
    """The fields that say something, in words; what was asked of calendars is summed up."""
    for field in fields(payload):
        value = getattr(payload, field.name)
        if field.name in _SKIPPED or value in (None, "", (), False):
            continue
        yield f"{field.name.replace('_', ' ')} {_value(value, zone)}"


def _value(value: Any, zone: str) -> str:
    match value:
        case datetime():
            return instant(value, zone)
        case Span():
            return f"{instant(value.starts_at, zone)} to {instant(value.ends_at, zone)}"
        case Enum():
            return str(value.value)
        case tuple():
            return _short(", ".join(_value(one, zone) for one in value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _short("(" + ", ".join(_facts(value, zone)) + ")")
        case _:
            return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _VALUE_MAX else text[: _VALUE_MAX - 1] + "…"
