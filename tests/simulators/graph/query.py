"""Which questions does the simulator understand? The OData query options that the connector uses, each spelled out.

Whatever is not understood is Refused: Graph ignores some unknown options silently, and a test shall not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_PROPERTY = r"String \{[0-9a-f-]{36}\} Name \w+"
_EXPAND = re.compile(
    rf"singleValueExtendedProperties\(\$filter=(id eq '{_PROPERTY}'(?: or id eq '{_PROPERTY}')*)\)", re.IGNORECASE
)
_FILTER = re.compile(
    rf"singleValueExtendedProperties/Any\(ep: ep/id eq '({_PROPERTY})' and ep/value eq '((?:[^']|'')*)'\)",
    re.IGNORECASE,
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Refused(Exception):
    """400: the request is not one that Graph documents."""


@dataclass(frozen=True)
class Asked:
    """`expand`: ids of extended properties. `property`, `value`: to be had by every item; compared without case, as
    Exchange does."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    select: tuple[str, ...] | None = None
    expand: tuple[str, ...] = ()
    property: str | None = None
    value: str = ""
    top: int | None = None
    skip: int = 0


def read(query: Mapping[str, str], allowed: frozenset[str], selectable: Mapping[str, Any]) -> Asked:
    """Raises Refused for an option that is not allowed here, or whose value is not understood."""
    unknown = set(query) - allowed
    if unknown:
        raise Refused(f"query options that are not supported here: {sorted(unknown)}")
    select = _select(query.get("$select"), selectable)
    found = _matched(_FILTER, query.get("$filter"), "$filter")
    expand = _matched(_EXPAND, query.get("$expand"), "$expand")
    return Asked(
        starts_at=_instant(query.get("startDateTime")),
        ends_at=_instant(query.get("endDateTime")),
        select=select,
        expand=tuple(re.findall(f"'({_PROPERTY})'", expand[1], re.IGNORECASE)) if expand else (),
        property=found[1] if found else None,
        value=found[2].replace("''", "'") if found else "",
        top=_number(query.get("$top"), 1, 1000),
        skip=_number(query.get("$skip"), 0, 10**6) or 0,
    )


def _select(said: str | None, selectable: Mapping[str, Any]) -> tuple[str, ...] | None:
    if said is None:
        return None
    names = tuple(said.split(","))
    if strange := set(names) - set(selectable):
        raise Refused(f"$select of unknown properties: {sorted(strange)}")
    return names


def _matched(form: re.Pattern[str], said: str | None, name: str) -> re.Match[str] | None:
    if said is None:
        return None
    found = form.fullmatch(said)
    if found is None:
        raise Refused(f"{name} of a form that is not supported: {said[:200]}")
    return found


def _instant(said: str | None) -> datetime | None:
    if said is None:
        return None
    if not _INSTANT.fullmatch(said):
        raise Refused(f"no instant: {said[:60]}")
    return datetime.strptime(said, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _number(said: str | None, least: int, most: int) -> int | None:
    if said is None:
        return None
    if not said.isascii() or not said.isdigit() or not least <= int(said) <= most:
        raise Refused(f"no number between {least} and {most}: {said[:20]}")
    return int(said)
