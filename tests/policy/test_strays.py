"""Own events where none should stand: the ghost of a cancelled session, a second one under another id (CAL-13, 17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.domain.effect import CalendarRemove, Effect, EffectKind, EffectState
from syncd.domain.evidence import (
    CancelRequested,
    EffectDone,
    EffectStale,
    EntrySeen,
    Identified,
    LookAnswered,
    MarkedEntrySeen,
)
from syncd.domain.people import Side
from syncd.domain.session import EntryRef, SessionState, Signature
from syncd.policy.strays import REMOVALS_MAX
from tests.policy.play import CARL, NOW, Play, booked, booking

TOMORROW = NOW + timedelta(days=1)
OTHER = EntryRef("cal-dana", "event-2", "w1")


def cancelled(play: Play) -> Play:
    play.sees(CancelRequested("link", Side.CUSTOMER, CARL.email))
    assert play.session.state is SessionState.CANCELLED
    return play


def seen(play: Play, ref: EntryRef = OTHER, **changes: Any) -> EntrySeen:
    return replace(EntrySeen(ref, "s1", play.shown(), None), **changes)


def removals(play: Play) -> list[Effect]:
    return [e for e, state in play.effects.values() if e.kind is EffectKind.CALENDAR_REMOVE and state is PENDING]


def removes(play: Play) -> list[EntryRef | None]:
    """What the pending removals are to remove."""
    return [e.body.ref for e in removals(play) if isinstance(e.body, CalendarRemove)]


def removed(play: Play) -> None:
    """They are done, and acknowledged."""
    for effect in removals(play):
        assert isinstance(effect.body, CalendarRemove)
        play.effects[effect.key] = (effect, EffectState.DONE)
        play.sees(EffectDone(effect.key, effect.kind, effect.revision, effect.body.ref, recipient=effect.recipient))


PENDING = EffectState.PENDING


# --- a cancelled session's event -------------------------------------------------------------------------------------


def test_a_create_never_acknowledged_that_surfaces_after_the_cancellation_is_removed() -> None:
    play = Play()
    play.answers(booking(TOMORROW))
    cancelled(play)
    removed(play)  # nothing stood there then
    play.sees(seen(play))
    assert removes(play) == [OTHER]
    assert not removals(play)[0].guarded


def test_it_is_removed_under_the_version_that_was_seen_and_again_where_somebody_changed_it() -> None:
    play = cancelled(booked(TOMORROW))
    removed(play)
    play.sees(seen(play))
    (effect,) = removals(play)
    play.effects[effect.key] = (effect, EffectState.DONE)
    play.sees(EffectStale(effect.key, effect.kind, effect.revision, None))
    play.sees(seen(play, replace(OTHER, version="w2")))
    assert removes(play) == [replace(OTHER, version="w2")]


def test_one_whose_removal_is_under_way_is_not_removed_twice() -> None:
    play = cancelled(booked(TOMORROW))
    before = removes(play)
    play.sees(seen(play, EntryRef("cal-dana", "event-1", "v8")))
    assert removes(play) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": EntryRef("cal-emil", "event-2", "w1")},
        {"signature": Signature(TOMORROW, TOMORROW + timedelta(minutes=30), "cancelled", "")},
        {"signature": Signature(NOW - timedelta(hours=2), NOW - timedelta(hours=1), "confirmed", "")},
    ],
    ids=["on-another-calendar", "cancelled-itself", "over"],
)
def test_what_is_elsewhere_cancelled_or_over_is_left_alone(changes: dict[str, Any]) -> None:
    play = cancelled(booked(TOMORROW))
    removed(play)
    play.sees(seen(play, **changes))
    assert removes(play) == []


def test_an_event_that_staff_made_is_never_removed_as_a_ghost() -> None:
    play = Play()
    people = (Identified("acme", "carl", CARL.email, CARL.name),)
    signature = Signature(TOMORROW, TOMORROW + timedelta(minutes=45), "confirmed", "")
    theirs = EntryRef("cal-dana", "theirs", "v1")
    play.sees(MarkedEntrySeen(theirs, "uid-1", signature, "Upgrade", people=people))
    play.performs()
    cancelled(play)
    removed(play)
    play.sees(seen(play, theirs))
    assert removes(play) == []


def test_whoever_puts_it_back_again_and_again_keeps_it() -> None:
    play = cancelled(booked(TOMORROW))
    removed(play)
    for number in range(REMOVALS_MAX + 3):
        play.sees(seen(play, replace(OTHER, version=f"w{number}")))
        removed(play)
    assert sum(e.kind is EffectKind.CALENDAR_REMOVE for e, _ in play.effects.values()) == REMOVALS_MAX


# --- another id ------------------------------------------------------------------------------------------------------


def looked_for(play: Play) -> None:
    looks = [e for e, state in play.effects.values() if e.kind is EffectKind.CALENDAR_LOOK and state is PENDING]
    (look,) = looks
    assert look.recipient == "cal-dana"
    play.effects[look.key] = (look, EffectState.DONE)


def test_an_event_under_another_id_is_looked_for_and_changes_nothing_by_itself() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play, signature=play.shown(TOMORROW + timedelta(hours=3))))
    looked_for(play)
    assert play.session.starts_at == TOMORROW
    assert removes(play) == []


def test_where_the_known_one_is_gone_the_other_is_accepted() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play))
    looked_for(play)
    play.sees(LookAnswered("k", "found", seen(play)))
    assert (play.entry.ref, play.session.missing) == (OTHER, None)
    assert removes(play) == []


def test_a_move_that_came_with_the_other_id_is_followed() -> None:
    play = booked(TOMORROW)
    later = TOMORROW + timedelta(hours=3)
    play.sees(seen(play, signature=play.shown(later)))
    play.sees(LookAnswered("k", "found", seen(play, signature=play.shown(later))))
    assert play.session.starts_at == later


def test_where_the_known_one_stands_the_other_is_removed_and_the_session_stays() -> None:
    play = booked(TOMORROW)
    known = play.entry.ref
    play.sees(seen(play))
    looked_for(play)
    play.sees(LookAnswered("k", "found", seen(play, known)))
    assert removes(play) == [OTHER]
    removed(play)
    assert (play.session.state, play.entry.ref.event_id) == (SessionState.BOOKED, known.event_id)
    assert play.session.missing is None
    play.sees(LookAnswered("k2", "found", seen(play, known)))
    assert removes(play) == []


def test_a_calendar_that_cannot_say_which_it_is_is_asked_again_and_nothing_is_removed() -> None:
    play = booked(TOMORROW)
    play.sees(seen(play))
    looked_for(play)
    play.sees(LookAnswered("k", "unknown"))
    assert removes(play) == []
    play.wait_until(play.now + timedelta(minutes=10))
    looked_for(play)


def test_after_the_start_another_event_changes_nothing() -> None:
    play = booked(TOMORROW)
    play.now = TOMORROW + timedelta(minutes=1)
    play.sees(seen(play))
    assert play.session.missing is None
    assert play.kinds() == []
