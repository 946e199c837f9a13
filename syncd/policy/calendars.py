"""How does a calendar as a whole do? Outages told once, deletions that wait for a person (CAL-7, CAL-26, CAL-27)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from syncd.domain.case import CalendarCase
from syncd.domain.correspondence import MailPutAside, SeenByStaff
from syncd.domain.decision import AnswerCode, CalendarState, Decision
from syncd.domain.effect import EffectBody, EffectKind, OperatorMail, effect_key
from syncd.domain.evidence import (
    DeletionJudged,
    DeletionReported,
    Evidence,
    SourceFailed,
    SourceRecovered,
    StaffAnswered,
)
from syncd.domain.keys import derived_key, session_key
from syncd.domain.letters import StaffLetter
from syncd.domain.session import Choice, Question, QuestionKind
from syncd.policy.making import Making
from syncd.policy.staff_texts import staff_text


@dataclass(slots=True)
class _Draft(Making[CalendarCase]):
    state: CalendarState

    def mail(self, kind: EffectKind, name: str, to: str, body: EffectBody, ordinal: int) -> None:
        self.put(kind, name, to, body, ordinal, revision=self.state.outages)


def decide_calendar(case: CalendarCase, now: datetime) -> Decision:
    """Fold what was seen of one calendar, then what time does to it."""
    draft = _Draft(case, now, case.calendar or CalendarState(case.calendar_id))
    for evidence in case.fresh:
        match evidence.payload:
            case SourceFailed() as failed:
                _on_failed(draft, evidence, failed)
            case SourceRecovered():
                _on_recovered(draft)
            case MailPutAside() as put_aside:
                _on_put_aside(draft, evidence, put_aside)
            case SeenByStaff() as seen:
                draft.found("INV-43", f"{seen.staff_id} is done with a mail that nobody could read: {seen.reason}")
                draft.answer(evidence, AnswerCode.RECORDED, "INV-43")
            case DeletionReported() as reported:
                _on_reported(draft, reported)
            case StaffAnswered() as answered:
                _on_answered(draft, evidence, answered)
            case _:
                draft.found("CAL-6", f"{evidence.payload.kind} says nothing about a calendar as a whole")
    _alert(draft)
    _repeat(draft)
    return draft.made(draft.state if draft.state != case.calendar else None)


def _on_failed(draft: _Draft, evidence: Evidence, failed: SourceFailed) -> None:
    state = draft.state
    if state.failing_since is None:
        draft.found("CAL-26", f"cannot be read: {failed.error}")
        state = replace(state, failing_since=evidence.received_at, outages=state.outages + 1, alerted_at=None)
    draft.state = replace(state, error=failed.error, hint=failed.hint, sessions=failed.sessions or state.sessions)
    if failed.acts:
        draft.found("ATT-14" if failed.sessions else "CAL-27", "a person must act; told at once")
        _send_alert(draft)


def _on_recovered(draft: _Draft) -> None:
    state = draft.state
    if state.failing_since is None:
        return
    draft.found("CAL-26", "can be read again")
    if state.alerted_at is not None:
        to = draft.case.desk.operator_email
        body = OperatorMail(to, state.calendar_id, state.error, "", draft.now, recovered=True)
        draft.mail(EffectKind.MAIL_OPERATOR, "recovered", to, body, 0)
        _tell_lead(draft, StaffLetter.FEED_BACK)
    draft.state = replace(state, failing_since=None, error="", hint="", alerted_at=None, sessions=())


def _alert(draft: _Draft) -> None:
    """One alert an outage, once it has lasted; short ones are nobody's business."""
    state = draft.state
    if state.failing_since is None or state.alerted_at is not None:
        return
    at = state.failing_since + draft.case.terms.calendar_alert_after
    if draft.now < at:
        draft.reviews.append(at)
    else:
        _send_alert(draft)


def _send_alert(draft: _Draft) -> None:
    state = draft.state
    if state.alerted_at is not None:
        return
    draft.state = replace(state, alerted_at=draft.now)
    _tell_lead(draft, StaffLetter.FEED_DOWN)
    to = draft.case.desk.operator_email
    if not to:
        draft.found("CAL-26", "no operator address is configured; the log alone tells")
        return
    draft.found("CAL-26", "the operator is told, once for this outage")
    body = OperatorMail(to, state.calendar_id, state.error, state.hint, draft.now)
    draft.mail(EffectKind.MAIL_OPERATOR, "failed", to, body, 0)


