"""Mail in over IMAP (RFC 9051, 3501; IDLE: RFC 2177). Who I am: manifest and settings."""

from __future__ import annotations

from typing import Any

from connectors.imap.settings import ImapSettings
from syncd.ports.connector import Manifest, Role, Tools


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.imap.client import Mailbox

    return Mailbox(name, settings, tools)


manifest = Manifest(
    kind="imap",
    role=Role.MAIL_IN,
    settings=ImapSettings,
    build=_build,
    summary="a mailbox whose mail is read: calendars' answers, bounces, words, requests; nothing in it is changed",
)
