"""Which faults are there, and how do they spoil a WebDAV listing? It is paged, repeated, emptied, falsified."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from lxml import etree

D = "{DAV:}"
PAGED = "urn:syncd-test:page:"


@dataclass
class Refusal:
    """How the server behind words an expired sync token."""

    status: int = 403
    body: bytes = b'<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>'


@dataclass
class Faults:
    """All off. `times` None: until cleared."""

    status: int | None = None
    retry_after: str | None = None
    times: int | None = None
    writes_only: bool = False
    reads_only: bool = False
    cut: bool = False
    repeat: bool = False
    emptied: bool = False
    drop_next_write: bool = False
    page: int | None = None
    refuse_pages: bool = False
    lost_tokens: frozenset[str] = frozenset()
    phantoms: tuple[str, ...] = ()
    skew: timedelta = timedelta()
    redirect: str | None = None
    reads_from: int | None = None  # another upstream port: a replica that lags
    no_sync: bool = False  # as a server without RFC 6578
    no_ctag: bool = False
    no_etag_on_put: bool = False
    no_etag_of: str | None = None  # a property is missing, by name: not the resource (DAV-4)
    weak_etags: bool = False
    items_refused: dict[str, int] = field(default_factory=dict)  # by name: this resource cannot be served
    auto_schedule: bool = False
    replace: tuple[tuple[bytes, bytes], ...] = ()  # in bodies on their way back
    edit_body: Callable[[bytes], bytes] | None = None


@dataclass
class Memory:
    """What the proxy remembers: tokens that passed, and the pages that it cut."""

    refusal: Refusal
    faults: Faults = field(default_factory=Faults)
    tokens: set[str] = field(default_factory=set)
    pages: dict[str, tuple[list[bytes], str]] = field(default_factory=dict)


@dataclass
class Listing:
    """One request about a collection, and how its answer is spoilt."""

    proxy: Memory
    method: str
    path: str
    body: bytes

    @property
    def token(self) -> str | None:
        """The token that a sync-collection report goes on from; None for any other request."""
        if self.method != "REPORT" or b"sync-collection" not in self.body:
            return None
        return (etree.fromstring(self.body).findtext(f"{D}sync-token") or "").strip()

    def answered(self) -> tuple[int, dict[str, str], bytes] | None:
        """What the proxy answers by itself."""
        faults, token = self.proxy.faults, self.token
        xml = {"Content-Type": "application/xml; charset=utf-8"}
        if token is not None and faults.no_sync:
            return 501, {}, b""
        if token and (token in faults.lost_tokens or (faults.refuse_pages and token.startswith(PAGED))):
            return self.proxy.refusal.status, xml, self.proxy.refusal.body
        if token and token.startswith(PAGED):
            return 207, xml, self.page(*self.proxy.pages[token])
        if faults.emptied and self.method == "GET" and not self.path.endswith("/"):
            return 404, {}, b""
        return None

    def spoil(self, content: bytes) -> bytes:
        faults = self.proxy.faults
        for old, new in faults.replace:
            content = content.replace(old, new)
        if faults.edit_body is not None:
            content = faults.edit_body(content)
        try:
            root = etree.fromstring(content)
        except etree.XMLSyntaxError:
            return content
        for each in root.findall(f"{D}response"):
            self.spoil_part(root, each)
        token = self.token
        if token is not None:
            self.proxy.tokens.add(root.findtext(f"{D}sync-token") or "")
            self.add_phantoms(root, token)
            if faults.page is not None:
                return self.page(
                    [etree.tostring(e) for e in root.iterfind(f"{D}response")], root.findtext(f"{D}sync-token") or ""
                )
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)

    def spoil_part(self, root: etree._Element, part: etree._Element) -> None:
        faults = self.proxy.faults
        href = part.findtext(f"{D}href") or ""
        name = href.rsplit("/", 1)[-1]
        if faults.repeat:
            root.append(copy.deepcopy(part))
        if faults.emptied and name:
            root.remove(part)
        if faults.no_sync or faults.no_ctag:
            for tag in _hidden(faults):
                for found in list(part.iter(tag)):
                    _parent(found).remove(found)
        if faults.no_etag_of == name:
            for etag in list(part.iter(f"{D}getetag")):
                status = _parent(_parent(etag)).find(f"{D}status")
                assert status is not None
                status.text = "HTTP/1.1 404 Not Found"
        if name in faults.items_refused and self.token is None:
            for child in list(part)[1:]:
                part.remove(child)
            etree.SubElement(part, f"{D}status").text = f"HTTP/1.1 {faults.items_refused[name]} Refused"
        if faults.weak_etags:
            for etag in list(part.iter(f"{D}getetag")):
                etag.text = f"W/{etag.text}"

    def add_phantoms(self, root: etree._Element, token: str) -> None:
        if not token:
            return
        for name in self.proxy.faults.phantoms:
            part = etree.SubElement(root, f"{D}response")
            etree.SubElement(part, f"{D}href").text = self.path + name
            etree.SubElement(part, f"{D}status").text = "HTTP/1.1 404 Not Found"
        self.proxy.faults.phantoms = ()

    def page(self, parts: list[bytes], final: str) -> bytes:
        """At most `faults.page` parts, and a token for the others; the same again when asked again (RFC 6578 3.6)."""
        size = self.proxy.faults.page or len(parts) or 1
        root = etree.Element(f"{D}multistatus", nsmap={"D": "DAV:"})
        for part in parts[:size]:
            root.append(etree.fromstring(part))
        token = final
        if parts[size:]:
            token = f"{PAGED}{len(self.proxy.pages)}"
            self.proxy.pages[token] = (parts[size:], final)
            more = etree.SubElement(root, f"{D}response")
            etree.SubElement(more, f"{D}href").text = self.path
            etree.SubElement(more, f"{D}status").text = "HTTP/1.1 507 Insufficient Storage"
        etree.SubElement(root, f"{D}sync-token").text = token
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _hidden(faults: Faults) -> tuple[str, ...]:
    report = (f"{D}sync-collection",) if faults.no_sync else ()
    ctag = ("{http://calendarserver.org/ns/}getctag",) if faults.no_ctag else ()
    return report + ctag


def _parent(element: etree._Element) -> etree._Element:
    above = element.getparent()
    assert above is not None
    return above
