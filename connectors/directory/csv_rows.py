"""What do the bytes say? CSV (RFC 4180 and its relatives) to rows of cells; pure."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.directory.cells import Cells
from connectors.directory.listing import COMPANIES, CONTACTS, Shape, counted, listing_of, places
from connectors.directory.settings import CsvSettings
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured

DELIMITERS = ",;\t|"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class CsvFile:
    name: str
    raw: bytes


def listing_of_files(companies: CsvFile, contacts: CsvFile | None, settings: CsvSettings) -> DirectoryListing:
    """The whole directory. Raises Misconfigured."""
    firms = counted(_rows(companies, settings, COMPANIES, settings.company_columns), companies.name)
    people = _rows(contacts, settings, CONTACTS, settings.contact_columns) if contacts is not None else None
    return listing_of(
        firms, counted(people, contacts.name) if contacts is not None and people is not None else None, settings
    )


def _rows(file: CsvFile, settings: CsvSettings, shape: Shape, theirs: Mapping[str, str]) -> Iterator[Cells]:
    text = _decoded(file, settings.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        at = places(f"{file.name}:1", next(reader, []), shape, theirs)
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                yield Cells(f"{file.name}:{line}", {name: _cell(row, place) for name, place in at.items()})
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
