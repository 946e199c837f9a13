"""What may an operator ask of ledgers and of the past? Strikes, verification, other terms and figures."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from syncd.config.problems import did_you_mean
from syncd.config.settings import TermsSettings
from syncd.domain.decision import Answer
from syncd.domain.keys import CaseKey, CaseKind, split_key
from syncd.domain.people import Company, Contact, Strike, Suspension
from syncd.domain.terms import Terms
from syncd.engine.accounts import Accounts
from syncd.engine.report import Report, report
from syncd.engine.verify import Verified, verify
from syncd.engine.whatif import WhatIf, what_if
from syncd.messages import story
from syncd.policy.decide import decide
from syncd.policy.ledger import counting_strikes, lately
from syncd.ports.errors import Misconfigured, Permanent
from syncd.runtime.bootstrap import System
from syncd.runtime.desk import digest_of

# -- strikes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """One company with strikes, a block, or suspended contacts. `counting`: strikes that have not expired (S8)."""

    company: Company
    strikes: tuple[Strike, ...]
    counting: int
    suspended: tuple[tuple[Contact, Suspension], ...]


def accounts(system: System) -> tuple[Account, ...]:
    """Those with anything on record, the most strikes first."""
    views, now = system.store.views, system.clock.now()
    suspended: dict[str, list[tuple[Contact, Suspension]]] = {}
    for contact in views.contacts():
        standing = contact.suspended_at(now)
        if standing is not None:
            suspended.setdefault(contact.company_id, []).append((contact, standing))
    found = []
    for company in views.companies():
        zone = company.zone or system.configuration.desk.zone
        counting = counting_strikes(company.strikes, now, zone, system.configuration.terms)
        people = tuple(suspended.get(company.id, ()))
        if company.strikes or company.barred or people:
            found.append(Account(company, company.strikes, len(counting), people))
    return tuple(sorted(found, key=lambda a: (-a.counting, -len(a.suspended), a.company.name.casefold())))


def lift(system: System, contact: str, by: str | None, reason: str) -> Answer:
    return _hand(system).lift(_one(system, contact, CaseKind.CONTACT), _staff(system, by), _said(reason))


def reinstate(
    system: System, contact: str, reference: str, cents: int | None, currency: str | None, by: str | None
) -> Answer:
    """`cents` and `currency`: those of the terms in force where they are not given."""
    terms = system.configuration.terms
    paid = terms.reinstatement_cents if cents is None else cents
    contact_id = _one(system, contact, CaseKind.CONTACT)
    money = currency or terms.reinstatement_currency
    return _hand(system).reinstate(contact_id, reference, paid, money, _staff(system, by))


def waive(system: System, session: str, by: str | None, reason: str) -> Answer:
    session_id, staff_id = _one(system, session, CaseKind.SESSION), _staff(system, by)
    lead = any(member.id == staff_id for member in system.configuration.desk.leads())
    return _hand(system).waive(session_id, staff_id, _said(reason), lead=lead)


def block(system: System, company: str, by: str | None, reason: str, *, blocked: bool) -> Answer:
    company_id = _one(system, company, CaseKind.COMPANY)
    return _hand(system).block(company_id, _staff(system, by), _said(reason), blocked=blocked)


def _hand(system: System) -> Accounts:
    return Accounts(system.store, system.clock, decide)


def _one(system: System, text: str, kind: CaseKind) -> str:
    """The id of the one subject of that kind that the text may mean. Raises Permanent."""
    keys = [key for key in system.store.views.find_subjects(text) if split_key(key)[0] is kind]
    if len(keys) == 1:
        return split_key(keys[0])[1]
    if not keys:
        raise Permanent(
            f"no {kind} is known by “{text:.80}”", hint="`syncd explain` finds by address, code, id or name"
        )
    raise Permanent(f"“{text:.80}” may be several", hint="name one of " + ", ".join(split_key(key)[1] for key in keys))


def _staff(system: System, by: str | None) -> str:
    """Who says so: a member of staff by id; else the first lead. Raises Permanent."""
    desk = system.configuration.desk
    if by is None:
        return desk.leads()[0].id
    if desk.member(by) is None:
        known = [member.id for member in desk.staff]
        raise Permanent(f"there is no staff member “{by:.80}”", hint=did_you_mean(by, known) or ", ".join(known))
    return by


def _said(reason: str) -> str:
    if not reason.strip():
        raise Permanent("a reason is missing", hint="say it with --reason: it stays on the record")
    return reason.strip()


def for_customer(system: System, key: CaseKey) -> str:
    """How it stands, in the customer's own language. Raises Permanent for what concerns no customer."""
    views, desk, now = system.store.views, system.configuration.desk, system.clock.now()
    kind, subject_id = split_key(key)
    terms = system.configuration.terms
    if kind is CaseKind.CONTACT and (contact := views.contact(subject_id)) is not None:
        standing = contact.suspended_at(now)
        return story.of_contact(contact, views.terms(standing.terms_id) if standing else terms, desk, now)
    if kind is CaseKind.COMPANY and (company := views.company(subject_id)) is not None:
        counting = counting_strikes(company.strikes, now, company.zone or desk.zone, terms)
        return story.of_company(company, len(counting), len(lately(company.same_day, now, terms)), terms, desk)
    session = views.session(subject_id) if kind is CaseKind.SESSION else None
    told = story.of_session(session, desk) if session is not None else None
    if told is None:
        raise Permanent(f"{key} concerns no customer", hint="name a contact, a company or a booked session")
    return told


