"""A BigBlueButton server as its documentation describes it: checksums, getMeetingInfo, join, meetings that vanish."""

from __future__ import annotations

import hashlib
from html import escape

from syncd.testing.clock import VirtualClock
from syncd.testing.contracts.feed import Guest
from tests.simulators.conference.rooms import Meeting, Simulator, Stay
from tests.simulators.google.server import Request, Response


class BigBlueButton(Simulator):
    """`meetings` lives as on the server: by `create`, until it ends with its last participant."""

    def __init__(self, clock: VirtualClock, rooms: tuple[str, ...], *, algorithm: str = "sha256") -> None:
        super().__init__(clock, rooms)
        self.secret = "639259d4-9dd8-4b25-bf01-95f9567eaf4b"
        self.algorithm = algorithm
        self.withholds = 0
        self.user_ids: dict[Guest, str] = {}
        self.prologue = ""

    def create(self, room: str) -> None:
        self.rooms[room].meetings.append(Meeting(next(self._numbers), self.now))

    def leave(self, room: str, guest: Guest) -> None:
        """A meeting outlasts its last participant by a while."""
        meeting = self.rooms[room].running
        assert meeting is not None
        for stay in meeting.present():
            if stay.guest == guest:
                stay.left_at = self.now

    def handle(self, request: Request, path: str, query: dict[str, str]) -> Response:
        call = path.removeprefix("/bigbluebutton/api/")
        text, _, mark = request.target.partition("?")[2].rpartition("checksum=")
        wanted = hashlib.new(self.algorithm, f"{call}{text.rstrip('&')}{self.secret}".encode()).hexdigest()
        if mark != wanted:
            return self._xml("FAILED", "<messageKey>checksumError</messageKey>")
        place = self.rooms.get(query.get("meetingID", ""))
        if call not in ("getMeetingInfo", "join") or place is None or place.running is None:
            return self._xml("FAILED", "<messageKey>notFound</messageKey>")
        if call == "join":
            return self._let_in(place.name, query)
        return self._xml("SUCCESS", self._info(place.name, place.running))

    def _let_in(self, room: str, query: dict[str, str]) -> Response:
        guest = Guest(query["fullName"], host=query.get("role") == "MODERATOR")
        self.user_ids[guest] = query.get("userID", "")
        self.join(room, guest)
        return Response(302, b"", {"Location": f"{self.server.origin}/html5client/"})

    def _info(self, room: str, meeting: Meeting) -> str:
        present = meeting.present()
        shown = present[self.withholds :]
        extra = "<aura>blue</aura>" if self.grown else ""
        return (
            f"<meetingID>{room}</meetingID><internalMeetingID>int-{meeting.number}</internalMeetingID>"
            f"<createTime>{int(meeting.started_at.timestamp() * 1000)}</createTime><voiceBridge>66052</voiceBridge>"
            f"<dialNumber>613-555-0134</dialNumber><running>{'true' if present else 'false'}</running>{extra}"
            f"<participantCount>{len(present)}</participantCount>"
            f"<attendees>{''.join(self._attendee(stay) for stay in shown)}</attendees><metadata/>"
        )

    def _attendee(self, stay: Stay) -> str:
        guest = stay.guest
        who = self.user_ids.get(guest) or (f"v_{stay.number}" if guest.number else f"u-{stay.number}")
        client = "dial-in-user" if guest.number else "HTML5"
        role = "GOVERNOR" if self.grown else "MODERATOR" if guest.host else "VIEWER"
        return (
            f"<attendee><userID>{who}</userID><fullName>{escape(guest.name)}</fullName><role>{role}</role>"
            f"<clientType>{client}</clientType></attendee>"
        )

    def _xml(self, code: str, rest: str) -> Response:
        body = f"{self.prologue}<response><returncode>{code}</returncode>{rest}</response>"
        return Response(200, body.encode(), {"Content-Type": "text/xml"})
