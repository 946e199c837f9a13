"""Who are our customers now? The directory read whole, compared with what we know, and its differences recorded as
evidence (D1, D2). What cannot be read, and what is suddenly nearly empty, changes nothing and is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.domain.evidence import (
    CompanyDelisted,
    CompanyListed,
    ContactDelisted,
    ContactListed,
    Evidence,
    Payload,
    SourceFailed,
    SourceRecovered,
)
from syncd.domain.keys import CaseKey, calendar_key, company_key, contact_key, derived_key
from syncd.domain.people import Company, Contact, normal_code, normal_email
from syncd.ports.clock import Clock
from syncd.ports.directory import Directory, DirectoryListing, DirectoryProblem
from syncd.ports.errors import Misconfigured, SyncdError
from syncd.ports.keys import Keys
from syncd.ports.store import Store
from syncd.ports.views import Views

SHRUNK_SHARE = 0.5
"""A listing with fewer than this share of the companies that we know is not believed (D2)."""

KNOWN_MIN = 4
"""Below this many known companies the share says nothing."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What one reading brought: companies and contacts in it, how many facts were news, and rows not understood."""

    companies: int
    contacts: int
    news: int
    problems: tuple[DirectoryProblem, ...]


@dataclass(frozen=True, slots=True)
class DirectoryReader:
    """Reads a directory into the store; `read` never raises for the directory's own faults, `bring_in` does."""

    store: Store
    views: Views
    clock: Clock
    keys: Keys

    def read(self, directory: Directory) -> Imported | None:
        """One reading; None: it failed, the last known state stays in force, and the outage is on record."""
        state = self.store.source(directory.id)
        try:
            imported = self.bring_in(directory)
        except SyncdError as error:
            self._failed(directory, error)
            return None
        if state.failing_since is not None:
            now = self.clock.now()
            since = derived_key(directory.id, "recovered", state.failing_since.isoformat())
            self._record(since, directory.id, calendar_key(directory.id), SourceRecovered(directory.id), now)
            self.store.source_recovered(directory.id, now)  # the evidence first: a kill between loses nothing
        return imported

    def bring_in(self, directory: Directory, *, believe_shrunk: bool = False) -> Imported:
        """Read and record. Raises what the directory raises, and Misconfigured for one that is nearly empty now."""
        listing = directory.read()
        known = {c.id: c for c in self.views.companies() if c.listed}
        if not believe_shrunk and len(known) >= KNOWN_MIN and len(listing.companies) < len(known) * SHRUNK_SHARE:
            raise Misconfigured(
                f"the directory lists {len(listing.companies)} companies, {len(known)} are known: not believed (D2)",
                hint="If that is right, run `syncd directory import --believe`; else mend the directory.",
            )
        now = self.clock.now()
        news = [*self._companies(listing, known), *self._contacts(listing)]
        evidence = tuple(
            Evidence(derived_key(directory.id, subject, now.isoformat()), directory.id, now, payload, subject)
            for subject, payload in news
        )
        count = self.store.record(evidence, now) if evidence else 0
        return Imported(len(listing.companies), len(listing.contacts), count, listing.problems)

    def _companies(self, listing: DirectoryListing, known: dict[str, Company]) -> list[tuple[CaseKey, Payload]]:
        news: list[tuple[CaseKey, Payload]] = []
        for company_id, listed in listing.companies:
            if company_id not in known or _as_listed(known[company_id]) != _normal(listed):
                news.append((company_key(company_id), _normal(listed)))
        here = {company_id for company_id, _ in listing.companies} | _left_out(listing)
        if not _all_rows_known(listing):
            return news
        return news + [(company_key(gone), CompanyDelisted()) for gone in known if gone not in here]

    def _contacts(self, listing: DirectoryListing) -> list[tuple[CaseKey, Payload]]:
        news: list[tuple[CaseKey, Payload]] = []
        known = {c.id: c for c in self.views.contacts()}
        here = set()
        for _, listed in listing.contacts:
            contact_id = self.keys.name("contact", listed.company_id, normal_email(listed.email))
            here.add(contact_id)
            if contact_id not in known or _differs(known[contact_id], listed):
                news.append((contact_key(contact_id), listed))
        if listing.problems:
            return news  # whose row was left out is not sure enough to take anyone for delisted
        gone = [c.id for c in known.values() if c.listed and c.id not in here]
        return news + [(contact_key(contact_id), ContactDelisted()) for contact_id in gone]

    def _failed(self, directory: Directory, error: SyncdError) -> None:
        now = self.clock.now()
        before = self.store.source(directory.id)
        acts = isinstance(error, Misconfigured)
        if before.failing_since is None or before.error != str(error):
            since = (before.failing_since or now).isoformat()
            payload = SourceFailed(directory.id, str(error), error.hint, acts=acts)
            key = derived_key(directory.id, "failed", since, str(error))
            self._record(key, directory.id, calendar_key(directory.id), payload, now)
        self.store.source_failed(directory.id, now, str(error), error.hint, paused=False)

    def _record(self, key: str, source: str, subject: CaseKey, payload: Payload, now: datetime) -> None:
        self.store.record((Evidence(key, source, now, payload, subject),), now)


def _left_out(listing: DirectoryListing) -> set[str]:
    """Rows that were not understood keep their last known state (D2)."""
    return {problem.row_id for problem in listing.problems if problem.left_out}


def _all_rows_known(listing: DirectoryListing) -> bool:
    return all(problem.row_id for problem in listing.problems if problem.left_out)


def _normal(listed: CompanyListed) -> CompanyListed:
    code = normal_code(listed.code) if listed.code else None
    return CompanyListed(listed.name, code, listed.plan, listed.plan_until, listed.zone, listed.country, listed.blocked)


def _as_listed(company: Company) -> CompanyListed:
    return CompanyListed(
        company.name,
        company.code,
        company.plan,
        company.plan_until,
        company.zone,
        company.country,
        company.blocked,
    )


def _differs(contact: Contact, listed: ContactListed) -> bool:
    """Does the portal say something that we do not hold? What it leaves out is no difference (D2)."""
    return (
        not contact.listed
        or contact.name != listed.name
        or contact.email != listed.email
        or (listed.mobile is not None and contact.mobile != listed.mobile)
        or (listed.zone is not None and contact.zone != listed.zone)
        or (listed.locale is not None and contact.locale != listed.locale)
    )
