"""What would a ledger say of another past? A contact's or company's own rules over a given list of what became known.

Letters are taken as handed over when their receipt says so, and at once where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.domain.case import CompanyCase, ContactCase
from syncd.domain.decision import Decision
from syncd.domain.desk import Desk
from syncd.domain.effect import Effect, EffectState, EffectStatus
from syncd.domain.evidence import EffectDone, EffectParked, Evidence
from syncd.domain.keys import company_key, contact_key
from syncd.domain.letters import Letter
from syncd.domain.people import Company, Contact, StaffMember
from syncd.domain.terms import Terms
from syncd.ports.store import Decide

Known = tuple[datetime, Evidence]

_LEAD = StaffMember("lead", "Lead", "lead@desk.invalid", "UTC", "", lead=True)
_DESK = Desk("replay", "", "", "", "", "UTC", (_LEAD,), (), ())
"""Nobody is written to; questions to staff need somebody to be put to."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """`reviews`: how often a company was put up for review (C8)."""

    owner: Contact | Company
    derived: tuple[Evidence, ...]
    reviews: int = 0


def replay_contact(
    contact: Contact, known: Iterable[Known], terms: Terms, terms_of: Callable[[str], Terms], decide: Decide
) -> Replayed:
    """From a blank ledger. `terms`: those of sessions that were decided again; others keep their own (S10)."""
    key, items = contact_key(contact.id), sorted(known, key=lambda pair: (pair[0], pair[1].seq))
    receipts = {e.payload.effect_key: at for at, e in items if isinstance(e.payload, EffectDone)}
    refused = {e.payload.effect_key for _, e in items if isinstance(e.payload, EffectParked)}
    blank = Contact(contact.id, contact.company_id, contact.name, contact.email, contact.mobile, contact.zone)
    owner, statuses, derived = blank, list[EffectStatus](), list[Evidence]()
    queue = [(at, e) for at, e in items if not isinstance(e.payload, EffectDone | EffectParked)]
    while queue:
        at, item = queue.pop(0)
        named = dict.fromkeys([terms.id, *(n.terms_id for n in owner.no_shows)])
        named.setdefault(getattr(item.payload, "terms_id", terms.id))
        pinned = tuple(terms if one == terms.id else terms_of(one) for one in named)
        case = ContactCase(key, contact.id, _DESK, terms, owner, (item,), (), tuple(statuses), pinned)
        made = decide(case, at)
        if isinstance(made.state, Contact):
            owner = made.state
        statuses += [_status(effect) for effect in made.effects]
        derived += made.derived
        for effect in made.effects:
            if getattr(effect.body, "letter", None) is Letter.WARNING and effect.key not in refused:
                handed = max(receipts.get(effect.key, at), at)
                receipt = Evidence(effect.key, "replay", handed, EffectDone(effect.key, effect.kind, 0), key)
                queue = sorted([*queue, (handed, receipt)], key=lambda pair: (pair[0], pair[1].seq))
    return Replayed(owner, tuple(derived))


def replay_company(company: Company, known: Iterable[Known], terms: Terms, decide: Decide) -> Replayed:
    """Strikes and same-day changes, from a blank ledger; every review is answered by "leave it"."""
    reviews = 0
    owner = replace(company, strikes=(), same_day=(), matters=(), blocked=False, blocked_by_desk=False)
    for at, item in sorted(known, key=lambda pair: (pair[0], pair[1].seq)):
        made = _company(owner, item, at, terms, decide)
        owner = made.state if isinstance(made.state, Company) else owner
        reviews += len(owner.matters)
        owner = replace(owner, matters=())
    return Replayed(owner, (), reviews)


def _company(owner: Company, item: Evidence, at: datetime, terms: Terms, decide: Decide) -> Decision:
    return decide(CompanyCase(company_key(owner.id), owner.id, _DESK, terms, owner, (item,), (), ()), at)


def _status(effect: Effect) -> EffectStatus:
    letter = getattr(effect.body, "letter", None)
    return EffectStatus(
        effect.key, effect.kind, str(letter) if letter else None, effect.revision, effect.recipient, EffectState.DONE
    )
