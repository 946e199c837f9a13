"""Why is it as it is? The explanation of one subject for a page: what came in, what was decided by which rule, and what
that led to, in the order of the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from syncd.domain.decision import Finding
from syncd.domain.evidence import Asked, Evidence
from syncd.domain.spans import Span
from syncd.messages.when import When
from syncd.ports.views import Explanation, OutboxRow

SKIPPED = frozenset({"kind", "uid", "network", "asked", "effect_key"})
RECEIPTS = {"effect-done": "done", "effect-parked": "could not be done", "effect-stale": "decided anew"}
VALUE_MAX = 240


@dataclass(frozen=True, slots=True)
class Came:
    at: datetime
    what: str
    source: str
    facts: str


@dataclass(frozen=True, slots=True)
class Led:
    what: str
    to: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What came in, and the decision on it. `decided_at` None: not decided yet."""

    came: tuple[Came, ...]
    decided_at: datetime | None
    findings: tuple[Finding, ...] = ()
    led: tuple[Led, ...] = ()


def chapters(explanation: Explanation | None, when: When) -> tuple[Chapter, ...]:
    """The latest first. What came in later than the last decision stands before all."""
    if explanation is None:
        return ()
    waiting = sorted(explanation.evidence, key=lambda pair: pair[0].seq)
    found: list[Chapter] = []
    for row in explanation.decisions:
        came = []
        while waiting and waiting[0][0].seq <= row.evidence_upto:
            came.append(told(waiting.pop(0)[0], when))
        led = tuple(_led(effect) for effect in explanation.effects if effect.decision_id == row.id)
        if came or led or row.decision.findings:
            found.append(Chapter(tuple(came), row.decision.decided_at, row.decision.findings, led))
    if waiting:
        found.append(Chapter(tuple(told(one, when) for one, _ in waiting), None))
    return tuple(reversed(found))


def told(evidence: Evidence, when: When) -> Came:
    facts = ", ".join(_facts(evidence.payload, when))
    kind = evidence.payload.kind
    return Came(evidence.received_at, RECEIPTS.get(kind, kind.replace("-", " ")), evidence.source, facts)


def _led(row: OutboxRow) -> Led:
    letter = getattr(row.effect.body, "letter", None)
    what = str(row.effect.kind) if letter is None else f"{row.effect.kind} {letter}"
    return Led(what, row.effect.recipient, row.state, row.reason)


def _facts(payload: Any, when: When) -> Iterator[str]:
    for field in fields(payload):
        value = getattr(payload, field.name)
        if field.name in SKIPPED or value in (None, "", (), False) or isinstance(value, Asked):
            continue
        name = field.name.removeprefix("effect_").replace("_", " ")
        yield name if value is True else f"{name} {_value(value, when)}"


def _value(value: Any, when: When) -> str:
    match value:
        case datetime():
            return when.short_moment(value)
        case date():
            return value.isoformat()
        case timedelta():
            return f"{int(value.total_seconds()) // 60} min"
        case Span():
            return when.span(value.starts_at, value.ends_at)
        case Enum():
            return str(value.value)
        case tuple():
            return _short(", ".join(_value(one, when) for one in value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _short("(" + ", ".join(_facts(value, when)) + ")")
        case _:
            return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"
