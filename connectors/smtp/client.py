"""How is a message handed over? One SMTP transaction each, over connections that are kept (ports/mail.py).

The instant that matters is the final dot: before it nothing has happened, after it only an answer tells. Standard
library's smtplib carries the commands; the transaction is conducted here, because which side of the dot a connection
was lost on decides what may be repeated (N5, REL-4).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from connectors.smtp.settings import SmtpSettings
from connectors.smtp.translate import refused, reply_text, tls_failed
from syncd.ical.compose import Unwritable, ascii_address
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable
from syncd.ports.mail import Envelope

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_UNREACHABLE = "The mail server cannot be reached: check its name, the port, and the way to it."


@dataclass(slots=True)
class _Kept:
    client: smtplib.SMTP
    used_at: float


class SmtpOut:
    """Implements ports.mail.MailOut. Any thread may send; at most `connections_max` do so at once."""

    lane = ""

    def __init__(self, settings: SmtpSettings, tools: Tools) -> None:
        self._settings = settings
        self._tools = tools
        self._free = threading.BoundedSemaphore(settings.connections_max)
        self._lock = threading.Lock()
        self._idle: list[_Kept] = []

    def send(self, envelope: Envelope) -> str:
        try:
            sender, recipient = ascii_address(envelope.sender), ascii_address(envelope.recipient)
        except Unwritable as error:
            raise Permanent(f"an address that cannot be used: {error}", hint="Correct the address.") from None
        with self._free:
            client = self._begin(sender, len(envelope.message))
            try:
                said = _hand_over(client, recipient, envelope.message)
            except BaseException:
                client.close()
                raise
            self._keep(client)
            return said

    def probe(self) -> tuple[str, ...]:
        client = self._connect()
        try:
            facts = [f"{self._settings.host}:{self._settings.at} answers"]
            if isinstance(client.sock, ssl.SSLSocket):
                facts.append(f"secured by {client.sock.version()}")
            if self._settings.username is not None:
                facts.append(f"signed in as {self._settings.username}")
            if limit := client.esmtp_features.get("size", ""):
                facts.append(f"takes messages up to {limit} bytes")
            return tuple(facts)
        finally:
            _quit(client)

    def close(self) -> None:
        """Give back all kept connections."""
        with self._lock:
            kept, self._idle = self._idle, []
        for each in kept:
            _quit(each.client)

    # -- connections -----------------------------------------------------------------------------------------------

    def _begin(self, sender: str, size: int) -> smtplib.SMTP:
        """A connection on which MAIL FROM was accepted: a kept one where it still lives, else a new one."""
        while (kept := self._take()) is not None:
            with suppress(smtplib.SMTPException, OSError):
                code, text = _mail_from(kept, sender, size)
                if code == 250:
                    return kept
                if code != 421:  # 421: it is closing, for having been idle
                    kept.close()
                    raise refused("sender", code, text)
            kept.close()
        client = self._connect()
        with _before_the_dot(client):
            code, text = _mail_from(client, sender, size)
            if code != 250:
                raise refused("sender", code, text)
        return client

    def _take(self) -> smtplib.SMTP | None:
        now = self._tools.clock.monotonic()
        with self._lock:
            while self._idle:
                kept = self._idle.pop()
                if now - kept.used_at < self._settings.idle_seconds:
                    return kept.client
                kept.client.close()
        return None

    def _keep(self, client: smtplib.SMTP) -> None:
        with self._lock:
            self._idle.append(_Kept(client, self._tools.clock.monotonic()))

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        name = settings.helo_name or socket.gethostname() or "localhost"
        client: smtplib.SMTP
        if settings.tls == "tls":
            client = smtplib.SMTP_SSL(local_hostname=name, timeout=settings.timeout_seconds, context=self._context())
        else:
            client = smtplib.SMTP(local_hostname=name, timeout=settings.timeout_seconds)
        client._host = settings.host  # type: ignore[attr-defined]  # the name that certificates are checked against
        with _before_the_dot(client, settings.host):
            code, text = client.connect(settings.host, settings.at)
            if code != 220:
                raise refused("greeting", code, text)
            self._hello(client)
            if settings.tls == "starttls":
                self._start_tls(client)
            if settings.username is not None:
                self._sign_in(client, settings.username)
        return client

    def _hello(self, client: smtplib.SMTP) -> None:
        code, text = client.ehlo()
        if not 200 <= code < 300:
            code, text = client.helo()
        if not 200 <= code < 300:
            raise refused("hello", code, text)

    def _start_tls(self, client: smtplib.SMTP) -> None:
        if not client.has_extn("starttls"):
            raise Misconfigured(
                "the mail server offers no STARTTLS",
                hint='Write tls = "tls" (port 465), or turn STARTTLS on there; mail is never sent readable.',
            )
        code, text = client.starttls(context=self._context())
        if code != 220:
            raise refused("STARTTLS", code, text)
        self._hello(client)

    def _sign_in(self, client: smtplib.SMTP, username: str) -> None:
        if not client.has_extn("auth"):
            raise Misconfigured(
                "the mail server offers no sign-in here",
                hint="Use its submission port (587 or 465), or leave username and credential out.",
            )
        password = self._tools.credential(self._settings.credential or "")
        try:
            client.login(username, password)
        except smtplib.SMTPAuthenticationError as error:
            raise refused("sign-in", error.smtp_code, _bytes(error.smtp_error)) from None
        except (smtplib.SMTPNotSupportedError, UnicodeEncodeError) as error:
            raise Misconfigured(f"sign-in: {error}", hint="The server and syncd share no way to sign in.") from None

    def _context(self) -> ssl.SSLContext:
        ca_file = self._settings.ca_file
        try:
            return ssl.create_default_context(cafile=str(self._tools.folder / ca_file) if ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                f"ca_file cannot be used: {error}", hint="It must be a readable file of certificates in PEM."
            ) from None


def _mail_from(client: smtplib.SMTP, sender: str, size: int) -> tuple[int, bytes]:
    return client.mail(sender, [f"SIZE={size}"] if client.has_extn("size") else [])


def _hand_over(client: smtplib.SMTP, recipient: str, message: bytes) -> str:
    """RCPT TO, DATA, the message, the dot; the server's word on accepting it."""
    with _before_the_dot(client):
        code, text = client.rcpt(recipient)
        if code not in (250, 251):
            raise refused("recipient", code, text)
        code, text = client.docmd("DATA")
        if code != 354:
            raise refused("message", code, text)
        # What sendall does not accept whole was not ended by a dot; what it accepts may have arrived.
        client.send(_LEADING_DOT.sub(b"..", message.removesuffix(b"\r\n")) + b"\r\n.\r\n")
    try:
        code, text = client.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(f"no answer after the message was sent: {type(error).__name__}") from None
    if 200 <= code < 300:
        return reply_text(code, text)
    if 400 <= code < 600:
        raise refused("message", code, text)
    raise OutcomeUnknown(f"no answer that can be understood after the message was sent: {reply_text(code, text)}")


@contextmanager
def _before_the_dot(client: smtplib.SMTP, host: str = "") -> Iterator[None]:
    """Whatever fails in here, the message has not been handed over; the connection is not used again."""
    try:
        yield
    except ssl.SSLError as error:
        client.close()
        raise tls_failed(error, host) from None
    except (smtplib.SMTPException, OSError) as error:
        client.close()
        raise Retryable(f"the connection failed: {type(error).__name__}: {error}", hint=_UNREACHABLE) from None
    except BaseException:
        client.close()
        raise


def _quit(client: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        client.quit()
    client.close()


def _bytes(said: bytes | str) -> bytes:
    return said.encode() if isinstance(said, str) else said
