"""A small HTTP proxy that stands between a connector and a real CalDAV server, and spoils what it is told to.

One upstream; requests and answers pass unchanged unless a fault is set. Faults are set and cleared from the test's
thread. Knows just enough WebDAV to page, repeat, empty or falsify a listing.
"""

from __future__ import annotations

import contextlib
import copy
import http.client
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from lxml import etree

D = "{DAV:}"
WRITES = ("PUT", "DELETE")
READS = ("GET", "PROPFIND", "REPORT", "OPTIONS")
PAGED = "urn:syncd-test:page:"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


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


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FaultyProxy:
    def __init__(self, upstream_port: int, refusal: Refusal | None = None) -> None:
        self.upstream_port = upstream_port
        self.refusal = refusal or Refusal()
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.tokens: set[str] = set()
        self.pages: dict[str, tuple[list[bytes], str]] = {}
        self._server: ThreadingHTTPServer | None = None
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        if self._server is not None:
            return
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Listener(("127.0.0.1", self.port), handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def down(self) -> None:
        """Nobody listens, and what was connected is cut."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        with self._lock:
            for connection in self._connections:
                _cut(connection)
            self._connections.clear()

    def heal(self) -> None:
        self.faults = Faults()
        self.up()

    def lose_tokens(self) -> None:
        self.faults.lost_tokens = frozenset(self.tokens)

    # -- what the handlers call ------------------------------------------------------------------------------------

    def joined(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def left(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def takes_fault(self, method: str) -> bool:
        """Is this request to be refused with `faults.status`? Counts it."""
        faults = self.faults
        with self._lock:
            writes = method in WRITES
            if faults.status is None or (faults.writes_only and not writes) or (faults.reads_only and writes):
                return False
            if faults.times is not None:
                if faults.times <= 0:
                    return False
                faults.times -= 1
            return True


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it may be closed already
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[FaultyProxy]
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Silent: what passes is private (CAL-10)."""

    def setup(self) -> None:
        super().setup()
        self.proxy.joined(self.connection)

    def finish(self) -> None:
        self.proxy.left(self.connection)
        with contextlib.suppress(OSError):  # the other side may have gone
            super().finish()

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy, faults = self.proxy, self.proxy.faults
        proxy.seen.append(Seen(self.command, self.path, dict(self.headers.items()), body))
        if faults.redirect is not None:
            return self.answer(302, {"Location": faults.redirect + self.path}, b"")
        if proxy.takes_fault(self.command):
            after = {"Retry-After": faults.retry_after} if faults.retry_after is not None else {}
            return self.answer(faults.status or 500, after, b"refused")
        refused = faults.items_refused.get(self.path.rsplit("/", 1)[-1])
        if refused is not None and self.command == "GET":
            return self.answer(refused, {}, b"")
        spoilt = Listing(proxy, self.command, self.path, body).answered()
        if spoilt is not None:
            return self.answer(*spoilt)
        status, headers, content = self.forward(body)
        if self.command in WRITES and faults.drop_next_write:
            faults.drop_next_write = False
            self.close_connection = True
            return _cut(self.connection)
        if status in (200, 207):
            content = Listing(proxy, self.command, self.path, body).spoil(content)
        return self.answer(status, headers, content)

    do_GET = do_PUT = do_DELETE = do_OPTIONS = do_PROPFIND = do_REPORT = handle_any  # noqa: N815 (the library's names)

    def forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        faults = self.proxy.faults
        port = self.proxy.upstream_port
        if faults.reads_from is not None and self.command in READS:
            port = faults.reads_from
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            passed = {
                k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding", "connection")
            }
            upstream.request(self.command, self.path, body or None, passed)
            answer = upstream.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            upstream.close()

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        faults = self.proxy.faults
        kept = {k: v for k, v in headers.items() if k.lower() not in HOP_BY_HOP}
        if self.command == "PUT" and faults.no_etag_on_put:
            kept = {k: v for k, v in kept.items() if k.lower() != "etag"}
        if faults.weak_etags:
            kept = {k: f"W/{v}" if k.lower() == "etag" else v for k, v in kept.items()}
        if faults.auto_schedule and self.command == "OPTIONS":
            kept = {k: f"{v}, calendar-auto-schedule" if k.lower() == "dav" else v for k, v in kept.items()}
        if faults.cut and status in (200, 207):
            body = body[: len(body) // 2]
        told = headers.get("Date") or headers.get("date") or self.date_time_string()
        date = parsedate_to_datetime(told).astimezone(UTC) + faults.skew
        self.send_response_only(status)
        for name, value in {**kept, "Date": format_datetime(date, usegmt=True)}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@dataclass
class Listing:
    """One request about a collection, and how its answer is spoilt."""

    proxy: FaultyProxy
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
        if not content.lstrip().startswith(b"<?xml"):
            return content
        root = etree.fromstring(content)
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
                    found.getparent().remove(found)
        if faults.no_etag_of == name:
            for etag in list(part.iter(f"{D}getetag")):
                etag.getparent().getparent().find(f"{D}status").text = "HTTP/1.1 404 Not Found"
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


class Elsewhere:
    """A host that nobody may be sent to: it counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def close(self) -> None:
        _cut(self._socket)
        self._socket.close()
