"""What does the portal's answer say? JSON pages to rows of cells; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.directory.cells import Cells
from connectors.directory.listing import COMPANIES, CONTACTS, Shape, counted, listing_of, places
from connectors.directory.settings import HttpSettings
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured

SHAPE = 'it answers { "companies": [{…}], "contacts": [{…}] }; the last known directory stays in force'


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows as they stand there. `contacts` None: this page speaks of none."""

    number: int
    companies: tuple[Mapping[str, Any], ...]
    contacts: tuple[Mapping[str, Any], ...]
    next: str | None


def page_of(body: bytes, number: int) -> Page:
    """Raises Misconfigured: whatever is no directory is never an empty one (D2)."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Misconfigured("the portal's answer is no JSON", hint=SHAPE) from None
    if not isinstance(value, dict) or not ("companies" in value or "contacts" in value):
        raise Misconfigured("the portal's answer is no directory", hint=SHAPE)
    following = value.get("next")
    if following is not None and not isinstance(following, str):
        raise Misconfigured("`next` is no address", hint=SHAPE)
    return Page(number, _list(value, "companies"), _list(value, "contacts"), following or None)


def listing_of_pages(pages: Sequence[Page], settings: HttpSettings) -> DirectoryListing:
    """The whole directory. Raises Misconfigured."""
    firms = _rows([(p.number, p.companies) for p in pages], "companies", COMPANIES, settings.company_columns)
    people = _rows([(p.number, p.contacts) for p in pages], "contacts", CONTACTS, settings.contact_columns)
    return listing_of(counted(firms, "companies"), counted(people, "contacts"), settings)


def _list(value: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    rows = value.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Misconfigured(f"`{name}` is no list of objects", hint=SHAPE)
    return tuple(rows)


def _rows(
    pages: Sequence[tuple[int, Sequence[Mapping[str, Any]]]], name: str, shape: Shape, theirs: Mapping[str, str]
) -> Iterator[Cells]:
    """An object leaves out what it does not have: the columns of all together are the header."""
    header = sorted({key for _, rows in pages for row in rows for key in row})
    if not header:
        return
    at = places(f"`{name}`", header, shape, theirs)
    for number, rows in pages:
        page = f"page {number}, " if len(pages) > 1 else ""
        for index, row in enumerate(rows):
            values = {column: _text(row.get(header[place])) for column, place in at.items()}
            yield Cells(f"{page}{name}[{index}]", values)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value).strip()
    return "\0"  # an object or a list is no cell: Cells refuses it, and says which
