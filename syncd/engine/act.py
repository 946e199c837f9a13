"""What must be done? Claimed effects, composed once, performed, and their receipts brought back as evidence (REL-4).

Every error says what to do next: postpone, repeat only what is harmless, decide again, or park for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.domain.desk import Desk
from syncd.domain.effect import (
    CalendarLook,
    CalendarPut,
    CalendarRemove,
    CustomerMail,
    CustomerText,
    Effect,
    OperatorMail,
    PaymentLook,
    PaymentOpen,
    StaffMail,
    StaffText,
    StandingMail,
)
from syncd.domain.evidence import EffectDone, EffectParked, EffectStale, Evidence, LookAnswered, Payload
from syncd.domain.keys import derived_key
from syncd.domain.paying import PaymentOpened
from syncd.domain.session import EntryRef
from syncd.engine.backoff import delay
from syncd.engine.compose import described, envelope_sender, names_of
from syncd.engine.links import payment_urls
from syncd.engine.texter import LOOK_AFTER, Texter
from syncd.engine.ways import Ways
from syncd.ports.calendar import Calendar, EventDraft
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale, SyncdError
from syncd.ports.keys import Keys
from syncd.ports.mail import Envelope, MailOut
from syncd.ports.payments import Payments
from syncd.ports.store import Claimed, Store
from syncd.ports.texts import Texts

ATTEMPTS_MAX = 60
"""Tries of one effect, minutes apart at last: about half a day, then a person looks at it."""

PAUSE = timedelta(minutes=15)
"""After a misconfiguration: its work waits, and is tried again this often."""


@dataclass(frozen=True, slots=True)
class Performers:
    """Whom effects go to: calendars by id, the mail server, processors of payments by name, and the carrier of texts,
    where there is one."""

    calendars: Mapping[str, Calendar]
    mail: MailOut
    payments: Mapping[str, Payments] = field(default_factory=dict)
    texts: Texts | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Performs one claimed effect at a time; several threads may, each with its own claim."""

    store: Store
    clock: Clock
    keys: Keys
    desk: Callable[[], Desk]
    performers: Performers
    compose: Callable[[Effect, Desk, Keys], bytes]
    draft_of: Callable[[bytes], EventDraft]
    ways: Ways = field(default_factory=Ways)

    def perform(self, claimed: Claimed) -> None:
        """Do it, and record what came of it. Nothing is raised but what is our own fault."""
        effect = claimed.effect
        unknown = claimed.lost_lease and claimed.frozen is not None  # what was never frozen was never begun
        if unknown and not effect.harmless and not isinstance(effect.body, CustomerText | StaffText):
            self._park(claimed, "its outcome is unknown and repeating it would not be harmless", "Look, then retry.")
            return
        try:
            frozen = claimed.frozen
            if frozen is None:
                own = self.ways.own(effect, self.desk(), self.keys, claimed.attempts)
                frozen = self.compose(own, self.desk(), self.keys)
                self.store.freeze(claimed, frozen, names_of(effect, frozen, self.desk(), self.keys))
            payload = self._do(claimed, frozen)
        except Stale as stale:
            seen = EffectStale(effect.key, effect.kind, effect.revision, stale.seen)
            self._finish(claimed, seen)
        except OutcomeUnknown as error:
            self._unknown(claimed, error)
        except Retryable as error:
            self._postpone(claimed, error, error.retry_after, unknown=unknown)
        except Misconfigured as error:
            self.store.postpone(claimed, self.clock.now() + PAUSE, _told(error), unknown=False, now=self.clock.now())
        except Permanent as error:
            self._park(claimed, str(error), error.hint, error.means)
        else:
            self._finish(claimed, payload)

    def _do(self, claimed: Claimed, frozen: bytes) -> Payload:
        effect, body = claimed.effect, claimed.effect.body
        done = EffectDone(effect.key, effect.kind, effect.revision, recipient=effect.recipient)
        match body:
            case CustomerMail() | StandingMail() | StaffMail() | OperatorMail():
                envelope = Envelope(envelope_sender(effect, self.desk(), self.keys), effect.recipient, frozen)
                return replace(done, outside_id=self.performers.mail.send(envelope)[:200])
            case CustomerText() | StaffText():
                return replace(done, outside_id=self._texter().deliver(claimed, frozen)[:200])
            case PaymentOpen():
                urls = payment_urls(self.desk(), self.keys, effect.subject)
                opened = self._payments(body.method).open(described(body), effect.key, *urls)
                return PaymentOpened(effect.key, body.reference, opened.outside_id, opened.url)
            case PaymentLook():
                processor = self._payments(body.method)
                ask = processor.expire if body.expire else processor.look
                return replace(ask(body.reference, body.outside_id), effect_key=effect.key)
            case CalendarPut():
                written = self._calendar(effect).put(self.draft_of(frozen), _ref(claimed, body.ref, body.calendar_id))
                return replace(done, ref=written.ref, signature=written.signature)
            case CalendarRemove():
                ref = _ref_to_remove(claimed, body.ref, body.calendar_id)
                self._calendar(effect).remove(body.session_id, ref, body.generation, notify=body.notify)
                return replace(done, ref=ref)
            case CalendarLook():
                look = self._calendar(effect).look(body.session_id, body.ref)
                return LookAnswered(effect.key, look.answer, look.seen)

    def _calendar(self, effect: Effect) -> Calendar:
        try:
            return self.performers.calendars[effect.recipient]
        except KeyError:
            raise Permanent(
                f"calendar {effect.recipient} is no longer configured",
                hint="Configure it again and retry, or discard this effect.",
            ) from None

    def _texter(self) -> Texter:
        if self.performers.texts is None:
            raise Misconfigured("there is no connector for texts", hint="Configure one with the role texts.")
        return Texter(self.performers.texts, self.store, self.clock, self.desk())

    def _payments(self, method: str) -> Payments:
        try:
            return self.performers.payments[method]
        except KeyError:
            raise Misconfigured(
                f"there is no connector “{method}” for payments", hint="Configure it again: payments wait for it."
            ) from None

    def _unknown(self, claimed: Claimed, error: OutcomeUnknown) -> None:
        if isinstance(claimed.effect.body, CustomerText | StaffText):  # looked for, once the carrier can tell (SMS-2)
            self.store.postpone(
                claimed, self.clock.now() + LOOK_AFTER, _told(error), unknown=True, now=self.clock.now()
            )
        elif claimed.effect.harmless:
            self._postpone(claimed, error, None, unknown=True)
        else:
            self._park(claimed, f"its outcome is unknown: {error}", error.hint)

    def _postpone(self, claimed: Claimed, error: SyncdError, asked: timedelta | None, *, unknown: bool) -> None:
        now = self.clock.now()
        if claimed.attempts >= ATTEMPTS_MAX:
            self._park(claimed, f"given up after {claimed.attempts} attempts: {error}", error.hint)
            return
        until = now + delay(claimed.attempts, claimed.effect.key, asked)
        self.store.postpone(claimed, until, _told(error), unknown=unknown, now=now)

    def _park(self, claimed: Claimed, reason: str, hint: str, means: str = "") -> None:
        now = self.clock.now()
        effect = claimed.effect
        payload = EffectParked(effect.key, effect.kind, effect.revision, reason, hint, effect.recipient, means)
        self.store.park(claimed, reason, hint, self._receipt(claimed, payload, now), now)

    def _finish(self, claimed: Claimed, payload: Payload) -> None:
        now = self.clock.now()
        self.store.finish(claimed, self._receipt(claimed, payload, now), now)

    def _receipt(self, claimed: Claimed, payload: Payload, now: datetime) -> Evidence:
        """Receipts are evidence (design: one door in); the fence tells the attempts of one act apart."""
        key = derived_key("receipt", claimed.effect.key, claimed.fence)
        return Evidence(key, "receipt", now, payload, claimed.effect.subject)


def _ref(claimed: Claimed, decided: EntryRef | None, calendar_id: str) -> EntryRef | None:
    """The entry as the session knows it now, where that is in this calendar; else as it was decided (K4)."""
    if claimed.ref is not None and claimed.ref.calendar_id == calendar_id:
        return claimed.ref
    return decided


def _ref_to_remove(claimed: Claimed, decided: EntryRef | None, calendar_id: str) -> EntryRef | None:
    """What was decided to go, in the version known now: a stray is never taken for the event that stays."""
    ref = _ref(claimed, decided, calendar_id)
    if decided is None or (ref is not None and ref.event_id == decided.event_id):
        return ref
    return decided


def _told(error: SyncdError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)
