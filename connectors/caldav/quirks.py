"""How do the servers differ? One table a server, as data (DAV-7): what the connector may meet there, and what the
operator should know. `syncd doctor` finds the row and tells it; tests assert each row against the real server. Nothing
branches on a name: the connector acts on what a server announces and answers.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.caldav.client import Answer
from connectors.caldav.listing import Collection


def facts(answer: Answer, about: Collection, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    return (f"server {answer.headers.get('server', 'unknown')}",)
