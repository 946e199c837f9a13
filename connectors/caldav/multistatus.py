"""What does an answer of several parts say? WebDAV's multistatus read into values, and the requests that ask for one.

RFC 4918 13 and 14.16, RFC 4791 7.8 and 9.6, RFC 6578 3.2. Pure. No document type and no entity is resolved; what is
not well-formed is NotUnderstood as a whole, so that half an answer is none (CAL-3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from urllib.parse import quote, unquote, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from syncd.domain.spans import Span

DAV, CALDAV, SERVER = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{http://calendarserver.org/ns/}"
CALENDAR = f"{CALDAV}calendar"
_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"'
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


class NotUnderstood(ValueError):
    """The message quotes nothing of the answer (CAL-10)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One resource of an answer. `status` is its own; a property that it lacks (404 in a propstat) is not in `props`
    and says nothing of the resource (DAV-4). Values are texts; `inside` holds the tags within a property."""

    href: str
    status: int = 200
    props: dict[str, str] = field(default_factory=dict)
    inside: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The resource's own name within its collection; empty for a collection."""
        return name_of(self.href)

    @property
    def etag(self) -> str | None:
        return self.props.get(f"{DAV}getetag") or None

    @property
    def data(self) -> bytes | None:
        text = self.props.get(f"{CALDAV}calendar-data")
        return text.encode() if text else None


def name_of(href: str) -> str:
    return unquote(urlsplit(href.strip()).path.rsplit("/", 1)[-1])


def href_of(collection: str, name: str) -> str:
    """`collection` is a quoted path that ends in a slash; `name` as in an EntryRef."""
    return collection + quote(name, safe="@:+,;=!$&'()*~")


def parse(body: bytes) -> tuple[Part, ...]:
    """All parts, in order. Raises NotUnderstood."""
    root = _root(body)
    if root.tag != f"{DAV}multistatus":
        raise NotUnderstood("the answer is no multistatus")
    return tuple(_part(each) for each in root.iterchildren(f"{DAV}response"))


def preconditions(body: bytes) -> tuple[str, ...]:
    """The tags inside a DAV:error (RFC 4918 16); empty where the body is none."""
    try:
        root = _root(body)
    except NotUnderstood:
        return ()
    return tuple(str(e.tag) for e in root.iter(etree.Element)) if root.tag == f"{DAV}error" else ()


def _root(body: bytes) -> etree._Element:
    if b"<!DOCTYPE" in body[:1024]:
        raise NotUnderstood("the answer brings a document type along")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUnderstood(f"the answer is no whole XML ({type(error).__name__})") from None
    if root is None:
        raise NotUnderstood("the answer is empty")
    return root


def _part(response: etree._Element) -> Part:
    href = response.findtext(f"{DAV}href") or ""
    part = Part(href, _status(response.findtext(f"{DAV}status"), 200))
    for propstat in response.iterchildren(f"{DAV}propstat"):
        if _status(propstat.findtext(f"{DAV}status"), 200) not in (200, 201):
            continue
        for prop in _props(propstat):
            part.props[str(prop.tag)] = "".join(str(t) for t in prop.itertext()) if len(prop) else prop.text or ""
            part.inside[str(prop.tag)] = tuple(str(e.tag) for e in prop.iterdescendants(etree.Element))
    return part


def _props(propstat: etree._Element) -> Iterator[etree._Element]:
    for prop in propstat.iterchildren(f"{DAV}prop"):
        yield from prop.iterchildren(etree.Element)


def _status(line: str | None, otherwise: int) -> int:
    words = (line or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else otherwise


# --- what we ask --------------------------------------------------------------------------------------------------


def ask_for(*props: str) -> bytes:
    """The body of a PROPFIND; names as `D:getetag`, `C:…`, `S:…`."""
    inner = "".join(f"<{name}/>" for name in props)
    return f"{_HEAD}<D:propfind {_SPACES}><D:prop>{inner}</D:prop></D:propfind>".encode()


def ask_for_these(hrefs: Iterable[str]) -> bytes:
    """A calendar-multiget (RFC 4791 7.9)."""
    listed = "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs)
    return (
        f"{_HEAD}<C:calendar-multiget {_SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>{listed}"
        "</C:calendar-multiget>"
    ).encode()


def ask_within(span: Span) -> bytes:
    """A calendar-query for what overlaps the span (RFC 4791 7.8, 9.9)."""
    start, end = (f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for at in (span.starts_at, span.ends_at))
    return _query(f'<C:time-range start="{start}" end="{end}"/>')


def ask_for_uid(uid: str) -> bytes:
    """A calendar-query for one UID (RFC 4791 7.8.6)."""
    return _query(
        f'<C:prop-filter name="UID"><C:text-match collation="i;octet">{escape(uid)}</C:text-match></C:prop-filter>'
    )


def _query(condition: str) -> bytes:
    return (
        f"{_HEAD}<C:calendar-query {_SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>"
        f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{condition}</C:comp-filter></C:comp-filter>'
        "</C:filter></C:calendar-query>"
    ).encode()
