"""What do the rows say together? Rows of cells, wherever they came from, to a listing; pure.

A row that is not understood is a problem with its place, and is left out; its subject keeps the state it had. Rows
without the columns that they need are no directory at all: Misconfigured.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.directory.cells import Cells, Unreadable
from connectors.directory.settings import Columns
from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.domain.people import normal_code, normal_email
from syncd.ports.directory import DirectoryListing, DirectoryProblem
from syncd.ports.errors import Misconfigured

ROWS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of one table: all that are known, and those without which there is none."""

    columns: tuple[str, ...]
    needed: tuple[str, ...]


COMPANIES = Shape(
    ("id", "name", "code", "plan", "plan_until", "zone", "country", "blocked"), ("id", "name", "code", "plan")
)
CONTACTS = Shape(("id", "company", "name", "email", "mobile", "zone", "locale"), ("id", "company", "name", "email"))


def listing_of(companies: Iterable[Cells], contacts: Iterable[Cells] | None, settings: Columns) -> DirectoryListing:
    """The whole directory. Raises what the rows raise."""
    problems: list[DirectoryProblem] = []
    listed = _companies(companies, settings.date_format, problems)
    countries = {company_id: company.country for company_id, company in listed.items()}
    people = _contacts(contacts, countries, problems) if contacts is not None else {}
    return DirectoryListing(tuple(listed.items()), tuple(people.items()), tuple(problems))


def facts_of(listing: DirectoryListing) -> tuple[str, ...]:
    """For `syncd doctor`: how many, and the first rows that were not understood; nobody's data."""
    return (
        f"{len(listing.companies)} companies, {len(listing.contacts)} contacts",
        *(f"{p.where}: {p.what} ({p.hint})" for p in listing.problems[:5]),
    )


def places(source: str, header: Sequence[str], shape: Shape, theirs: Mapping[str, str]) -> dict[str, int]:
    """Our columns to their place in the header; names compared without case. Raises Misconfigured."""
    unknown = set(theirs) - set(shape.columns)
    if unknown:
        hint = f"ours are {', '.join(shape.columns)}"
        raise Misconfigured(f"{', '.join(sorted(unknown))} is no column of ours ({source})", hint=hint)
    headings = {cell.strip().casefold(): place for place, cell in reversed(list(enumerate(header)))}
    wanted = {name: theirs.get(name, name).strip().casefold() for name in shape.columns}
    found = {name: headings[heading] for name, heading in wanted.items() if heading in headings}
    missing = [name for name in shape.needed if name not in found]
    if missing:
        raise Misconfigured(
            f"{source}: there is no column {', '.join(missing)}",
            hint=f"the columns are {', '.join(shape.columns)}, or the settings map them to the portal's",
        )
    return found


def counted(rows: Iterable[Cells], source: str) -> Iterable[Cells]:
    """The same rows, up to ROWS_MAX. Raises Misconfigured beyond."""
    for count, row in enumerate(rows, 1):
        if count > ROWS_MAX:
            hint = "is it the right table? Select those who can book"
            raise Misconfigured(f"{source} has more than {ROWS_MAX} rows", hint=hint)
        yield row


def _companies(rows: Iterable[Cells], date_format: str, problems: list[DirectoryProblem]) -> dict[str, CompanyListed]:
    found: dict[str, CompanyListed] = {}
    codes: dict[str, str] = {}
    for cells in rows:
        try:
            company_id, company = cells.id(found), cells.company(date_format)
            code = normal_code(company.code) if company.code else ""
            if code and code in codes:
                raise Unreadable(f"the code is that of {codes[code]} too", "each company has a code of its own")
        except Unreadable as error:
            problems.append(cells.problem(error))
            continue
        found[company_id] = company
        if code:
            codes[code] = cells.where
        problems += cells.doubts
    return found


def _contacts(
    rows: Iterable[Cells], countries: Mapping[str, str | None], problems: list[DirectoryProblem]
) -> dict[str, ContactListed]:
    found: dict[str, ContactListed] = {}
    addresses: dict[tuple[str, str], str] = {}
    for cells in rows:
        try:
            contact_id, contact = cells.id(found), cells.contact(countries)
            address = (contact.company_id, normal_email(contact.email))
            if address in addresses:
                raise Unreadable(f"the address is that of {addresses[address]} too", "one contact for one address")
        except Unreadable as error:
            problems.append(cells.problem(error))
            continue
        found[contact_id] = contact
        addresses[address] = cells.where
        problems += cells.doubts
    return found
