"""How does a decision about a contact or a company grow? An Account: reasons, effects, and what is put before a person.

The counterpart of `draft` for subjects that have a ledger. Nothing in here is an opinion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from syncd.domain.case import CompanyCase, ContactCase
from syncd.domain.decision import Decision
from syncd.domain.effect import (
    CustomerMail,
    EffectKind,
    PastSession,
    StaffMail,
    StandingMail,
)
from syncd.domain.keys import derived_key
from syncd.domain.letters import StaffLetter
from syncd.domain.people import Attendee, Company, Contact, Matter, StaffMember
from syncd.domain.session import Choice, Question, QuestionKind
from syncd.policy.making import Making
from syncd.policy.staff_texts import staff_text

Owner = TypeVar("Owner", Contact, Company)


@dataclass(slots=True)
class Account(Making[ContactCase | CompanyCase], Generic[Owner]):
    """`owner` is the contact or company as it will be."""

    owner: Owner | None

    @property
    def live(self) -> Owner:
        """The owner, where a rule has made sure that there is one."""
        assert self.owner is not None
        return self.owner

    def sent(self, letter: str) -> int:
        """How many of that letter this subject has had, this decision's included; for ordinals."""
        now = sum(1 for e in self.effects if getattr(e.body, "letter", None) == letter)
        return now + sum(1 for e in self.case.effects if e.letter == letter)

    def sent_as(self, name: str, kind: EffectKind = EffectKind.MAIL_CUSTOMER) -> int:
        """How many mails of that name this subject has had before."""
        prefix = derived_key(f"{kind}:{name}", self.case.key) + "/"
        return sum(1 for e in self.case.effects if e.key.startswith(prefix))

    def mail(
        self,
        kind: EffectKind,
        name: str,
        to: str,
        body: CustomerMail | StandingMail | StaffMail,
        ordinal: int,
        lane: str = "",
    ) -> None:
        """One mail. Letters about standing share the subject's lane: a reversal never overtakes its notice."""
        self.put(kind, name, to, body, ordinal, lane=lane)

    # -- what is put before a person (N8) ------------------------------------------------------------------------------

    def ask(self, matter: Matter, person: Attendee | None, sessions: tuple[PastSession, ...]) -> None:
        """To the lead: by mail with signed links, and on the desk; repeated once."""
        if any(open_.id == matter.id for open_ in self.live.matters):
            return
        asked = replace(matter, repeat_at=self.now + self.case.terms.question_repeat)
        self.owner = replace(self.live, matters=(*self.live.matters, asked))
        self._mail_question(asked, person, sessions, repeated=False)

    def close(self, matter: Matter) -> None:
        self.owner = replace(self.live, matters=tuple(m for m in self.live.matters if m.id != matter.id))

    def repeat(self, person: Attendee | None) -> None:
        """An unanswered question is asked once more (N8)."""
        for matter in self.owner.matters if self.owner is not None else ():
            if matter.repeat_at is None:
                continue
            if self.now < matter.repeat_at:
                self.reviews.append(matter.repeat_at)
                continue
            once = replace(matter, repeat_at=None)
            self.owner = replace(self.live, matters=tuple(once if m.id == once.id else m for m in self.live.matters))
            self.found("N8", "no answer yet: asked once more")
            self._mail_question(once, person, past_sessions(self.live, once.sessions), repeated=True)

    def tell_staff(self, letter: StaffLetter, to: StaffMember, person: Attendee | None, detail: str = "") -> None:
        body = self._staff_mail(letter, to, person, (), detail)
        self.mail(EffectKind.MAIL_STAFF, letter, to.email, body, self.sent(letter))

    def _mail_question(
        self, matter: Matter, person: Attendee | None, sessions: tuple[PastSession, ...], *, repeated: bool
    ) -> None:
        member = self.case.desk.member(matter.to)
        if member is None:
            return
        body = self._staff_mail(StaffLetter.QUESTION, member, person, sessions, matter.detail)
        body = replace(body, question=question_of(matter), repeated=repeated)
        name = f"question:{matter.id}"
        asked = self.sent_as(name, EffectKind.MAIL_STAFF)
        self.mail(EffectKind.MAIL_STAFF, name, member.email, body, asked)
        self.effects += staff_text(
            self.case.desk,
            member,
            question_of(matter),
            self.case.key,
            self.now,
            about=person.name if person is not None else body.company_name,
            repeated=repeated,
            ordinal=asked,
        )

    def _staff_mail(
        self,
        letter: StaffLetter,
        to: StaffMember,
        person: Attendee | None,
        sessions: tuple[PastSession, ...],
        detail: str,
    ) -> StaffMail:
        owner: Contact | Company | None = self.owner
        return replace(
            self.staff_mail(letter, to, detail),
            person=person,
            company_name=owner.name if isinstance(owner, Company) else "",
            sessions=sessions,
        )

    def lead(self) -> StaffMember | None:
        return next(iter(self.case.desk.leads()), None)

    def decision(self, former: Owner | None) -> Decision:
        return self.made(self.owner if self.owner != former else None)


def question_of(matter: Matter) -> Question:
    """The matter as a question that staff answer by a signed link."""
    return Question(
        id=matter.id,
        kind=QuestionKind(matter.about),
        to=matter.to,
        choices=tuple(Choice(choice) for choice in matter.choices),
        asked_at=matter.asked_at,
        repeat_at=matter.repeat_at,
    )


def past_sessions(owner: Contact | Company, session_ids: tuple[str, ...]) -> tuple[PastSession, ...]:
    """These sessions as a letter names them, by the owner's ledger, in the ids' order."""
    if isinstance(owner, Contact):
        starts = {n.session_id: n.starts_at for n in owner.no_shows}
    else:
        starts = {change.session_id: change.changed_at for change in owner.same_day}
    return tuple(PastSession(one, starts[one]) for one in session_ids if one in starts)
