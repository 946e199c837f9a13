"""Is it really deleted? A reported deletion is a hint; looks, guards and staff decide (K9, CAL-6, CAL-7, N8)."""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.effect import CalendarLook, EffectKind
from syncd.domain.evidence import (
    DeletionJudged,
    DeletionReported,
    EntryGone,
    Evidence,
    LookAnswered,
)
from syncd.domain.keys import calendar_key
from syncd.domain.letters import Cause
from syncd.domain.people import Side
from syncd.domain.session import Choice, EntryRef, Missing, Question, QuestionKind, SessionState
from syncd.policy.changes import cancel
from syncd.policy.draft import Draft
from syncd.policy.publish import ask_staff, write_entry

LOOKS_MAX = 500
"""Looks at one missing event; at one every five minutes that is well over a day."""


def on_gone(draft: Draft, evidence: Evidence, gone: EntryGone) -> None:
    """A tombstone, or absence from a whole listing: look before believing it (CAL-6)."""
    session = draft.session
    if session is None or session.state is not SessionState.BOOKED or session.entry is None:
        draft.found("CAL-6", "an event is gone that no booked session needs")
        return
    if not _same_event(session.entry.ref, gone.ref):
        draft.found("CAL-13", "the event that is gone is not this session's entry")
        return
    if draft.now >= session.starts_at:
        draft.found("K9", "the session has begun; a deletion now cancels nothing")
        return
    if session.missing is not None:
        draft.found("CAL-6", "already being looked for")
        return
    draft.change(missing=Missing(evidence.received_at, look_at=draft.now, absent=gone.how == "absent"))
    draft.found("CAL-6", f"reported gone ({gone.how}); not believed until a direct look says so")


def on_looked(draft: Draft, evidence: Evidence, looked: LookAnswered) -> None:
    """The look's answer. Only "gone" confirms; "unknown" asks again; "found" was told by on_entry_seen before."""
    session = draft.session
    if session is None or session.missing is None or session.state is not SessionState.BOOKED:
        return
    missing = session.missing
    if looked.answer == "gone":
        draft.found("CAL-6", "a direct look says that the event is gone")
        draft.change(missing=replace(missing, confirmed_at=evidence.received_at, look_at=None))
        _conclude(draft)
    elif looked.answer == "found":
        draft.found("CAL-6", "a direct look finds the event: it lives")
        draft.change(missing=None)
    else:
        again = draft.now + draft.case.terms.look_again
        draft.found("CAL-6", "the calendar could not say; nothing is concluded", again=again)
        draft.change(missing=replace(missing, look_at=again))


def on_judged(draft: Draft, evidence: Evidence, judged: DeletionJudged) -> None:
    """A person said what the deletions on hold mean (CAL-7)."""
    session = draft.session
    if session is None or session.missing is None or session.state is not SessionState.BOOKED:
        draft.found("CAL-7", "nothing is on hold here any more")
        return
    _by_staff(draft, judged.choice, "CAL-7")


def on_vanished_answer(draft: Draft, choice: Choice) -> None:
    """Staff answered the question of K9."""
    _by_staff(draft, choice, "K9")


def watch_missing(draft: Draft) -> None:
    """What time does to a missing event: the next look, and the question that nobody answered (K9)."""
    session = draft.session
    if session is None or session.state is not SessionState.BOOKED or session.missing is None:
        return
    if draft.now >= session.starts_at:
        draft.found("K9", "it has begun without an answer; a missing event cancels nothing now")
        left = tuple(q for q in session.questions if q.kind is not QuestionKind.VANISHED)
        draft.change(missing=None, questions=left)
        return
    missing = session.missing
    question = next((q for q in session.questions if q.kind is QuestionKind.VANISHED), None)
    if question is not None and question.due_at is not None and missing.confirmed_at is not None:
        if draft.now >= question.due_at:
            draft.found("K9", "no answer from staff; the confirmed deletion cancels", asked_at=question.asked_at)
            cancel(draft, draft.now, Side.STAFF, Cause.CANCELLED_BY_STAFF, entry_is_gone=True)
            return
        draft.review(question.due_at)
    if missing.look_at is None:
        return
    if draft.now < missing.look_at:
        draft.review(missing.look_at)
    elif missing.looks < LOOKS_MAX:
        _look(draft, missing)


def _look(draft: Draft, missing: Missing) -> None:
    session = draft.live
    assert session.entry is not None
    ref = session.entry.ref
    body = CalendarLook(ref.calendar_id, session.id, ref)
    looks = draft.emitted_before(EffectKind.CALENDAR_LOOK)
    draft.emit(
        EffectKind.CALENDAR_LOOK,
        ref.calendar_id,
        body,
        lane=ref.calendar_id,
        expire_at=session.starts_at,
        ordinal=looks,
    )
    draft.change(missing=replace(missing, look_at=None, looks=missing.looks + 1))


def _conclude(draft: Draft) -> None:
    """Confirmed gone: hold it (CAL-7), ask (K9), or cancel (K3)."""
    session, terms, health = draft.live, draft.case.terms, draft.case.consulted.calendar
    assert session.missing is not None
    assert session.entry is not None
    share = health.gone_recently / health.coming if health.coming else 0.0
    many = health.gone_recently >= terms.deletions_held_min and share > terms.deletions_held_share
    emptied = session.missing.absent and health.gone_recently >= health.coming  # "the calendar as a whole is there"
    if many or emptied or health.failing_since is not None:
        draft.found(
            "CAL-7",
            "deletions of many sessions at once, or of a calendar that is empty or silent, wait for a person",
            gone=health.gone_recently,
            coming=health.coming,
        )
        draft.change(missing=replace(session.missing, held=True))
        draft.tell_other(
            calendar_key(session.entry.ref.calendar_id),
            DeletionReported(session.id, session.starts_at),
            session.missing.reported_at.isoformat(),
        )
    elif session.starts_at - draft.now <= terms.near_start:
        _ask(draft)
    else:
        draft.found("K3", "staff deleted the event")
        cancel(draft, session.missing.reported_at, Side.STAFF, Cause.CANCELLED_BY_STAFF, entry_is_gone=True)


def _ask(draft: Draft) -> None:
    session, terms = draft.live, draft.case.terms
    member = draft.case.desk.member(session.staff_id)
    assert session.missing is not None
    if member is None:
        return
    question = Question(
        id=f"vanished-{session.missing.reported_at:%Y%m%dT%H%M%S}",
        kind=QuestionKind.VANISHED,
        to=member.id,
        choices=(Choice.CANCEL, Choice.RESTORE),
        asked_at=draft.now,
        repeat_at=draft.now + terms.near_answer / 2,
        due_at=draft.now + terms.near_answer,
    )
    draft.change(questions=(*session.questions, question))
    ask_staff(draft, question, member)
    draft.found("K9", "gone within two hours of the start: staff are asked", until=question.due_at)


def _by_staff(draft: Draft, choice: Choice, rule: str) -> None:
    if choice is Choice.CANCEL:
        draft.found(rule, "staff say: cancel")
        cancel(draft, draft.now, Side.STAFF, Cause.CANCELLED_BY_STAFF, entry_is_gone=True)
    else:
        draft.found(rule, "staff say: restore; the event is written anew")
        draft.change(missing=None, entry=None, questions=())
        write_entry(draft)


def _same_event(known: EntryRef, other: EntryRef) -> bool:
    return (known.calendar_id, known.event_id) == (other.calendar_id, other.event_id)
