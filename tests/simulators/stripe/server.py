"""How is it spoken to? HTTP on loopback, form bodies with brackets, JSON answers; and `/pay/<id>`, the hosted page on
which a customer pays or turns back, and is led to the address that the Checkout Session names for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.simulators.stripe.described import Described
from tests.simulators.stripe.processor import KEY, Processor, Refusal

HOSTED = "/pay/"
_HOSTED_PAGE = """<!doctype html><html lang="en"><title>Checkout</title><h1>Pay {amount:.2f} USD</h1>
<form method="post"><button name="pay">Pay</button> <button name="back">Back</button></form></html>"""


@contextmanager
def served(processor: Processor, described: Described | None) -> Iterator[str]:
    """Its address. `described`: the OpenAPI document that requests and answers are held to."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith(HOSTED):
                self._hosted(_HOSTED_PAGE.format(amount=self._checkout()["amount_total"] / 100).encode())
                return
            self._answer("get", dict(parse_qsl(urlsplit(self.path).query)))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            if self.path.startswith(HOSTED):
                checkout, pays = self._checkout(), "pay" in dict(parse_qsl(body, keep_blank_values=True))
                if pays:
                    processor.pay(checkout["id"])
                self._hosted(b"", checkout["success_url" if pays else "cancel_url"])
                return
            self._answer("post", dict(parse_qsl(body)))

        def _checkout(self) -> dict[str, Any]:
            return processor.get(self.path.removeprefix(HOSTED))

        def _hosted(self, page: bytes, leads_to: str = "") -> None:
            self.send_response(303 if leads_to else 200)
            if leads_to:
                self.send_header("location", leads_to)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def _answer(self, method: str, fields: dict[str, str]) -> None:
            path = urlsplit(self.path).path
            processor.asked.append((method, path))
            fault = processor.faults.pop(0) if processor.faults else ""
            if fault in ("500", "429", "401"):
                self._send(int(fault), _error("api_error", "the processor has a bad day"))
                return
            try:
                found = _handle(processor, described, method, path, fields, self.headers)
            except Refusal as refusal:
                self._send(refusal.status, _error(refusal.kind, str(refusal)))
                return
            if fault == "drop-after":
                self.close_connection = True
                self.connection.close()
                return
            self._send(200, found)

        def _send(self, status: int, value: dict[str, Any]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _handle(
    processor: Processor, described: Described | None, method: str, path: str, fields: dict[str, str], headers: Any
) -> dict[str, Any]:
    if headers.get("authorization") != f"Bearer {KEY}":
        raise Refusal(401, "invalid_request_error", "Invalid API Key provided")
    nested = _nested(fields)
    if described is not None:
        described.check_request(method, path, nested)
    parts = path.strip("/").split("/")[3:]
    if method == "post" and not parts:
        found = processor.create(nested, headers.get("idempotency-key", ""))
    elif method == "post" and parts[1:] == ["expire"]:
        found = processor.expire(parts[0])
    elif method == "get" and not parts:
        found = processor.listed(int(nested.get("limit", 10)), nested.get("starting_after", ""))
    elif method == "get" and len(parts) == 1:
        found = processor.get(parts[0])
    else:
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method} {path})")
    if described is not None:
        described.check_answer(method, path, found)
    return found


def _nested(fields: dict[str, str]) -> dict[str, Any]:
    """`a[b][0]=x` as {"a": {"b": {"0": "x"}}}."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        *way, last = name.replace("]", "").split("[")
        place = out
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return out


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": message}}
