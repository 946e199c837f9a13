"""What do staff answer, and what if they do not? (N8, K9, O4)"""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.decision import AnswerCode
from syncd.domain.evidence import Evidence, StaffAnswered
from syncd.domain.session import QuestionKind
from syncd.policy.adoption import on_blocked_answer
from syncd.policy.by_text import on_words_answered
from syncd.policy.calls import on_call_answer
from syncd.policy.counters import on_counter_answer
from syncd.policy.deciding import on_objection_answered, on_outcome_answered
from syncd.policy.draft import Draft
from syncd.policy.publish import ask_staff
from syncd.policy.vanished import on_vanished_answer


def on_staff_answered(draft: Draft, evidence: Evidence, answered: StaffAnswered) -> None:
    """An answer by signed link; one that comes after the matter was settled changes nothing and is told so."""
    questions = draft.session.questions if draft.session else ()
    question = next((q for q in questions if q.id == answered.question_id), None)
    if question is None or answered.choice not in question.choices:
        draft.too_late(evidence)
        return
    draft.found("N8", f"staff answered: {answered.choice}", by=answered.staff_id)
    draft.change(questions=tuple(q for q in questions if q.id != question.id))
    if question.kind is QuestionKind.VANISHED:
        on_vanished_answer(draft, answered.choice)
    elif question.kind is QuestionKind.BLOCKED_COMPANY:
        on_blocked_answer(draft, answered.choice)
    elif question.kind in (QuestionKind.WORDS, QuestionKind.OPTED_OUT):
        on_words_answered(draft, answered.choice)
    elif question.kind is QuestionKind.WHAT_CAME_OF_IT:
        on_outcome_answered(draft, answered)
    elif question.kind is QuestionKind.OBJECTION:
        on_objection_answered(draft, answered)
    elif question.kind is QuestionKind.COUNTER:
        on_counter_answer(draft, question, answered.choice)
    elif question.kind is QuestionKind.CALL_OUTCOME:
        on_call_answer(draft, answered)
    draft.answer(evidence, AnswerCode.RECORDED, "N8")


def repeat_questions(draft: Draft) -> None:
    """An unanswered question is repeated once (N8)."""
    session = draft.session
    if session is None:
        return
    for question in session.questions:
        if question.repeat_at is None:
            continue
        if draft.now < question.repeat_at:
            draft.review(question.repeat_at)
            continue
        member = draft.case.desk.member(question.to)
        asked = replace(question, repeat_at=None)
        draft.change(questions=tuple(asked if q.id == question.id else q for q in draft.live.questions))
        if member is not None:
            draft.found("N8", "no answer yet: asked once more")
            ask_staff(draft, asked, member, repeated=True)
