"""A customer portal on loopback that answers as a directory endpoint does, with knobs for its moods."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from syncd.domain.evidence import CompanyListed, ContactListed

TOKEN, USER, PASSWORD = "portal-token", "syncd", "pass word"


@dataclass
class Portal:
    """`page` rows of each kind in one answer; `answer`, if set, is sent as it is: status, headers, body."""

    companies: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1_000
    etags: bool = False
    sign_in: str = "none"
    answer: tuple[int, dict[str, str], bytes] | None = None
    url: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)

    def fill(self, listed: Sequence[tuple[str, CompanyListed]], contacts: Sequence[tuple[str, ContactListed]]) -> None:
        self.companies = [
            {
                "id": i,
                "name": c.name,
                "code": c.code,
                "plan": c.plan,
                "plan_until": str(c.plan_until) if c.plan_until else None,
                "zone": c.zone,
                "country": c.country,
                "blocked": c.blocked,
            }
            for i, c in listed
        ]
        self.contacts = [
            {"id": i, "company": p.company_id, "name": p.name, "email": p.email}
            | {name: value for name in ("mobile", "zone", "locale") if (value := getattr(p, name)) is not None}
            for i, p in contacts
        ]

    def spoil(self, company_id: str) -> None:
        for row in self.companies:
            if row["id"] == company_id:
                row["plan"] = "platinum"
        self.contacts = [row for row in self.contacts if row["company"] != company_id]

    def take_away(self) -> None:
        self.answer = (503, {"retry-after": "7"}, b"down for maintenance")

    def reply(self, path: str, headers: Any) -> tuple[int, dict[str, str], bytes]:
        if self.answer is not None:
            return self.answer
        if not self._knows(headers):
            return 401, {}, b"who are you?"
        at = int(parse_qs(urlsplit(path).query).get("page", ["0"])[0])
        cut = slice(at * self.page, (at + 1) * self.page)
        value: dict[str, Any] = {"companies": self.companies[cut], "contacts": self.contacts[cut], "extra": 1}
        if len(self.companies) > cut.stop or len(self.contacts) > cut.stop:
            value["next"] = f"/directory?page={at + 1}"
        body = json.dumps(value).encode()
        etag = f'"{sha256(body).hexdigest()[:12]}"'
        if self.etags and headers.get("if-none-match") == etag:
            return 304, {"etag": etag}, b""
        return 200, {"etag": etag} if self.etags else {}, body

    def _knows(self, headers: Any) -> bool:
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        wanted = {"bearer": f"Bearer {TOKEN}", "basic": f"Basic {basic}"}.get(self.sign_in)
        if self.sign_in == "header":
            return bool(headers.get("x-portal-key") == TOKEN)
        return wanted is None or headers.get("authorization") == wanted


@contextmanager
def served(portal: Portal) -> Iterator[Portal]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = portal.reply(self.path, self.headers)
            portal.asked.append((self.path, status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "content-length" not in headers:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    portal.url = f"http://127.0.0.1:{server.server_address[1]}/directory"
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
