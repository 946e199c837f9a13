"""Whose letter is it? Mail gets its subject here: by the plus-address it came to, by the mail of ours that it answers
or brings home, by the UID of its calendar object (spec/invitations.md 4, Correlation, Authenticity).

What names two different subjects is shown to staff as words; what names none is a request (O1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.domain.correspondence import (
    AutoReplyReceived,
    BounceReceived,
    CounterReceived,
    RefreshReceived,
    ReplyReceived,
    RequestReceived,
    Trace,
    WordsReceived,
)
from syncd.domain.evidence import Evidence
from syncd.domain.keys import CaseKey, CaseKind, request_key, session_key, split_key
from syncd.domain.people import normal_email
from syncd.ports.keys import Keys
from syncd.ports.store import SentMail, Store
from syncd.ports.views import Views

MailPayload = ReplyReceived | CounterReceived | RefreshReceived | BounceReceived | AutoReplyReceived | WordsReceived


@dataclass(frozen=True, slots=True)
class Placing:
    """What placing a letter takes. `ours`: addresses of staff and of the desk's mailboxes, normalised; nobody there is
    sent a receipt."""

    store: Store
    views: Views
    keys: Keys
    ours: frozenset[str]

    def place(self, evidence: Evidence, payload: MailPayload) -> Evidence:
        trace = payload.trace
        by_tag = self.store.sent_under(trace.tags)
        by_reference = self.store.sent_under(trace.references)
        subjects = tuple(dict.fromkeys(self._subjects(by_tag, by_reference, trace)))
        if not subjects:
            return self._unplaced(evidence, payload)
        whose, session = subjects[0], split_key(subjects[0])[0] is CaseKind.SESSION
        if len(subjects) > 1 and not isinstance(payload, BounceReceived | AutoReplyReceived):
            words = self._as_words(payload, "it names more than one booking")
            return replace(evidence, subject=whose, payload=words)
        if not session and isinstance(payload, ReplyReceived | CounterReceived | RefreshReceived):
            return replace(evidence, subject=whose, payload=self._as_words(payload, "it is about no booking"))
        if isinstance(payload, BounceReceived):
            sent = next((s for s in (*by_tag, *by_reference) if s.subject == whose), None)
            return replace(
                evidence, subject=whose, payload=replace(payload, email=sent.recipient if sent else payload.email)
            )
        if isinstance(payload, ReplyReceived | CounterReceived | RefreshReceived):
            proved = _is_proved(payload.email, whose, by_tag, trace)
            return replace(evidence, subject=whose, payload=replace(payload, authentic=proved))
        return replace(evidence, subject=whose)

    def _subjects(
        self, by_tag: tuple[SentMail, ...], by_reference: tuple[SentMail, ...], trace: Trace
    ) -> Iterator[CaseKey]:
        """In the order of what weighs most."""
        for sent in (*by_tag, *by_reference):
            if split_key(sent.subject)[0] in (CaseKind.SESSION, CaseKind.REQUEST):
                yield sent.subject
        if trace.uid and (session_id := self.store.session_of_uid(trace.uid)) is not None:
            yield session_key(session_id)

    def _unplaced(self, evidence: Evidence, payload: MailPayload) -> Evidence:
        """No booking referred to. Automatic mail and bounces are listed, under a request that is closed already."""
        subject = request_key(self.keys.name("request", evidence.key))
        if isinstance(payload, BounceReceived | AutoReplyReceived):
            return replace(evidence, subject=subject)
        words = (
            payload if isinstance(payload, WordsReceived) else self._as_words(payload, "its booking is not known here")
        )
        trace = words.trace
        sender = normal_email(trace.sender or words.email)
        known = self.views.contacts_by_email(sender) if sender else ()
        contact = known[0] if len({c.company_id for c in known}) == 1 else None
        request = RequestReceived(
            channel="mail",
            sender=sender,
            sender_name=trace.sender_name,
            subject=words.subject,
            text="\n".join(part for part in (words.claim, words.text) if part),
            answerable=words.answerable and sender not in self.ours,
            company_id=contact.company_id if contact else None,
            contact_id=contact.id if contact else None,
            message_id=trace.message_id,
        )
        return replace(evidence, subject=subject, payload=request)

    def _as_words(self, payload: MailPayload, claim: str) -> WordsReceived:
        """The same mail, to be read by a person."""
        match payload:
            case WordsReceived():
                return replace(payload, claim=payload.claim or claim)
            case ReplyReceived():
                said = f"{payload.partstat}; {claim}"
            case _:
                said = f"{payload.kind.removesuffix('-received')}; {claim}"
        comment = payload.comment if isinstance(payload, ReplyReceived | CounterReceived) else ""
        return WordsReceived(payload.trace.sender or payload.email, "", comment, said, trace=payload.trace)


def _is_proved(email: str, whose: CaseKey, by_tag: tuple[SentMail, ...], trace: Trace) -> bool:
    """It came to the attendee's own plus-address, or DMARC passed for the attendee."""
    wanted = normal_email(email)
    own = any(sent.subject == whose and normal_email(sent.recipient) == wanted for sent in by_tag)
    return own or normal_email(trace.proved) == wanted
