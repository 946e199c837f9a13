"""Twilio as far as we use it. State in memory, a clock of its own, and knobs for faults; the signature is the vendor's.

What it does not serve, it answers with 404 and Twilio's error object.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from connectors.twilio.keywords import LONG_CODE
from syncd.ports.hook import Call
from tests.simulators.twilio import description

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-account"
NUMBER = "+15713173122"
BASE = f"/2010-04-01/Accounts/{ACCOUNT}"
HOOK = "https://desk.example/hooks/texts"


@dataclass(slots=True)
class Faults:
    """Each is spent on the next request that it can strike."""

    lose_answers: int = 0  # taken, and the connection breaks
    lose_requests: int = 0  # the connection breaks before anything is taken
    server_errors: int = 0
    slow_down: int = 0
    break_off: int = 0  # half of the answer
    missing_page: int = 0
    refuse: dict[str, int] = field(default_factory=dict)  # number: error code


@dataclass(slots=True)
class Twilio:
    now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)
    number: str = NUMBER
    messages: list[dict[str, Any]] = field(default_factory=list)
    conferences: list[dict[str, Any]] = field(default_factory=list)
    participants: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)
    faults: Faults = field(default_factory=Faults)
    posts: int = 0
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    address: str = ""

    # -- what people do --------------------------------------------------------------------------------------------

    def texts_us(self, sender: str, body: str, media: int = 0) -> dict[str, str]:
        """Somebody's text: listed, acted on where it is a keyword, and the parameters of its webhook."""
        deed = LONG_CODE.get(body.strip().casefold(), "")
        if deed == "out":
            self.opted_out.add(sender)
        elif deed == "in":
            self.opted_out.discard(sender)
        row = self._message(sender, self.number, body, "inbound", "received", media)
        return {
            "MessageSid": row["sid"],
            "SmsSid": row["sid"],
            "AccountSid": ACCOUNT,
            "From": sender,
            "To": self.number,
            "Body": body,
            "NumMedia": str(media),
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
        }

    def status_of(self, number: int, status: str, code: int | None = None) -> tuple[str, dict[str, str]]:
        """The status callback of the n-th text out: where it goes, and its parameters."""
        row = [each for each in self.messages if each["direction"] == "outbound-api"][number]
        row["status"], row["error_code"] = status, code
        form = {"MessageSid": row["sid"], "MessageStatus": status, "AccountSid": ACCOUNT, "To": row["to"]}
        form |= {"From": self.number, **({"ErrorCode": str(code)} if code else {})}
        return row["callback"], form

    def webhook(self, form: dict[str, str], url: str = HOOK, token: str = TOKEN) -> Call:
        """As Twilio calls and signs it."""
        signature = RequestValidator(token).compute_signature(url, form)
        headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
        return Call("POST", url, headers, urlencode(form).encode(), self.now)

    def _message(self, sender: str, to: str, body: str, direction: str, status: str, media: int = 0) -> dict[str, Any]:
        sid = f"SM{len(self.messages) + 1:032x}"
        at = format_datetime(self.now)
        row = {
            "sid": sid, "account_sid": ACCOUNT, "api_version": "2010-04-01", "from": sender, "to": to, "body": body,
            "direction": direction, "status": status, "num_media": str(media), "num_segments": "1",
            "date_created": at, "date_sent": at, "date_updated": at, "error_code": None, "error_message": None,
            "messaging_service_sid": None, "price": None, "price_unit": "USD", "uri": f"{BASE}/Messages/{sid}.json",
            "subresource_uris": {"media": f"{BASE}/Messages/{sid}/Media.json"},
        }  # fmt: skip
        self.messages.append(row)
        return row

    # -- the conference line ---------------------------------------------------------------------------------------

    def conference(self, name: str, status: str = "in-progress") -> str:
        sid = f"CF{len(self.conferences) + 1:032x}"
        at = format_datetime(self.now)
        self.conferences.append(
            {"sid": sid, "account_sid": ACCOUNT, "friendly_name": name, "status": status, "region": "us1",
             "api_version": "2010-04-01", "date_created": at, "date_updated": at, "subresource_uris": {},
             "uri": f"{BASE}/Conferences/{sid}.json", "reason_conference_ended": None,
             "call_sid_ending_conference": None}
        )  # fmt: skip
        self.participants[sid] = []
        return sid

    def calls_in(self, caller: str, conference: str | None = None, to: str = NUMBER) -> str:
        """Somebody dials; with a conference, they typed its PIN right. Returns the call's sid."""
        sid = f"CA{len(self.calls) + 1:032x}"
        at = format_datetime(self.now)
        self.calls.append(
            {"sid": sid, "account_sid": ACCOUNT, "from": caller, "from_formatted": caller, "to": to, "to_formatted": to,
             "status": "in-progress", "start_time": at, "end_time": None, "date_created": at, "date_updated": at,
             "direction": "inbound", "duration": None, "price": None, "price_unit": "USD", "answered_by": None,
             "api_version": "2010-04-01", "annotation": None, "forwarded_from": None, "group_sid": None,
             "caller_name": None, "queue_time": "0", "trunk_sid": None, "parent_call_sid": None,
             "phone_number_sid": None, "uri": f"{BASE}/Calls/{sid}.json", "subresource_uris": {}}
        )  # fmt: skip
        if conference is not None:
            self.participants[conference].append(
                {"account_sid": ACCOUNT, "call_sid": sid, "label": None, "call_sid_to_coach": None, "coaching": False,
                 "conference_sid": conference, "date_created": at, "date_updated": at, "end_conference_on_exit": False,
                 "muted": False, "hold": False, "start_conference_on_enter": True, "status": "connected",
                 "queue_time": "0", "uri": f"{BASE}/Conferences/{conference}/Participants/{sid}.json"}
            )  # fmt: skip
        return sid

    def hangs_up(self, sid: str) -> None:
        for row in self.calls:
            if row["sid"] == sid:
                row |= {"status": "completed", "end_time": format_datetime(self.now), "duration": "60"}
        for conference, rows in self.participants.items():
            self.participants[conference] = [row for row in rows if row["call_sid"] != sid]

    # -- the API ---------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not path.startswith(BASE):
            return self._error(404, 20404, "not found")
        rest = path.removeprefix(BASE)
        if method == "POST" and rest == "/Messages.json":
            return self._send(form)
        if rest == "/Messages.json":
            return self._page("messages", self._dated(self.messages, query, "DateSent>", "date_sent"), path, query)
        if rest == "/Conferences.json":
            rows = [r for r in self.conferences if query.get("FriendlyName", r["friendly_name"]) == r["friendly_name"]]
            rows = [r for r in rows if query.get("Status", r["status"]) == r["status"]]
            return self._page("conferences", rows, path, query)
        if rest == "/Calls.json":
            return self._page("calls", self._dated(self.calls, query, "StartTime>", "start_time"), path, query)
        sid = rest.split("/")[2] if rest.startswith("/Conferences/") else ""
        if sid in self.participants and rest.endswith("/Participants.json"):
            return self._page("participants", self.participants[sid], path, query)
        return self._error(404, 20404, "not found")

    def _send(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.posts += 1
        to = form.get("To", "")
        code = self.faults.refuse.get(to, 21610 if to in self.opted_out else 0)
        if code:
            return self._error(400, code, f"the number {to} was refused")
        row = self._message(self.number, to, form["Body"], "outbound-api", "queued")
        shown = dict(row)
        row["callback"] = form.get("StatusCallback", "")
        return 201, shown

    def _dated(self, rows: list[dict[str, Any]], query: dict[str, str], name: str, column: str) -> list[dict[str, Any]]:
        """Day-grained, newest first; To and From as given."""
        since = query.get(name, "")[:10]
        found = []
        for row in reversed(rows):
            day = parsedate_to_datetime(row[column]).date().isoformat()
            if (
                day >= since
                and query.get("To", row["to"]) == row["to"]
                and query.get("From", row["from"]) == row["from"]
            ):
                found.append({k: v for k, v in row.items() if k != "callback"})
        return found

    def _page(
        self, name: str, rows: list[dict[str, Any]], path: str, query: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        size, page = int(query.get("PageSize", "50")), int(query.get("Page", "0"))
        if page and self.faults.missing_page:
            self.faults.missing_page -= 1
            return self._error(500, 20500, "internal")
        part = rows[page * size : (page + 1) * size]
        following = f"{path}?{urlencode({**query, 'Page': page + 1})}" if len(rows) > (page + 1) * size else None
        first = f"{path}?{urlencode({**query, 'Page': 0})}"
        body = {name: part, "page": page, "page_size": size, "start": page * size, "end": page * size + len(part)}
        return 200, {
            **body,
            "uri": first,
            "first_page_uri": first,
            "next_page_uri": following,
            "previous_page_uri": None,
        }

    @staticmethod
    def _error(status: int, code: int, message: str) -> tuple[int, dict[str, Any]]:
        more = f"https://www.twilio.com/docs/errors/{code}"
        return status, {"code": code, "message": message, "more_info": more, "status": status}


class _Handler(BaseHTTPRequestHandler):
    twilio: Twilio

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", "0")))
        self._serve(dict(parse_qsl(raw.decode(), keep_blank_values=True)))

    def _serve(self, form: dict[str, str]) -> None:
        twilio, faults = self.twilio, self.twilio.faults
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with twilio.lock:
            if faults.lose_requests:
                faults.lose_requests -= 1
                self.close_connection = True
                return
            status, body = self._judged(parts.path, query, form)
            template = description.template_of(parts.path)
            try:
                if template:
                    description.check_request(self.command, template, set(query) | set(form))
                    description.check_answer(self.command, template, status, body)
            except AssertionError as error:
                twilio.problems.append(str(error))
            if faults.lose_answers:
                faults.lose_answers -= 1
                self.close_connection = True
                return
        self._say(status, body)

    def _judged(self, path: str, query: dict[str, str], form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        faults = self.twilio.faults
        wanted = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if self.headers.get("authorization") != f"Basic {wanted}":
            return self.twilio._error(401, 20003, "Authenticate")
        if faults.server_errors:
            faults.server_errors -= 1
            return self.twilio._error(503, 20503, "unavailable")
        if faults.slow_down:
            faults.slow_down -= 1
            return self.twilio._error(429, 20429, "too many requests")
        return self.twilio.answer(self.command, path, query, form)

    def _say(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        if self.twilio.faults.break_off:
            self.twilio.faults.break_off -= 1
            raw = raw[: len(raw) // 2]
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.twilio.now, usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        if status == 429:
            self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(**changes: Any) -> Iterator[Twilio]:
    """On a free port of loopback, until the block ends; what broke the vendor's description fails it."""
    twilio = Twilio(**changes)
    handler = type("Handler", (_Handler,), {"twilio": twilio})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    twilio.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield twilio
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
    assert twilio.problems == []


MINUTE = timedelta(minutes=1)
