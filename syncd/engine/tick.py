"""What happens next? One turn of the engine: observe, settle, act; the order in `syncd tick` and in the simulation.

In the daemon the three are independently paced (runtime/daemon.py); what each does is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.domain.keys import CaseKey
from syncd.engine.act import Actor
from syncd.engine.feeds import FeedReader
from syncd.engine.observe import Observer, Outcome
from syncd.ports.clock import Clock
from syncd.ports.errors import SlotTaken, Unavailable
from syncd.ports.feed import Feed
from syncd.ports.source import Source
from syncd.ports.store import Claimed, Decide, Store

DUE_MAX = 200
CLAIMS_MAX = 100
PASSES_MAX = 20
LEASE = timedelta(minutes=2)
OUR_FAULT_PAUSE = timedelta(hours=1)
FEED_BROKE_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed effect as a call; `lane` tells the pool what must not overlap."""

    lane: str
    perform: Callable[[], None]


@dataclass(slots=True)
class Engine:
    """The three loops' bodies. `report(what, case or source, error)` is where the composition root logs; pure code and
    the engine return or record their reasons."""

    store: Store
    clock: Clock
    decide: Decide
    observer: Observer
    actor: Actor
    sources: Sequence[Source]
    report: Callable[[str, str, Exception], None] = field(default=lambda what, where, error: None)
    lease: timedelta = LEASE
    feeds: Sequence[Feed] = ()
    feed_reader: FeedReader | None = None

    def observe(self, source: Source) -> Outcome:
        """One source, one round. A fault of ours is an outage of that source alone."""
        try:
            return self.observer.observe(source)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- one source's surprise must not stop the others (EWS-8, REL-7)
            self.report("source.broke", source.id, error)
            return Outcome.FAILED

    def poll(self, feed: Feed) -> timedelta:
        """One attendance feed, as far as a room is to be watched; when to come again."""
        assert self.feed_reader is not None, "feeds need a reader"
        try:
            return self.feed_reader.poll(feed)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 -- one feed's surprise must not stop the others (REL-7)
            self.report("feed.broke", feed.id, error)
            return FEED_BROKE_PAUSE

    def settle(self) -> int:
        """Every due case, once; how many were settled. A case that cannot be decided waits an hour and is reported."""
        settled = 0
        for key in self.store.due(self.clock.now(), DUE_MAX):
            settled += self._settle_one(key)
        return settled

    def claim(self, busy_lanes: Sequence[str] = (), limit: int = CLAIMS_MAX) -> list[Work]:
        """Claimed work: the daemon gives it to its pool, a turn does it one after another."""
        claims = self.store.claim(self.clock.now(), self.lease, limit, busy_lanes)
        return [Work(claimed.effect.lane, self._work(claimed)) for claimed in claims]

    def act(self) -> int:
        """Perform what is due now, one after another; how many."""
        work = self.claim()
        for one in work:
            one.perform()
        return len(work)

    def tick(self) -> int:
        """One turn: every source and feed, then settle and act until nothing is due any more (bounded)."""
        for source in self.sources:
            self.observe(source)
        for feed in self.feeds:
            self.poll(feed)
        return self.drain()

    def drain(self) -> int:
        done = 0
        for _ in range(PASSES_MAX):
            moved = self.settle() + self.act()
            done += moved
            if not moved:
                break
        return done

    def _settle_one(self, key: CaseKey) -> int:
        try:
            self.store.settle(key, self.decide, self.clock.now())
        except (SlotTaken, Unavailable) as error:
            self.report("case.waits", key, error)
            return 0
        except Exception as error:  # noqa: BLE001 -- that one case is our fault; the rest go on (REL-7)
            self.report("case.broke", key, error)
            self.store.set_aside(key, self.clock.now() + OUR_FAULT_PAUSE, f"{type(error).__name__}: {error}"[:500])
            return 0
        return 1

    def _work(self, claimed: Claimed) -> Callable[[], None]:
        def perform() -> None:
            try:
                self.actor.perform(claimed)
            except Unavailable as error:
                self.report("effect.waits", claimed.effect.key, error)
            except Exception as error:  # noqa: BLE001 -- the lease runs out and says "unknown" (REL-4)
                self.report("effect.broke", claimed.effect.key, error)

        return perform
