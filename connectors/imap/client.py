"""How is a mailbox read? Over IMAP, as a Source (ports/mail.py): the folder is opened read-only; nothing in it changes.

RFC 3501 and 9051; IDLE: RFC 2177. imap-tools signs in and idles; what is fetched is asked for by name, without its
marking anything as read. The cursor is (UIDVALIDITY, last UID): mail that is delivered is read once, in order.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from connectors.imap import cursor as cursors
from connectors.imap.answers import first_size, internal_date, literal, refused_sign_in, tls_failed
from connectors.imap.cursor import Cursor
from connectors.imap.settings import ImapSettings
from connectors.imap.tokens import bearer
from connectors.imap.translate import key_of, too_large, translate
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.source import Batch, Raw

MAILS_A_PAGE = 20
BYTES_A_PAGE = 10_000_000
HEAD_BYTES_MAX = 64_000
UIDS_MAX = 100_000
IDLE_MAX = timedelta(minutes=20)
"""RFC 2177: a server may hang up after half an hour."""


class Mailbox:
    """Implements ports.mail.MailIn. `observe` and `wait` each have a connection of their own; neither is called by two
    threads at once."""

    def __init__(self, name: str, settings: ImapSettings, tools: Tools) -> None:
        self.id = name
        self.lane = name
        self._settings = settings
        self._tools = tools
        self._bearer = bearer(settings.oauth, tools, settings.ca_file) if settings.oauth else None
        self._reading: BaseMailBox | None = None
        self._idling: BaseMailBox | None = None
        self._next_seen: int | None = None
        self._lock = threading.Lock()

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        """Up to a page of new mail, oldest first. `read_at` is `now`: what came before it was there to be seen."""
        with self._connected("_reading") as box:
            validity, following = self._open(box)
            since = cursors.parse(cursor)
            if since is None:
                since = self._begin(box, validity, following, now)
            elif (
                since.validity != validity
            ):  # the server has numbered anew: by date, and known mail is known by its key
                since = Cursor(validity, self._last_before(box, following, since.read_at - timedelta(days=1)), now)
            return self._page(box, since, following, now)

    def translate(self, raw: Raw) -> Batch:
        return translate(raw, self.id, self._settings.authserv_id)

    def wait(self, at_most: timedelta) -> bool | None:
        """Idle until something came. None: the server cannot tell (it has no IDLE)."""
        with self._connected("_idling") as box:
            if "IDLE" not in (box.client.capabilities or ()):
                return None
            _, following = self._open(box)
            before, self._next_seen = self._next_seen, following
            if before is not None and following > before:
                return True
            seconds = min(at_most, IDLE_MAX).total_seconds()
            return any(b"EXISTS" in line for line in box.idle.wait(timeout=seconds))

    def probe(self) -> tuple[str, ...]:
        box = self._connect()
        try:
            _, following = self._open(box)
            facts = [f"{self._settings.host}:{self._settings.at} answers", f"signed in as {self._settings.username}"]
            if isinstance(box.client.sock, ssl.SSLSocket):
                facts.append(f"secured by {box.client.sock.version()}")
            facts.append(f"reads {self._settings.folder}, next is {following}")
            idle = "IDLE" in (box.client.capabilities or ())
            facts.append("tells of new mail at once (IDLE)" if idle else "has no IDLE: it is polled")
            if not self._settings.authserv_id:
                facts.append("authserv_id is not set: only answers to plus-addresses count")
            return tuple(facts)
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            raise self._failed(error) from None
        finally:
            _leave(box)

    def close(self) -> None:
        with self._lock:
            boxes = [self._reading, self._idling]
            self._reading = self._idling = None
        for box in boxes:
            if box is not None:
                _leave(box)

    # -- reading ---------------------------------------------------------------------------------------------------

    def _open(self, box: BaseMailBox) -> tuple[int, int]:
        """EXAMINE: read-only. (UIDVALIDITY, UIDNEXT)."""
        folder = self._settings.folder
        box.folder.set(folder, readonly=True)
        numbers = {}
        for name in ("UIDVALIDITY", "UIDNEXT"):
            _, data = box.client.response(name)
            if not data or data[0] is None:
                data = [str(box.folder.status(folder, [name])[name]).encode()]
            numbers[name] = int(data[-1])
        return numbers["UIDVALIDITY"], numbers["UIDNEXT"]

    def _begin(self, box: BaseMailBox, validity: int, following: int, now: datetime) -> Cursor:
        """The very first reading: from now on, or as far back as the settings say."""
        days = self._settings.look_back_days
        last = following - 1 if days == 0 else self._last_before(box, following, now - timedelta(days=days))
        return Cursor(validity, last, now)

    def _last_before(self, box: BaseMailBox, following: int, since: datetime) -> int:
        """The UID before the first that was received on that day or later (SEARCH SINCE knows days alone)."""
        day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        found = [int(uid) for uid in box.uids(f"SINCE {day}", charset=None)]
        return min(found) - 1 if found else following - 1

    def _page(self, box: BaseMailBox, since: Cursor, following: int, now: datetime) -> Batch:
        if since.last + 1 >= following:
            return Batch(cursor=str(Cursor(since.validity, since.last, since.read_at)), read_at=now)
        # `n:*` names the last message even where it is older than n (RFC 3501 6.4.8).
        listed = [int(uid) for uid in box.uids(f"UID {since.last + 1}:*", charset=None)]
        new = sorted(uid for uid in listed if uid > since.last)[:UIDS_MAX]
        raws: list[Raw] = []
        batches: list[Batch] = []
        last, size = since.last, 0
        for uid in new[:MAILS_A_PAGE]:
            fetched = self._fetch(box, uid, now)
            last = uid
            if fetched is None:  # expunged meanwhile
                continue
            raws.append(fetched)
            batches.append(self.translate(fetched) if not fetched.unreadable else Batch(raw=(fetched,)))
            size += len(fetched.body)
            if size > BYTES_A_PAGE:
                break
        more = any(uid > last for uid in new)
        return Batch(
            evidence=tuple(e for batch in batches for e in batch.evidence),
            raw=tuple(r for batch in batches for r in batch.raw),
            cursor=str(Cursor(since.validity, last, now)),
            last=not more,
            read_at=now,
        )

    def _fetch(self, box: BaseMailBox, uid: int, now: datetime) -> Raw | None:
        """Its bytes and its INTERNALDATE, the server's receipt time (C4); PEEK leaves it unread."""
        _, about = box.client.uid("FETCH", str(uid), "(UID INTERNALDATE RFC822.SIZE)")
        received_at = internal_date(about)
        if received_at is None:
            return None
        received_at = min(received_at, now)
        size = first_size(about)
        if size > self._settings.bytes_max:
            _, data = box.client.uid("FETCH", str(uid), f"(UID BODY.PEEK[HEADER]<0.{HEAD_BYTES_MAX}>)")
            head = literal(data) or b""
            return too_large(key_of(head), received_at, head, size)
        _, data = box.client.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        content = literal(data)
        return Raw(key_of(content), received_at, content) if content is not None else None

    # -- connections -----------------------------------------------------------------------------------------------

    @contextmanager
    def _connected(self, which: str) -> Iterator[BaseMailBox]:
        """The kept connection, or a new one; a kept one that has died meanwhile is replaced. Whatever fails in here
        gives the connection up."""
        box: BaseMailBox | None = getattr(self, which)
        if box is not None:
            try:
                box.client.noop()
            except (imaplib.IMAP4.error, OSError):
                _leave(box)
                box = None
        if box is None:
            box = self._connect()
        setattr(self, which, box)
        try:
            yield box
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            setattr(self, which, None)
            _leave(box)
            raise self._failed(error) from None

    def _connect(self) -> BaseMailBox:
        settings = self._settings
        try:
            box = self._greeted()
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            raise self._failed(error) from None
        try:
            if self._bearer is not None:
                box.xoauth2(settings.username, self._bearer.token(), initial_folder=None)
            else:
                password = self._tools.credential(settings.credential or "")
                plain = settings.username.isascii() and password.isascii()
                (box.login if plain else box.login_utf8)(settings.username, password, initial_folder=None)
            _, known = box.client.capability()  # a server may tell more to whom it knows
            box.client.capabilities = tuple(known[-1].decode("ascii", "replace").upper().split())
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            _leave(box)
            if self._bearer is not None:
                self._bearer.forget()
            if isinstance(error, imaplib.IMAP4.abort | OSError):
                raise self._failed(error) from None
            raise refused_sign_in(str(error), settings) from None
        except BaseException:
            _leave(box)
            raise
        return box

    def _greeted(self) -> BaseMailBox:
        settings = self._settings
        if settings.tls == "none":
            return MailBoxUnencrypted(settings.host, settings.at, timeout=settings.timeout_seconds)
        folder = self._tools.folder
        trusted = str(folder / settings.ca_file) if settings.ca_file else None
        try:
            context = ssl.create_default_context(cafile=trusted)
        except (OSError, ssl.SSLError):
            raise Misconfigured("ca_file cannot be read", hint="Give a file with certificates in PEM.") from None
        kind: Any = MailBox if settings.tls == "tls" else MailBoxStartTls
        box: BaseMailBox = kind(settings.host, settings.at, timeout=settings.timeout_seconds, ssl_context=context)
        return box

    def _failed(self, error: Exception) -> Retryable | Misconfigured:
        if isinstance(error, ssl.SSLError):
            return tls_failed(error, self._settings.host)
        if isinstance(error, MailboxFolderSelectError):
            return Misconfigured(
                "the folder cannot be opened", hint="Write its name as the server has it; INBOX is always there."
            )
        if isinstance(error, MailboxLoginError):
            return refused_sign_in(str(error), self._settings)
        if isinstance(error, socket.gaierror):
            return Retryable("the mail server's name is not known", hint="Check host, and the way to it.")
        return Retryable(
            f"the connection failed: {type(error).__name__}",
            hint="The mail server cannot be reached, or hung up: check host, port and tls, and the way to it.",
        )


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _leave(box: BaseMailBox) -> None:
    with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
        box.client.sock.settimeout(2)
        box.logout()
    with suppress(imaplib.IMAP4.error, OSError):
        box.client.shutdown()
