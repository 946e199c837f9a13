"""Whole mails for the tests: the sample effects, composed with keys of a fixed secret."""

from __future__ import annotations

from typing import Any

from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CustomerMail, Effect, EffectBody, EffectKind, OperatorMail, StaffMail, StandingMail
from syncd.domain.keys import contact_key, session_key
from syncd.domain.letters import Letter
from syncd.engine.compose import compose
from syncd.runtime.keys import InstallationKeys
from tests.ical.inv import Truth
from tests.messages import samples

KEYS = InstallationKeys(["mail-tests-mail-tests-mail-tests-mail-tests"])
_KINDS = {
    CustomerMail: EffectKind.MAIL_CUSTOMER,
    StandingMail: EffectKind.MAIL_CUSTOMER,
    StaffMail: EffectKind.MAIL_STAFF,
    OperatorMail: EffectKind.MAIL_OPERATOR,
}


def effect(body: EffectBody, key: str = "effect-1") -> Effect:
    subject = session_key("session-1") if getattr(body, "facts", None) else contact_key("contact-1")
    to = body.to.email if isinstance(body, CustomerMail | StandingMail) else getattr(body, "to_email", "")
    kind = _KINDS.get(type(body), EffectKind.CALENDAR_PUT)
    return Effect(key, kind, subject, 1, "", to, body, samples.ISSUED_AT, None)


def composed(body: EffectBody, desk: Desk = samples.DESK) -> bytes:
    return compose(effect(body), desk, KEYS)


def truth(mail: CustomerMail, **values: Any) -> Truth:
    """What the stored state says about a calendar mail."""
    facts = mail.facts
    assert facts is not None
    join = facts.join
    root = KEYS.name("message-id", facts.session_id, mail.to.email, Letter.INVITATION)
    told: dict[str, object] = {
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "to": mail.to.email.replace("bücher", "xn--bcher-kva"),
        "organizer": samples.DESK.organizer,
        "online": facts.channel is Channel.ONLINE,
        "join_url": join.join_url if join else "",
        "conference_id": join.conference_id if join else "",
        "call_in_page": join.call_in_page if join else None,
        "partstat": mail.partstat,
        "secrets": ("https://meet.example.com/host/secret", "bernd@customer.example"),
        "first_message_id": f"<{root}@desk.example>",
    }
    return Truth(**{**told, **values})
