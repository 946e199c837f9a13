"""What do the rows say? Bytes of CSV (RFC 4180 and its relatives) to a listing; pure.

A row that is not understood is a problem with file and line, and is left out; its subject keeps the state it had. A
file without the columns it needs is no directory at all: Misconfigured.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.directory_csv import CsvSettings
from connectors.directory_csv.cells import Cells, Unreadable
from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.domain.people import normal_code, normal_email
from syncd.ports.directory import DirectoryListing, DirectoryProblem
from syncd.ports.errors import Misconfigured

ROWS_MAX = 200_000
DELIMITERS = ",;\t|"
COMPANY_COLUMNS = ("id", "name", "code", "plan", "plan_until", "zone", "country", "blocked")
COMPANY_NEEDED = ("id", "name", "code", "plan")
CONTACT_COLUMNS = ("id", "company", "name", "email", "mobile", "zone", "locale")
CONTACT_NEEDED = ("id", "company", "name", "email")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class CsvFile:
    name: str
    raw: bytes


def listing_of(companies: CsvFile, contacts: CsvFile | None, settings: CsvSettings) -> DirectoryListing:
    """The whole directory. Raises Misconfigured."""
    problems: list[DirectoryProblem] = []
    listed = _companies(companies, settings, problems)
    countries = {company_id: company.country for company_id, company in listed.items()}
    people = _contacts(contacts, settings, countries, problems) if contacts is not None else {}
    return DirectoryListing(tuple(listed.items()), tuple(people.items()), tuple(problems))


def _companies(file: CsvFile, settings: CsvSettings, problems: list[DirectoryProblem]) -> dict[str, CompanyListed]:
    found: dict[str, CompanyListed] = {}
    codes: dict[str, str] = {}
    for cells in _rows(file, settings, COMPANY_COLUMNS, COMPANY_NEEDED, settings.company_columns):
        try:
            company_id, company = cells.id(found), cells.company(settings.date_format)
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
    file: CsvFile, settings: CsvSettings, countries: Mapping[str, str | None], problems: list[DirectoryProblem]
) -> dict[str, ContactListed]:
    found: dict[str, ContactListed] = {}
    addresses: dict[tuple[str, str], str] = {}
    for cells in _rows(file, settings, CONTACT_COLUMNS, CONTACT_NEEDED, settings.contact_columns):
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


def _rows(
    file: CsvFile,
    settings: CsvSettings,
    columns: tuple[str, ...],
    needed: tuple[str, ...],
    theirs: Mapping[str, str],
) -> Iterator[Cells]:
    text = _decoded(file, settings.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = next(reader, [])
        places = _places(file.name, header, columns, needed, theirs)
        count = 0
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                count += 1
                if count > ROWS_MAX:
                    hint = "a directory of this size belongs into a database"
                    raise Misconfigured(f"{file.name} has more than {ROWS_MAX} rows", hint=hint)
                yield Cells(f"{file.name}:{line}", {name: _cell(row, at) for name, at in places.items()})
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "a quotation mark that never closes? Export it again; the last known directory stays in force"
        raise Misconfigured(f"{file.name}:{reader.line_num}: is no CSV: {error}", hint=hint) from None


def _cell(row: list[str], at: int) -> str:
    return row[at].strip() if at < len(row) else ""


def _decoded(file: CsvFile, encoding: str) -> str:
    name = encoding
    if encoding == "auto":
        name = next((codec for mark, codec in _MARKS if file.raw.startswith(mark)), "utf-8")
    try:
        text = file.raw.decode(name)
    except LookupError:
        hint = "for example utf-8, cp1252, utf-16"
        raise Misconfigured(f"there is no encoding “{encoding}”", hint=hint) from None
    except UnicodeDecodeError as error:
        line = file.raw.count(b"\n", 0, error.start) + 1
        hint = 'export it as UTF-8, or set encoding, for example "cp1252"'
        raise Misconfigured(f"{file.name}:{line}: is not {name}", hint=hint) from None
    if not text.strip():
        raise Misconfigured(
            f"{file.name} is empty", hint="an export that failed? The last known directory stays in force"
        )
    return text


def _delimiter(text: str) -> str:
    """By the header alone: it holds names and delimiters, and nothing that could be taken for one."""
    header = text.lstrip().split("\n", 1)[0][:4_000]
    try:
        return csv.Sniffer().sniff(header, DELIMITERS).delimiter
    except csv.Error:
        return ","


def _places(
    file: str, header: list[str], columns: tuple[str, ...], needed: tuple[str, ...], theirs: Mapping[str, str]
) -> dict[str, int]:
    unknown = set(theirs) - set(columns)
    if unknown:
        hint = f"ours are {', '.join(columns)}"
        raise Misconfigured(f"{', '.join(sorted(unknown))} is no column of ours ({file})", hint=hint)
    headings = {cell.strip().casefold(): place for place, cell in reversed(list(enumerate(header)))}
    wanted = {name: theirs.get(name, name).strip().casefold() for name in columns}
    places = {name: headings[heading] for name, heading in wanted.items() if heading in headings}
    missing = [name for name in needed if name not in places]
    if missing:
        raise Misconfigured(
            f"{file}:1: there is no column {', '.join(missing)}",
            hint=f"the first line names the columns ({', '.join(columns)}), or the settings map them to the portal's",
        )
    return places
