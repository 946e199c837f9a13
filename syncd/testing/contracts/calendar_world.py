"""What world is a calendar connector proved in? One provider, one person, acts of staff and faults (calendar_acts).

Acts and faults are values, so that a world is one `match` for each, and a provider that cannot express one says so in
`CalendarWorld.cannot`.
"""

from __future__ import annotations

import hashlib
import hmac
from abc import ABC, abstractmethod
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import pytest

from syncd.domain.desk import Marks
from syncd.domain.spans import Span
from syncd.ports.calendar import Calendar, CalendarBinding
from syncd.ports.keys import Keys
from syncd.testing.contracts.calendar_acts import Act, Adds, Fault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday; both hemispheres change their clocks within the horizon
CANARY = "canary-7c1e"
STAFF_EMAIL = "ada@desk.example"


@dataclass(frozen=True, slots=True)
class Standing:
    """An event as the provider holds it now, read past the connector and past all faults."""

    event_id: str
    span: Span
    title: str
    text: str
    place: str
    attendees: tuple[tuple[str, str], ...] = ()  # address, PARTSTAT
    hidden: str = ""  # a property that only staff's program knows (CAL-16)


@dataclass(slots=True)
class ContractKeys:
    """Names by HMAC, as the port asks, over a secret of the test's own."""

    installation_id: str = "inst-a"
    secret: bytes = field(default=b"contract", repr=False)

    def _mac(self, *parts: str) -> bytes:
        text = "\0".join((self.installation_id, *parts))
        return hmac.new(self.secret, text.encode(), hashlib.sha256).digest()

    def name(self, purpose: str, *parts: str) -> str:
        return b32encode(self._mac("name", purpose, *parts)[:16]).decode().rstrip("=").lower()

    def uid(self, session_id: str) -> str:
        return str(UUID(bytes=self._mac("uid", session_id)[:16], version=4))

    def sign(self, purpose: str, *parts: str) -> str:
        return "~".join((*parts, self._mac("sign", purpose, *parts).hex()))

    def open(self, purpose: str, token: str) -> tuple[str, ...] | None:
        parts = tuple(token.split("~")[:-1])
        return parts if hmac.compare_digest(self.sign(purpose, *parts), token) else None

    def digest(self, purpose: str, value: str) -> str:
        return self._mac("digest", purpose, value).hex()


class CalendarWorld(ABC):
    """One provider with one person on it, who has one empty calendar at the start of each test.

    `cannot` maps an act, fault, Kind or one of the constants above to the reason why this provider cannot express it:
    tests that need it skip with that reason. `zone` is the calendar's own.
    """

    cannot: Mapping[object, str] = {}
    zone: str = "Europe/Berlin"
    address: str = ""
    calendar_id: str = "ada"

    def binding(
        self, *, keys: Keys | None = None, calendar_id: str | None = None, horizon_days: int = 45
    ) -> CalendarBinding:
        return CalendarBinding(
            calendar_id=calendar_id or self.calendar_id,
            address=self.address,
            zone=self.zone,
            staff_email=STAFF_EMAIL,
            marks=Marks(),
            keys=keys or ContractKeys(),
            horizon_days=horizon_days,
        )

    @abstractmethod
    def open(self, binding: CalendarBinding) -> Calendar:
        """The person's calendar through a newly built connector, as after a restart of the daemon."""

    @abstractmethod
    def act(self, act: Act) -> str:
        """Do it on the provider's side, past the connector and past all faults; the id of the event it is about."""

    @abstractmethod
    def break_down(self, fault: Fault) -> None:
        """From now on, until `heal`. Several may hold at once."""

    @abstractmethod
    def heal(self) -> None: ...

    @abstractmethod
    def standing(self) -> tuple[Standing, ...]:
        """Every event on the person's calendar, whoever made it; what cannot be read is left out."""

    @abstractmethod
    def mails(self) -> tuple[str, ...]:
        """The recipients of all mails that the provider has sent about this calendar so far."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests the provider has been sent so far, the refused ones included."""

    @abstractmethod
    def elsewhere(self) -> int:
        """How many connections reached the host that `SendsElsewhere` points to."""

    @abstractmethod
    def server_time(self) -> datetime:
        """What the provider takes the time to be, faults included."""

    # -- what tests call -------------------------------------------------------------------------------------------

    def calendar(self, *, keys: Keys | None = None, calendar_id: str | None = None, horizon_days: int = 45) -> Calendar:
        return self.open(self.binding(keys=keys, calendar_id=calendar_id, horizon_days=horizon_days))

    def needs(self, *what: object) -> None:
        for wanted in what:
            if wanted in self.cannot:
                pytest.skip(self.cannot[wanted])

    def staff(self, act: Act) -> str:
        self.needs(type(act))
        if isinstance(act, Adds):
            self.needs(act.entry.kind)
        return self.act(act)

    def suffers(self, fault: Fault) -> None:
        self.needs(type(fault))
        self.break_down(fault)

    def stands(self, event_id: str) -> Standing | None:
        return next((s for s in self.standing() if s.event_id == event_id), None)
