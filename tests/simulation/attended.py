"""Lives of sessions that are watched: a feed and a carrier beside the calendars, under the same kills and troubles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from syncd.domain.attendance import FeedReading, Hints, OpenWindow, Outcome
from syncd.domain.session import SessionState
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch
from syncd.testing.chaos import Chaos, Trouble
from syncd.testing.clock import VirtualClock
from syncd.testing.sim_texts import SimTexts
from syncd.testing.world import CARL, START, World, sample_desk
from tests.attendance.sim_room import Shape, SimFeed, Visit, abilities
from tests.simulation import invariants
from tests.simulation.runs import REST, world
from tests.simulation.scenarios import MINUTE, TUE, Scenario, before, book, play

DANA = Visit("dana", TUE - 5 * MINUTE, TUE + 31 * MINUTE, hints=Hints(email="dana@desk.example"))
NUMBER = CARL.mobile or ""


@dataclass
class TroubledFeed(SimFeed):
    """A feed whose every call may crash the process, or fail. `told`: every reading that it ever gave."""

    chaos: Chaos = field(default_factory=Chaos)
    told: list[FeedReading] = field(default_factory=list)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        self.chaos.cross("feed.poll.before")
        if self.chaos.draw(Trouble.LOST_REQUEST, Trouble.THROTTLED) is not None:
            raise Retryable("no answer")
        batch = super().poll(windows, cursor, now)
        self.told += batch.readings
        self.chaos.cross("feed.poll.after")
        return batch


def parts(chaos: Chaos) -> dict[str, Any]:
    """A clock, a room with a live feed that shows the consultant, and a carrier."""
    clock = VirtualClock(START)
    ability = abilities(Shape.HISTORY)
    desk = sample_desk()
    rooms = tuple(replace(room, feeds=(ability,)) for room in desk.rooms)
    watched = replace(desk, rooms=rooms, texting_number="+15713173122", inboxes=("texts",), attestation=False)
    feed = TroubledFeed(ability, {"room-1": [DANA], "room-2": [DANA]}, chaos=chaos)
    return {"clock": clock, "desk": watched, "feeds": (feed,), "texts": SimTexts(clock.now, chaos)}


def texted(body: str) -> Callable[[World], object]:
    def act(w: World) -> None:
        assert isinstance(w.texts, SimTexts)
        w.texts.receive(NUMBER, body)

    return act


def joins(w: World) -> None:
    feed = w.feeds[0]
    assert isinstance(feed, SimFeed)
    carl = Visit("carl", w.clock.now(), TUE + 25 * MINUTE, hints=Hints(email=CARL.email))
    feed.visits["room-1"].append(carl)
    feed.visits["room-2"].append(carl)


def came_to(outcome: Outcome | None) -> Callable[[World], None]:
    def check(w: World) -> None:
        verdict = w.session().attendance.verdict
        assert (verdict.outcome if verdict else None) is outcome, verdict

    return check


AFTER = TUE + timedelta(hours=3)
NOBODY_COMES = Scenario(
    "nobody comes", (book(),), (("form-1", SessionState.ENDED),), AFTER, check=came_to(Outcome.NO_SHOW)
)
ATTENDED = (
    NOBODY_COMES,
    Scenario(
        "asked, answered by text, and there",
        (book(), before(-6 * MINUTE, texted("1")), before(-8 * MINUTE, joins)),
        (("form-1", SessionState.ENDED),),
        AFTER,
        check=came_to(Outcome.ATTENDED),
    ),
    Scenario(
        "cancelled by text",
        (book(), before(120 * MINUTE, texted("C"))),
        (("form-1", SessionState.CANCELLED),),
        AFTER,
        check=came_to(None),
    ),
)


def check_attended(scenario: Scenario, chaos: Chaos, **changes: Any) -> tuple[str, ...]:
    """Play it to its end, and check all that must hold; its trace. Without faults it must come to what it says; with
    some, nobody who came is struck and nothing is doubled."""
    harmed = bool(chaos.crash_at or chaos.rate)
    with world(chaos=chaos, **(parts(chaos) | changes)) as made:
        play(made, scenario)
        chaos.calm()
        made.run_for(REST)
        verdict = made.session().attendance.verdict
        if not harmed:
            scenario.check(made)
        elif scenario is not NOBODY_COMES:
            assert verdict is None or verdict.outcome is not Outcome.NO_SHOW, "struck for our own trouble"
        elif not chaos.seed:
            assert verdict is not None
            assert verdict.outcome in (Outcome.NO_SHOW, Outcome.UNDETERMINED)
        invariants.hold(made)
        return tuple(chaos.trace)


def boundaries(scenario: Scenario, name: str) -> list[int]:
    """Where the run without faults crosses what is called so."""
    trace = check_attended(scenario, Chaos())
    return [number for number, each in enumerate(trace, 1) if name in each]
