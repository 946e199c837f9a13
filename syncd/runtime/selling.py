"""What does an operator decide about what is sold? Fees, releases and clearances, through the door (E4, E7, E8)."""

from __future__ import annotations

import re
from datetime import date

from syncd.config.problems import did_you_mean
from syncd.domain.keys import CaseKind, split_key
from syncd.domain.money import Amount, ReleaseState
from syncd.domain.paying import ClearanceGranted, FeeSet, ReleaseSet
from syncd.domain.people import Plan
from syncd.ports.errors import Permanent
from syncd.runtime.bootstrap import System
from syncd.runtime.users import staff_member

AMOUNT = re.compile(r"(\d{1,7})(?:[.,](\d{2}))? ?([A-Za-z]{3})")


def set_fee(system: System, type_id: str, plan: str, amount: str, since: date | None, staff_id: str) -> date:
    """The day from which it holds. Raises Permanent for what does not exist."""
    types = [kind.id for kind in system.in_force.desk.types]
    if type_id not in types:
        hint = did_you_mean(type_id, types) or f"there are {', '.join(types)}"
        raise Permanent(f"there is no session type “{type_id}”", hint=hint)
    plans = [str(known) for known in Plan]
    if plan and plan not in plans:
        raise Permanent(f"there is no plan “{plan}”", hint=f"there are {' and '.join(plans)}")
    day = since or _today(system)
    system.door.set_fee(FeeSet(type_id, plan, read(amount), day, staff_member(system, staff_id)), _press(system))
    return day


def set_release(
    system: System, release_id: str, name: str, state: ReleaseState, since: date | None, staff_id: str
) -> date:
    """The day from which it holds. Raises Permanent for a new release without a name."""
    if not name and system.store.views.catalogue().release(release_id) is None:
        raise Permanent(f"{release_id} is new, and has no name", hint="add --name: what visitors read")
    day = since or _today(system)
    system.door.set_release(ReleaseSet(release_id, name, state, day, staff_member(system, staff_id)), _press(system))
    return day


def clear(system: System, company: str, release_id: str, staff_id: str, *, granted: bool) -> str:
    """The company's name. Raises Permanent for a company or a release that is not known."""
    views = system.store.views
    known = [release.id for release in views.catalogue().releases]
    if release_id not in known:
        hint = did_you_mean(release_id, known) or "see `syncd releases list`"
        raise Permanent(f"there is no release “{release_id}”", hint=hint)
    found = {c for key in views.find_subjects(company) if (c := _company_of(system, *split_key(key)))}
    if len(found) != 1:
        what = "nobody is known by that" if not found else f"it may be {', '.join(sorted(found))}"
        raise Permanent(f"“{company}”: {what}", hint="name a company's id, or a contact's address")
    (company_id,) = found
    wanted = ClearanceGranted(release_id, staff_member(system, staff_id), granted)
    system.door.clear(company_id, wanted, _press(system))
    known_company = views.company(company_id)
    return known_company.name if known_company else company_id


def read(amount: str) -> Amount:
    """`99.00 USD`; raises Permanent."""
    match = AMOUNT.fullmatch(amount.strip())
    if match is None:
        raise Permanent(f"“{amount}” is no amount", hint="for example “99.00 USD”")
    return Amount(int(match[1]) * 100 + int(match[2] or 0), match[3].upper())


def written(amount: Amount) -> str:
    return f"{amount.cents // 100}.{amount.cents % 100:02d} {amount.currency}"


def _company_of(system: System, kind: CaseKind, subject_id: str) -> str | None:
    if kind is CaseKind.COMPANY:
        return subject_id
    if kind is CaseKind.CONTACT:
        contact = system.store.views.contact(subject_id)
        return contact.company_id if contact else None
    return None


def _today(system: System) -> date:
    return system.in_force.desk.day_of(system.clock.now())


def _press(system: System) -> str:
    """One press a command: the instant tells two commands apart."""
    return system.clock.now().isoformat()
