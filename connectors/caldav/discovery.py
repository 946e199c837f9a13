"""Which calendars does this account see? Principal, home, calendars (RFC 5397 3, RFC 4791 6.2.1)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from connectors.caldav import multistatus
from connectors.caldav.client import Wire
from connectors.caldav.listing import XML, understood
from connectors.caldav.multistatus import CALDAV, CALENDAR, DAV, Part

CALENDARS_MAX = 50


def calendars(wire: Wire, path: str) -> tuple[str, ...]:
    """Their paths, as many as CALENDARS_MAX. Where the server does not lead there, those beside `path`.

    Raises as Wire does: what could not be listed is not known to be empty.
    """
    principal = _property(wire, path, f"{DAV}current-user-principal", "D:current-user-principal")
    home = _property(wire, principal, f"{CALDAV}calendar-home-set", "C:calendar-home-set") if principal else None
    listed = _propfind(wire, home or urljoin(path, ".."), "1", "D:resourcetype")
    found = (_own_path(wire, p.href) for p in listed if CALENDAR in p.inside.get(f"{DAV}resourcetype", ()))
    return tuple(dict.fromkeys(each for each in found if each))[:CALENDARS_MAX]


def _property(wire: Wire, path: str, tag: str, name: str) -> str | None:
    parts = _propfind(wire, path, "0", name)
    text = next((p.props[tag] for p in parts if tag in p.props), "").strip()
    return _own_path(wire, text) if text else None


def _propfind(wire: Wire, path: str, depth: str, name: str) -> tuple[Part, ...]:
    answer = wire.send("PROPFIND", path, multistatus.ask_for(name), {**XML, "Depth": depth}, ok=(207,))
    with understood():
        return multistatus.parse(answer.body)


def _own_path(wire: Wire, href: str) -> str | None:
    """None for an address on another host: it is not followed (CAL-30)."""
    parts = urlsplit(href)
    if parts.netloc and parts.netloc != wire.root.netloc:
        return None
    return parts.path if parts.path.endswith("/") else f"{parts.path}/"
