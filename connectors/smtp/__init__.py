"""Mail out over SMTP submission (RFC 5321, 6409, 8314). Who I am: manifest and settings."""

from __future__ import annotations

from typing import Any

from connectors.smtp.settings import SmtpSettings
from syncd.ports.connector import Manifest, Role, Tools


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.smtp.client import SmtpOut

    return SmtpOut(settings, tools)


manifest = Manifest(
    kind="smtp",
    role=Role.MAIL_OUT,
    settings=SmtpSettings,
    build=_build,
    summary="a mail server that takes our mail: submission with STARTTLS, with TLS, or on this machine",
)
