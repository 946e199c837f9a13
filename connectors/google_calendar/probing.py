"""Does it work, and if not, why? What `syncd doctor` is told about one calendar (ports/calendar.py, probe)."""

from __future__ import annotations

from datetime import timedelta

from connectors.google_calendar.client import Client
from connectors.google_calendar.reading import Reader
from syncd.domain.spans import Span
from syncd.ports.calendar import CalendarBinding
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured

SKEW_MAX = timedelta(seconds=30)
_WRITERS = frozenset({"writer", "owner", "writerWithoutPrivateAccess"})


def probe(client: Client, reader: Reader, binding: CalendarBinding, clock: Clock) -> tuple[str, ...]:
    """Sign in, find the calendar, check rights, ask for free/busy. Raises Misconfigured, Retryable."""
    answer = reader.answers()
    head = answer.body
    signed_in = "signed in as the staff member (domain-wide delegation)" if client.people.delegated else "signed in"
    facts = [signed_in]
    role, zone = str(head.get("accessRole", "none")), str(head.get("timeZone", ""))
    if binding.writable and role not in _WRITERS:
        raise Misconfigured(
            f"the calendar is there, but this account may not change it (its role is {role})",
            hint="Share the calendar with the right to make changes to events, or configure it as read-only.",
        )
    if role in ("freeBusyReader", "none"):
        raise Misconfigured(
            f"the calendar is there, but not its events (the account's role is {role})",
            hint="Share the calendar with all event details: changes cannot be followed otherwise.",
        )
    facts.append(f"the calendar can be {'changed' if binding.writable else 'read'} (role {role})")
    if zone != binding.zone:
        facts.append(f"its time zone at Google is {zone or 'not told'}, configured is {binding.zone}: days may differ")
    now = clock.now()
    if answer.read_at is not None and abs(answer.read_at - now) > SKEW_MAX:
        apart = round(abs(answer.read_at - now).total_seconds())
        facts.append(f"this machine's clock and Google's are {apart} s apart: set it right (timedatectl, chrony)")
    reader.busy(Span(now, now + timedelta(days=1)))
    facts.append("free/busy can be asked")
    return tuple(facts)
