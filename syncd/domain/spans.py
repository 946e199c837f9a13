"""When? Spans of time between two instants, and the checks every instant passes on its way in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC. A naive time is no instant: ValueError (it is never taken for UTC)."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} names no zone, so it is no instant")
    return instant.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open span [starts_at, ends_at) of aware UTC instants; never empty, never backwards."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", as_utc(self.starts_at))
        object.__setattr__(self, "ends_at", as_utc(self.ends_at))
        if self.ends_at <= self.starts_at:
            raise ValueError(f"a span ends after it starts: {self.starts_at} .. {self.ends_at}")

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, instant: datetime) -> bool:
        return self.starts_at <= instant < self.ends_at

    def widened(self, before: timedelta, after: timedelta) -> Span:
        return Span(self.starts_at - before, self.ends_at + after)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The union of spans, sorted, touching ones joined."""
    out: list[Span] = []
    for span in sorted(spans):
        if out and span.starts_at <= out[-1].ends_at:
            if span.ends_at > out[-1].ends_at:
                out[-1] = Span(out[-1].starts_at, span.ends_at)
        else:
            out.append(span)
    return tuple(out)
