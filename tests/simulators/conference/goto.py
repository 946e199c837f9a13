"""GoTo Meeting as its documentation describes it: a sign-in by code and refresh token, a status while a meeting runs,
and the attendees of those that ended. Checked against the OpenAPI description where that is there."""

from __future__ import annotations

import base64
import itertools
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from syncd.testing.clock import VirtualClock
from tests.simulators.conference.openapi import unfit
from tests.simulators.conference.rooms import Meeting, Simulator, Stay
from tests.simulators.google.server import Request, Response, json_response

INFO = (
    "United States: +1 (571) 317-3122\nUnited States (toll-free): +1 866 899 4679\nGermany: +49 30 901820\n"
    "Access Code: 500-554-260"
)


class GoTo(Simulator):
    def __init__(self, clock: VirtualClock, rooms: tuple[str, ...]) -> None:
        super().__init__(clock, rooms)
        self.secret = "client secret"
        self.tokens: set[str] = set()
        self.refresh_tokens = {"refresh-0"}
        self.rotates = False
        self.codes: set[str] = set()
        self.report_delay = timedelta(0)
        self.withholds = 0
        self.info = INFO
        self.texts = False
        self._count = itertools.count(1)

    @property
    def api(self) -> str:
        return self.server.origin + "/G2M/rest"

    def browser(self, address: str) -> str:
        """A person who signs in and agrees; where the browser ends."""
        query = parse_qs(urlsplit(address).query)
        code = f"code-{next(self._count)}"
        self.codes.add(code)
        return f"{query['redirect_uri'][0]}?{urlencode({'code': code, 'state': query['state'][0]})}"

    def handle(self, request: Request, path: str, query: dict[str, str]) -> Response:
        if path == "/oauth/token":
            return self._sign_in(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return json_response(403, {"int_err_code": "InvalidToken", "msg": "Invalid token passed"})
        below = path.removeprefix("/G2M/rest")
        response = self._api(below)
        if not self.grown and not self.texts:
            self.unfit += unfit("gotomeeting.json", request.verb, below, query, response.status, response.body)
        return response

    def _sign_in(self, request: Request) -> Response:
        basic = base64.b64encode(f"client:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return json_response(401, {"error": "invalid_client"})
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        known = form.get("code") in self.codes or form.get("refresh_token") in self.refresh_tokens
        if not known:
            return json_response(400, {"error": "invalid_grant"})
        token = f"token-{next(self._count)}"
        self.tokens.add(token)
        body: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "collab:"}
        if "code" in form or self.rotates:
            self.codes.discard(form.get("code", ""))
            self.refresh_tokens.discard(form.get("refresh_token", ""))
            body["refresh_token"] = f"refresh-{next(self._count)}"
            self.refresh_tokens.add(body["refresh_token"])
        return json_response(200, body)

    def _api(self, path: str) -> Response:
        parts = path.strip("/").split("/")
        place = self.rooms.get(parts[1]) if len(parts) > 1 and parts[0] == "meetings" else None
        if place is None or not place.known:
            return json_response(404, {"int_err_code": "MeetingNotFound", "msg": "Could not find the meeting"})
        if parts[2:] == ["attendees"]:
            rows = [row for meeting in place.meetings for row in self._attendees(place.name, meeting)]
            return json_response(200, rows[self.withholds :])
        return json_response(200, [self._meeting(place.name, place.running)])

    def _meeting(self, room: str, running: Meeting | None) -> dict[str, Any]:
        row: dict[str, Any] = {
            "meetingId": room if self.texts else int(room),
            "meetingKey": int(room),
            "uniqueMeetingId": int(room),
            "subject": "Support session",
            "status": "ACTIVE" if running else "INACTIVE",
            "startTime": _z(self.now),
            "endTime": _z(self.now + timedelta(hours=1)),
            "duration": 60,
            "maxParticipants": 26,
            "passwordRequired": False,
            "meetingType": "recurring",
            "conferenceCallInfo": self.info,
            "createTime": "",
        }
        return row | ({"mood": "fine"} if self.grown else {})

    def _attendees(self, room: str, meeting: Meeting) -> list[dict[str, Any]]:
        if meeting.ended_at is None or meeting.ended_at + self.report_delay > self.now:
            return []
        count = len({stay.guest for stay in meeting.stays})
        return [self._attendee(room, meeting, stay, meeting.ended_at, count) for stay in meeting.stays]

    def _attendee(self, room: str, meeting: Meeting, stay: Stay, ended_at: datetime, count: int) -> dict[str, Any]:
        guest = stay.guest
        row: dict[str, Any] = {
            "meetingId": room if self.texts else int(room),
            "meetingInstanceKey": str(meeting.number) if self.texts else meeting.number,
            "attendeeName": guest.number or guest.name,
            "attendeeEmail": guest.email,
            "name": guest.number or guest.name,
            "joinTime": _z(stay.joined_at),
            "leaveTime": _z(stay.left_at or ended_at),
            "duration": 999,
            "startTime": _z(meeting.started_at),
            "endTime": _z(ended_at),
            "numAttendees": count,
            "email": "host@example.com",
            "firstName": "Jo",
            "lastName": "Host",
            "groupName": "NA",
            "subject": "Support session",
            "meetingType": "recurring",
            "conferenceCallInfo": self.info,
            "organizerkey": 1,
        }
        return row | ({"aura": [1], "meetingType": "eternal"} if self.grown else {})


def _z(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