# -- the past ----------------------------------------------------------------------------------------------------------


def verified(system: System, progress: Callable[[int, int], None]) -> Verified:
    return verify(system.store.past, system.store.views, decide, progress)


def replayed(
    system: System, file: Path, since: date, progress: Callable[[int, int], None]
) -> tuple[WhatIf, tuple[tuple[str, str, str], ...]]:
    """The what-if, and the settings that differ: (name, now, then). Raises Misconfigured for a file that is none."""
    terms, current = read_terms(file, system.configuration.terms), system.configuration.terms
    start = _start(since, system.configuration.desk.zone)
    past, total = system.store.past, system.store.past.count_sessions(start)
    found = what_if(
        past,
        system.store.views,
        terms,
        current,
        start,
        system.clock.now(),
        decide,
        lambda done: progress(done, total),
    )
    names = [f.name for f in fields(Terms) if f.name != "id" and getattr(terms, f.name) != getattr(current, f.name)]
    return found, tuple((n, str(getattr(current, n)), str(getattr(terms, n))) for n in names)


def read_terms(file: Path, current: Terms) -> Terms:
    """The terms of a TOML file: a `[terms]` table, as in the configuration, or its settings alone. What it leaves out
    stays as it is in force."""
    try:
        read: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}", hint="name a TOML file with --terms") from None
    except ValueError as error:
        raise Misconfigured(f"{file} is no TOML: {error}", hint="write it like [terms] in the configuration") from None
    values = read.get("terms", read)
    try:
        settings = TermsSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Misconfigured(
            f"{file}: terms.{where}: {first['msg']}", hint="config.example.toml shows them all"
        ) from None
    given = {name: getattr(settings, name) for name in settings.model_fields_set}
    made = replace(current, id="", **given)
    return replace(made, id=f"terms-{digest_of(made)}")


def figures(system: System, since: date, until: date | None) -> Report:
    """Over the sessions of these days, in the desk's zone; `until` is not among them."""
    desk = system.configuration.desk
    start = _start(since, desk.zone)
    end = _start(until, desk.zone) if until is not None else system.clock.now()
    names = {member.id: member.name for member in desk.staff}
    return report(system.store.past.sessions(start, end), start, end, desk.zone, lambda one: names.get(one, one))


def _start(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))
