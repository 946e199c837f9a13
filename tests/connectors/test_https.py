"""The one HTTPS client of connectors, on real sockets: what each trouble means for whoever asked (CAL-28, CAL-30)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from syncd.https import RETRY_AFTER_MAX, Answer, Bounds, Https, Unanswered
from syncd.ports.errors import Misconfigured, Retryable
from syncd.testing.clock import VirtualClock
from tests.simulators.tls import Authority

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOUNDS = Bounds(bytes_max=1_000)


@dataclass
class Vendor:
    """One that answers as told: a status, headers, a body, and how much of it really comes."""

    address: str = ""
    ca_file: Path = Path()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b'{"is": "well"}'
    missing: int = 0
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def ask(self, ca_file: Path | None = None) -> Https:
        return Https("`api`", ca_file or self.ca_file, 5, VirtualClock(NOW), accept="application/json", bounds=BOUNDS)


@contextmanager
def serving(folder: Path) -> Iterator[Vendor]:
    vendor, authority = Vendor(), Authority(folder)
    vendor.ca_file = authority.ca_file

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            vendor.heard.append((self.headers["Accept"], self.rfile.read(int(self.headers["Content-Length"]))))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(vendor.status)
            for name, value in vendor.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(vendor.body) + vendor.missing))
            self.end_headers()
            self.wfile.write(vendor.body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = authority.context.wrap_socket(server.socket, server_side=True)
        vendor.address = f"https://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield vendor
        server.shutdown()
        thread.join(5)


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Vendor]:
    with serving(tmp_path) as made:
        yield made


def test_an_answer_comes_whole_with_the_servers_time(vendor: Vendor) -> None:
    answer = vendor.ask().send("POST", vendor.address, form={"grant_type": "x"})
    assert (answer.status, answer.parsed_object()) == (200, {"is": "well"})
    assert answer.read_at is not None
    assert vendor.heard == [("application/json", b"grant_type=x")]


def test_what_breaks_off_is_no_answer(vendor: Vendor) -> None:
    vendor.missing = 10
    with pytest.raises(Unanswered, match=r"127\.0\.0\.1"):
        vendor.ask().send("GET", f"{vendor.address}/secret-path")


def test_what_is_larger_than_its_bound_is_no_answer(vendor: Vendor) -> None:
    vendor.body = b"x" * (BOUNDS.bytes_max + 1)
    with pytest.raises(Unanswered) as caught:
        vendor.ask().send("GET", f"{vendor.address}/secret-path?token=key")
    assert "secret-path" not in str(caught.value)


def test_who_was_never_reached_has_heard_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Retryable, match="cannot be reached") as caught:
        Https("`api`", None, 5, VirtualClock(NOW)).send("POST", f"https://127.0.0.1:{port}/")
    assert not isinstance(caught.value, Unanswered)


def test_a_redirect_is_not_followed_and_names_the_settings(vendor: Vendor) -> None:
    vendor.status, vendor.headers = 302, {"Location": "https://elsewhere.example/"}
    with pytest.raises(Misconfigured, match="redirect") as caught:
        vendor.ask().send("GET", vendor.address)
    assert "`api`" in caught.value.hint


def test_a_certificate_of_an_unknown_authority_is_refused(vendor: Vendor) -> None:
    with pytest.raises(Misconfigured, match="not trusted") as caught:
        Https("`api`", None, 5, VirtualClock(NOW)).send("GET", vendor.address)
    assert "`ca_file`" in caught.value.hint


@pytest.mark.parametrize("text", [None, "no certificate"], ids=["missing", "no PEM"])
def test_authorities_that_cannot_be_read_are_named(vendor: Vendor, tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "mine.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Misconfigured, match=r"mine\.pem"):
        vendor.ask(path).send("GET", vendor.address)


@pytest.mark.parametrize(
    ("said", "date", "waits"),
    [
        ("30", "", timedelta(seconds=30)),
        ("9" * 400, "", RETRY_AFTER_MAX),
        ("Mon, 02 Mar 2026 09:02:00 GMT", "Mon, 02 Mar 2026 09:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 09:02:00 GMT", "", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", "", None),
        ("Fri, 01 Jan 2100 00:00:00 GMT", "", RETRY_AFTER_MAX),
        ("-1", "", None),
        ("٣", "", None),
        ("soon", "", None),
        ("", "", None),
    ],
)
def test_how_long_to_wait(said: str, date: str, waits: timedelta | None) -> None:
    assert Answer(429, {"retry-after": said, "date": date}, b"").wait(NOW) == waits


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert Answer(200, {}, body).parsed() is None
