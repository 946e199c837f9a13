"""How does a decision grow? A Draft: the one place where a decision about a session is put together.

Rules fold the fresh evidence into it, one after another, and each leaves its reason. Nothing in here is an opinion; it
keeps the book-keeping (revisions, keys, superseding) out of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from syncd.domain.case import SessionCase
from syncd.domain.decision import Claim, Decision
from syncd.domain.effect import Effect, EffectBody, EffectKind, EffectState, effect_key
from syncd.domain.session import Session
from syncd.policy.making import Making

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Draft(Making[SessionCase]):
    """A session's decision in the making; it lives no longer than one call of `decide`."""

    session: Session | None = None
    claims: tuple[Claim, ...] | None = None

    def __post_init__(self) -> None:
        self.session = self.case.session

    @property
    def live(self) -> Session:
        """The session, where a rule has made sure that there is one."""
        assert self.session is not None
        return self.session

    def change(self, **fields: Any) -> Session:
        self.session = replace(self.live, **fields)
        return self.session

    def published(self) -> None:
        """One published change: the next revision, a DTSTAMP that rises (INV-34), older pending work superseded."""
        self.restamp()
        self.change(revision=self.live.revision + 1)
        self.effects = [e for e in self.effects if not e.guarded]

    def restamp(self) -> None:
        """A DTSTAMP that rises, by a second at least (INV-34, INV-38)."""
        former, stamp = self.live.dtstamp, self.now.replace(microsecond=0)
        self.change(dtstamp=stamp if former is None or stamp > former else former + SECOND)

    def emit(
        self,
        kind: EffectKind,
        recipient: str,
        body: EffectBody,
        *,
        name: str = "",
        lane: str = "",
        due_at: datetime | None = None,
        expire_at: datetime | None = None,
        guarded: bool = False,
        ordinal: int = 0,
        harmless: bool = True,
        called: str = "",
    ) -> None:
        """Put one act into the outbox. Its key is that of the act: kind (and name), subject, revision, recipient;
        `called` stands there for a recipient that no address may name (PRV-2)."""
        revision = self.session.revision if self.session else 0
        key = effect_key(f"{kind}:{name}" if name else kind, self.case.key, revision, called or recipient, ordinal)
        due = due_at or self.now
        self.effects.append(
            Effect(key, kind, self.case.key, revision, lane, recipient, body, due, expire_at, harmless, guarded)
        )

    def emitted_before(self, kind: EffectKind, *, revision: int | None = None, recipient: str | None = None) -> int:
        """How many such acts this subject has had, this decision's included; for ordinals."""
        known = {e.key: (e.kind, e.revision, e.recipient) for e in self.case.effects}
        known |= {e.key: (e.kind, e.revision, e.recipient) for e in self.effects}
        return sum(1 for k, r, to in known.values() if k is kind and revision in (None, r) and recipient in (None, to))

    def writes_pending(self) -> bool:
        """Is a calendar write of the present revision still to be acknowledged?"""
        revision = self.live.revision
        waiting = (EffectState.PENDING, EffectState.CLAIMED)
        puts = (EffectKind.CALENDAR_PUT,)
        return any(e.kind in puts and e.revision == revision for e in self.effects) or any(
            e.kind in puts and e.revision == revision and e.state in waiting for e in self.case.effects
        )

    def tell_once(self, key: str) -> bool:
        """True the first time; what was told stays in the session."""
        if key in self.live.told:
            return False
        self.change(told=(*self.live.told, key))
        return True

    def decision(self) -> Decision:
        return self.made(self.session if self.session != self.case.session else None, self.claims)
