"""Which of them is ours? Own events that stand where none should: of a cancelled session, or under another id.

A create that was never acknowledged may surface late, and a server may give an event another name. Neither is left
standing beside what we know: it is looked for and accepted, or removed on the condition that nobody changed it
(CAL-6, CAL-13, CAL-15). Events that staff made are never removed so (K7).
"""

from __future__ import annotations

from datetime import datetime

from syncd.domain.effect import EffectKind, EffectState
from syncd.domain.evidence import EffectDone, EntrySeen, Evidence
from syncd.domain.session import Door, EntryRef, Missing, Session, SessionState
from syncd.policy.draft import Draft
from syncd.policy.publish import remove_stray

REMOVALS_MAX = 10
"""Removals in one calendar for one session; whoever puts it back more often than that keeps it."""

_UNDER_WAY = (EffectState.PENDING, EffectState.CLAIMED)


def on_ghost(draft: Draft, seen: EntrySeen) -> None:
    """An own event on the calendar of a cancelled session: everyone was told that it is off."""
    session = draft.live
    if session.door is Door.CALENDAR:
        draft.found("K7", "the session is cancelled; the event that staff made stays theirs")
    elif seen.signature.status == "cancelled" or draft.now >= seen.signature.ends_at:
        draft.found("CAL-14", "the session is cancelled, and so is its event, or its time is over")
    elif not _is_home(draft, session, seen.ref):
        draft.found("CAL-13", "an event elsewhere that is not this session's entry; left alone")
    elif _removal_under_way(draft, seen.ref.calendar_id):
        draft.found("CAL-14", "the session is cancelled, and the removal of its event under way")
    elif _removals(draft, seen.ref.calendar_id) >= REMOVALS_MAX:
        draft.found("CAL-13", "the event of a cancelled session comes back again and again; left alone")
    else:
        draft.found("CAL-17", "the event of a cancelled session stands on the calendar: it is removed")
        remove_stray(draft, seen.ref)


def on_stray(draft: Draft, evidence: Evidence, seen: EntrySeen) -> None:
    """An own event under another id than the one we know: a look at the known one says which of them is ours."""
    session = draft.live
    if session.state is not SessionState.BOOKED or session.entry is None or not _is_home(draft, session, seen.ref):
        draft.found("CAL-13", "an event elsewhere that is not this session's entry; left alone")
    elif seen.signature.status == "cancelled" or draft.now >= session.starts_at:
        draft.found("CAL-13", "another event of this session, that is cancelled or too late to matter")
    elif session.missing is not None:
        draft.found("CAL-6", "another event of this session; the known one is already being looked for")
    else:
        draft.found("CAL-6", "another event of this session: the known one is looked for")
        draft.change(missing=Missing(evidence.received_at, look_at=draft.now))


def remove_strays(draft: Draft, since: datetime) -> None:
    """The known event stands in its place: what was seen of this session elsewhere since then is one too many."""
    session = draft.live
    assert session.entry is not None
    if session.entry.adopted:
        draft.found("K7", "staff made the event: another one like it stays theirs")
        return
    for ref in _standing_elsewhere(draft, session, since):
        if _removals(draft, ref.calendar_id) < REMOVALS_MAX:
            draft.found("CAL-17", "a second event of this session: it is removed")
            remove_stray(draft, ref)


def _standing_elsewhere(draft: Draft, session: Session, since: datetime) -> list[EntryRef]:
    """As last seen; what we removed since is gone."""
    assert session.entry is not None
    known = session.entry.ref
    found: dict[str, EntryRef] = {}
    for evidence in draft.case.evidence:
        payload = evidence.payload
        if evidence.received_at < since:
            continue
        if isinstance(payload, EntrySeen) and _is_home(draft, session, payload.ref):
            if payload.signature.status != "cancelled":
                found[payload.ref.event_id] = payload.ref
        elif isinstance(payload, EffectDone) and payload.effect_kind == EffectKind.CALENDAR_REMOVE and payload.ref:
            found.pop(payload.ref.event_id, None)
    found.pop(known.event_id, None)
    return list(found.values())


def _is_home(draft: Draft, session: Session, ref: EntryRef) -> bool:
    """Is it on the calendar on which this session's event stands, or would?"""
    member = draft.case.desk.member(session.staff_id)
    homes = {member.calendar_id} if member else set()
    if session.entry is not None:
        homes.add(session.entry.ref.calendar_id)
    return ref.calendar_id in homes


def _removal_under_way(draft: Draft, calendar_id: str) -> bool:
    kind = EffectKind.CALENDAR_REMOVE
    return any(e.kind is kind and e.recipient == calendar_id for e in draft.effects) or any(
        e.kind == kind and e.recipient == calendar_id and e.state in _UNDER_WAY for e in draft.case.effects
    )


def _removals(draft: Draft, calendar_id: str) -> int:
    return draft.emitted_before(EffectKind.CALENDAR_REMOVE, recipient=calendar_id)