def _tell_lead(draft: _Draft, letter: StaffLetter) -> None:
    """ATT-14: one digest of the sessions to attest, and one all-clear; nothing per session."""
    sessions = draft.state.sessions
    lead = next(iter(draft.case.desk.leads()), None)
    if not sessions or lead is None:
        return
    body = replace(draft.staff_mail(letter, lead, "; ".join(sessions)), hint=draft.state.error)
    draft.mail(EffectKind.MAIL_STAFF, letter, lead.email, body, 0)


def _on_put_aside(draft: _Draft, evidence: Evidence, put_aside: MailPutAside) -> None:
    """A mail that could not be read: kept, and told once a day (INV-43)."""
    draft.found("INV-43", f"a mail was put aside: {put_aside.reason}")
    to = draft.case.desk.operator_email
    name = f"put-aside:{draft.now:%Y-%m-%d}"
    key = effect_key(f"{EffectKind.MAIL_OPERATOR}:{name}", draft.case.key, draft.state.outages, to)
    known = {e.key for e in draft.case.effects} | {e.key for e in draft.effects}
    if to and key not in known:
        body = OperatorMail(to, put_aside.source, put_aside.reason, "", draft.now, put_aside=True)
        draft.mail(EffectKind.MAIL_OPERATOR, name, to, body, 0)


def _on_reported(draft: _Draft, reported: DeletionReported) -> None:
    """Hold it, and ask one question for all that wait (CAL-7)."""
    state = draft.state
    if reported.session_id in state.held:
        return
    draft.found("CAL-7", "a deletion is on hold until a person says what it means")
    draft.state = replace(state, held=(*state.held, reported.session_id))
    if state.question is None:
        _ask(draft)


def _ask(draft: _Draft) -> None:
    asked = draft.state.questions_asked + 1
    lead = next(iter(draft.case.desk.leads()), None)
    if lead is None:
        return
    question = Question(
        id=f"held-{asked}",
        kind=QuestionKind.HELD_DELETIONS,
        to=lead.id,
        choices=(Choice.CANCEL, Choice.RESTORE),
        asked_at=draft.now,
        repeat_at=draft.now + draft.case.terms.question_repeat,
    )
    draft.state = replace(draft.state, question=question, questions_asked=asked)
    _mail_question(draft, question, repeated=False)


def _mail_question(draft: _Draft, question: Question, *, repeated: bool) -> None:
    lead = draft.case.desk.member(question.to)
    if lead is None:
        return
    mail = draft.staff_mail(StaffLetter.QUESTION, lead, draft.case.calendar_id)
    body = replace(mail, question=question, repeated=repeated)
    draft.mail(EffectKind.MAIL_STAFF, f"question:{question.id}", lead.email, body, int(repeated))
    draft.effects += staff_text(
        draft.case.desk,
        lead,
        question,
        draft.case.key,
        draft.now,
        revision=draft.state.outages,
        repeated=repeated,
        ordinal=int(repeated),
    )


def _on_answered(draft: _Draft, evidence: Evidence, answered: StaffAnswered) -> None:
    state = draft.state
    question = state.question
    if question is None or question.id != answered.question_id or answered.choice not in question.choices:
        draft.too_late(evidence)
        return
    draft.found("CAL-7", f"a person said: {answered.choice}, for all on hold")
    for session_id in state.held:
        key = derived_key("decision", draft.case.key, question.id, session_id)
        payload = DeletionJudged(answered.choice)
        draft.derived.append(Evidence(key, "decision", draft.now, payload, session_key(session_id)))
    draft.state = replace(state, held=(), question=None)
    draft.answer(evidence, AnswerCode.RECORDED, "N8")


def _repeat(draft: _Draft) -> None:
    question = draft.state.question
    if question is None or question.repeat_at is None:
        return
    if draft.now < question.repeat_at:
        draft.reviews.append(question.repeat_at)
        return
    asked = replace(question, repeat_at=None)
    draft.state = replace(draft.state, question=asked)
    _mail_question(draft, asked, repeated=True)
