"""Where can a life be cut off, and how does it go on? It is played once, and goes on from each such point (PRF-1)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

from syncd.testing.chaos import Chaos
from syncd.testing.clock import VirtualClock
from syncd.testing.sim_calendar import SimProvider
from syncd.testing.sim_mail import Delivered
from syncd.testing.world import World
from tests.simulation.runs import Ended, empty, end, living
from tests.simulation.scenarios import Place, Scenario, play

Result = TypeVar("Result")


@dataclass(frozen=True)
class Left:
    """What a kill leaves: what was committed, the world outside, the hour, and whose act it was, for that is done
    again. All else was in the memory of the process. `answers`: what that act had been answered so far."""

    place: Place
    answers: tuple[object, ...]
    now: datetime
    database: bytes
    providers: tuple[SimProvider, ...]
    delivered: tuple[Delivered, ...]
    reports: tuple[tuple[str, str, Exception], ...]


@dataclass(slots=True)
class Noting(Chaos):
    """Tells of each boundary before it is crossed."""

    coming: Callable[[], object] = object

    def cross(self, name: str) -> None:
        self.coming()
        Chaos.cross(self, name)


class Noted(World):
    """Keeps what a kill would leave, at each boundary where it is not what the one before would leave. SQLite itself
    tells whether anything was committed since (`PRAGMA data_version`)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.place, self.answers, self.acts = Place(), list[object](), 0
        self.lefts: list[tuple[int, Left]] = []
        self._latest: object = None
        self._committed = sqlite3.connect(self.database)
        assert isinstance(self.chaos, Noting)
        self.chaos.coming = self._note

    def passing(self, place: Place) -> None:
        self.place, self.answers = place, []

    def survive(self, act: Callable[[], Result]) -> Result:
        self.acts += 1
        answer = super().survive(act)
        self.answers.append(answer)
        return answer

    def _note(self) -> None:
        (version,) = self._committed.execute("PRAGMA data_version").fetchone()
        outside = repr((self.providers, self.mail.delivered, self.reports))
        if (latest := (self.acts, version, self.clock.now(), outside)) != self._latest:
            self._latest = latest
            self.lefts.append((self.chaos.crossings + 1, self._left()))

    def _left(self) -> Left:
        return Left(
            self.place,
            tuple(self.answers) if self.place.acting else (),  # who only waits looks at the clock, and waits on
            self.clock.now(),
            self._committed.serialize(),
            tuple(_copied(provider, provider.now) for provider in self.providers.values()),
            tuple(self.mail.delivered),
            tuple(self.reports),
        )

    def close(self) -> None:
        self._committed.close()
        super().close()


class Resumed(World):
    """Started anew on what a kill left. `answered`: of the act that was cut off, what is not asked again."""

    answered: tuple[object, ...] = ()

    def survive(self, act: Callable[[], Result]) -> Result:
        if not self.answered:
            return super().survive(act)
        answer, *rest = self.answered
        self.answered = tuple(rest)
        return cast("Result", answer)


def unlike_kills(scenario: Scenario) -> tuple[Ended, list[tuple[range, Left]]]:
    """Its life without a kill, and its boundaries from the first press on; together those at which a kill leaves the
    very same, from where on it is one life."""
    with living(Noted, empty(), chaos=Noting()) as made:
        play(made, scenario, passing=made.passing)
        whole, lefts = end(made, scenario, replay=False), made.lefts
    ends = [*(point for point, _ in lefts[1:]), whole.crossings + 1]
    return whole, [(range(point, end), left) for (point, left), end in zip(lefts, ends, strict=True)]


def resume(scenario: Scenario, left: Left, *, replay: bool) -> Ended:
    """The life that begins with what a kill left; to its end, and checked, as `run` does."""
    clock = VirtualClock(left.now)
    providers = {provider.calendar_id: _copied(provider, clock.now) for provider in left.providers}
    with living(Resumed, left.database, clock=clock, providers=providers, reports=[*left.reports]) as made:
        made.mail.delivered += left.delivered
        made.answered = left.answers
        play(made, scenario, left.place)
        return end(made, scenario, replay=replay)


def _copied(provider: SimProvider, now: Callable[[], datetime]) -> SimProvider:
    return replace(provider, now=now, events=dict(provider.events), log=list(provider.log), mails=list(provider.mails))
