"""What now? Errors named by what the caller should do next (spec/reliability.md REL-7). Every one can carry a hint.

SyncdError
├── Retryable       the same call may succeed later: postpone
├── OutcomeUnknown  it may have happened: repeat only what is harmless, look up, else park
├── Permanent       understood and refused: park, show why
├── Misconfigured   nothing works until a person acts: pause the connector, keep its work, alert once
├── CursorExpired   no failure: re-read by difference
├── Stale           no failure: the version moved on; decide again
├── SlotTaken       no failure: offer others
└── Unavailable     the store cannot write now (disk full, read-only): say "not recorded"
"""

from __future__ import annotations

from datetime import timedelta

from syncd.domain.evidence import EntrySeen


class SyncdError(Exception):
    """`hint` says what a person can do about it; it holds no secret and no customer's data."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Retryable(SyncdError):
    """`retry_after`: what the vendor asked for; None: by our own back-off (CAL-28)."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class OutcomeUnknown(SyncdError):
    pass


class Permanent(SyncdError):
    """`means`: what the refusal of a text says of its number (SMS-9): out | unusable; empty: nothing lasting."""

    def __init__(self, message: str, *, hint: str = "", means: str = "") -> None:
        super().__init__(message, hint=hint)
        self.means = means


class Misconfigured(SyncdError):
    """The hint is required: it is the whole point."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)


class CursorExpired(SyncdError):
    pass


class Stale(SyncdError):
    """`seen`: the entry as it was re-read after the refusal, if it could be; None if it is gone or unread."""

    def __init__(self, message: str, *, seen: EntrySeen | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.seen = seen


class SlotTaken(SyncdError):
    pass


class Unavailable(SyncdError):
    pass
