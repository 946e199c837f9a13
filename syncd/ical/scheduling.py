"""Who has been invited by the calendar server itself? RFC 6638 7.1 (SCHEDULE-AGENT) and 3.2.9 (SCHEDULE-STATUS).

Spec/calendars.md CAL-21, DAV-6: one invitation, not two; where the server failed or was told not to, it is none of its.
"""

from __future__ import annotations

from syncd.domain.people import normal_email
from syncd.ical.read import Resource
from syncd.ical.values import address_of, many

_HANDED_OVER = ("1.", "2.")  # pending, sent, delivered


def server_invited(resource: Resource, organizer_email: str) -> bool:
    """Has a server that schedules invited every guest of this organizer's event? A guest without a SCHEDULE-STATUS
    counts as invited: not every server writes it back. False where there is no guest."""
    event = resource.master or resource.events[0]
    organizer = normal_email(organizer_email)
    if organizer not in (address_of(who) for who in many(event, "ORGANIZER")):
        return False
    guests = [who for who in many(event, "ATTENDEE") if address_of(who) not in ("", organizer)]
    return bool(guests) and all(_by_server(dict(who.params)) for who in guests)


def _by_server(parameters: dict[str, object]) -> bool:
    named = {name.upper(): str(value).strip() for name, value in parameters.items()}
    status = named.get("SCHEDULE-STATUS", "")
    return named.get("SCHEDULE-AGENT", "SERVER").upper() == "SERVER" and (not status or status.startswith(_HANDED_OVER))
