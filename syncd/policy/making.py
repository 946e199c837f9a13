"""What is every decision made of, whatever its subject? Findings, acts, answers, evidence for others, looks to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from syncd.domain.case import Case
from syncd.domain.decision import Answer, AnswerCode, Claim, Decision, Finding, State
from syncd.domain.effect import Effect, EffectBody, EffectKind, StaffMail, effect_key
from syncd.domain.evidence import Evidence, Payload
from syncd.domain.keys import CaseKey, derived_key
from syncd.domain.letters import StaffLetter
from syncd.domain.people import StaffMember

Of = TypeVar("Of", bound=Case)


@dataclass(slots=True)
class Making(Generic[Of]):
    """One decision in the making; it lives no longer than one call of `decide`."""

    case: Of
    now: datetime
    findings: list[Finding] = field(init=False, default_factory=list)
    effects: list[Effect] = field(init=False, default_factory=list)
    answers: list[Answer] = field(init=False, default_factory=list)
    derived: list[Evidence] = field(init=False, default_factory=list)
    reviews: list[datetime] = field(init=False, default_factory=list)

    def found(self, rule: str, says: str, **data: object) -> None:
        self.findings.append(Finding(rule, says, tuple((k, _plain(v)) for k, v in data.items())))

    def answer(self, evidence: Evidence, code: AnswerCode, rule: str, until: datetime | None = None) -> None:
        self.answers.append(Answer(evidence.key, code, rule, until))

    def review(self, at: datetime | None) -> None:
        if at is not None:
            self.reviews.append(at)

    def tell_other(self, subject: CaseKey, payload: Payload, *parts: str) -> None:
        """Evidence that follows for another subject, in the same transaction."""
        key = derived_key("decision", self.case.key, payload.kind, *parts)
        self.derived.append(Evidence(key, "decision", self.now, payload, subject))

    def put(
        self,
        kind: EffectKind,
        name: str,
        to: str,
        body: EffectBody,
        ordinal: int = 0,
        *,
        revision: int = 0,
        lane: str = "",
        expire_at: datetime | None = None,
    ) -> None:
        """Put one act into the outbox, due at once. Its key is that of the act: kind and name, subject, revision,
        recipient, ordinal."""
        key = effect_key(f"{kind}:{name}", self.case.key, revision, to, ordinal)
        self.effects.append(Effect(key, kind, self.case.key, 0, lane, to, body, self.now, expire_at))

    def too_late(self, evidence: Evidence) -> None:
        """Staff answered what was settled before: it changes nothing, and they are told so (N8)."""
        self.found("N8", "the question is no longer open")
        self.answer(evidence, AnswerCode.STALE_QUESTION, "N8")

    def staff_mail(self, letter: StaffLetter, to: StaffMember, detail: str = "") -> StaffMail:
        """A mail about this subject; what else it carries is put beside."""
        key = self.case.key
        return StaffMail(letter, to.id, to.name, to.email, to.zone, self.now, subject_key=key, detail=detail)

    def made(self, state: State | None, claims: tuple[Claim, ...] | None = None) -> Decision:
        """`state`: what the subject becomes; None where nothing changed."""
        return Decision(
            subject=self.case.key,
            decided_at=self.now,
            findings=tuple(self.findings),
            state=state,
            claims=claims,
            effects=tuple(self.effects),
            answers=tuple(self.answers),
            derived=tuple(self.derived),
            review_at=min(self.reviews, default=None),
        )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
