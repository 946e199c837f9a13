"""Zoom as its documentation describes it: permanent meetings new uuids for each run, the live dashboard, reports, pages
by token, and webhooks that are signed. Checked against the OpenAPI description where that is there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from syncd.ports.hook import Call
from syncd.testing.clock import VirtualClock
from tests.simulators.conference.openapi import unfit
from tests.simulators.conference.rooms import Meeting, Simulator, Stay
from tests.simulators.google.server import Request, Response, json_response

SCOPES = "meeting:read:admin dashboard_meetings:read:admin report:read:admin"


class Zoom(Simulator):
    def __init__(self, clock: VirtualClock, rooms: tuple[str, ...]) -> None:
        super().__init__(clock, rooms)
        self.scopes = SCOPES
        self.secret = "client secret"
        self.tokens: set[str] = set()
        self.page_items = 300
        self.door_open = True
        self.report_delay = timedelta(0)
        self.uuids = "/a//{}="  # the worst that Zoom may choose
        self.hides_total = False
        self.approval = 2
        self.registrants: dict[str, dict[str, str]] = {}
        """By room, then by address, the registrant's id."""
        self.came_by: dict[int, str] = {}
        """By a stay's number, as which registrant somebody came."""

    @property
    def api(self) -> str:
        return self.server.origin + "/v2"

    def uuid(self, room: str) -> str:
        place = self.rooms[room]
        number = place.running.number if place.running else f"next{len(place.meetings)}"
        return self._uuid(room, place.running) if place.running else self.uuids.format(f"{room}{number}")

    def _uuid(self, room: str, meeting: Meeting) -> str:
        return self.uuids.format(f"{room}next{self.rooms[room].meetings.index(meeting)}")

    def handle(self, request: Request, path: str, query: dict[str, str]) -> Response:
        if path == "/oauth/token":
            return self._sign_in(request, query)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return json_response(401, {"code": 124, "message": "Invalid access token."})
        below = path.removeprefix("/v2")
        response = self._register(below, request) if request.verb == "POST" else self._api(below, query)
        told = unfit("zoom.json", request.verb, below, query, response.status, response.body)
        self.unfit += [] if self.grown else told
        return response

    def _sign_in(self, request: Request, query: dict[str, str]) -> Response:
        basic = base64.b64encode(f"client:{self.secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}" or query.get("account_id") != "acc":
            return json_response(400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        return json_response(
            200, {"access_token": token, "token_type": "bearer", "expires_in": 3599, "scope": self.scopes}
        )

    def _api(self, path: str, query: dict[str, str]) -> Response:
        kind, rest = path.strip("/").split("/", 1)
        match kind, rest.split("/"):
            case "meetings", [room]:
                return self._meeting(room)
            case "meetings", [room, "registrants"]:
                return self._registrants(room, query)
            case "past_meetings", [room, "instances"]:
                return self._instances(room)
            case "past_meetings", [uuid]:
                return self._past(uuid)
            case "metrics", ["meetings", uuid, "participants"]:
                if "dashboard_meetings:read:admin" not in self.scopes:
                    return json_response(
                        400, {"code": 4711, "message": "Invalid access token, does not contain scopes."}
                    )
                return self._participants(uuid, query, live=query.get("type", "live") == "live")
            case "report", ["meetings", uuid, "participants"]:
                return self._participants(uuid, query, live=False)
        return json_response(404, {"code": 404, "message": "no such call"})

    def _register(self, path: str, request: Request) -> Response:
        """One address is one registrant. Where nobody need register, Zoom takes nobody; it lets in who is approved."""
        room, body = path.split("/")[2], json.loads(request.body)
        if request.headers.get("content-type") != "application/json" or not {"email", "first_name"} <= set(body):
            return json_response(400, {"code": 300, "message": "Validation Failed."})
        if "@" not in body["email"] or len(body["email"]) > 128 or len(body["first_name"]) > 64:
            return json_response(400, {"code": 300, "message": "Validation Failed."})
        if room not in self.rooms or not self.rooms[room].known:
            return json_response(404, {"code": 3001, "message": "Meeting does not exist."})
        if self.approval == 2 or "meeting:write:admin" not in self.scopes:
            return json_response(400, {"code": 3000, "message": "Registration has not been enabled for this meeting."})
        known = self.registrants.setdefault(room, {})
        name = known.setdefault(body["email"].casefold(), f"registrant-{room}-{len(known)}")
        told = {"id": int(room), "registrant_id": name, "topic": "Support", "start_time": _z(self.now)}
        mine = {"join_url": self.way_of(room, name)} if self.approval == 0 else {}
        return json_response(201, told | mine)

    def way_of(self, room: str, registrant: str) -> str:
        return f"https://us02web.zoom.example/w/{room}?tk={registrant}"

    def _registrants(self, room: str, query: dict[str, str]) -> Response:
        known = list(self.registrants.get(room, {}).items())
        first = int(query.get("next_page_token", "0").rpartition("-")[2] or 0)
        shown, more = known[first : first + self.page_items], first + self.page_items < len(known)
        body = {
            "next_page_token": f"page-{first + self.page_items}" if more else "",
            "page_count": 1,
            "page_size": self.page_items,
            "total_records": len(known),
            "registrants": [
                {"id": name, "email": email, "first_name": "A", "status": "approved"} for email, name in shown
            ],
        }
        return json_response(200, body)

    def _meeting(self, room: str) -> Response:
        place = self.rooms.get(room)
        if place is None or not place.known:
            return json_response(404, {"code": 3001, "message": "Meeting does not exist."})
        body: dict[str, Any] = {
            "id": int(room),
            "uuid": self.uuid(room),
            "host_id": "host-id",
            "host_email": "host@example.com",
            "status": "started" if place.running else "waiting",
            "type": 3 if self.approval == 2 else 8,  # who registers does so for fixed times
            "settings": {"join_before_host": self.door_open, "waiting_room": False, "approval_type": self.approval},
        }
        return json_response(200, body | ({"mood": ["fine"]} if self.grown else {}))

    def _instances(self, room: str) -> Response:
        ended = [m for m in self.rooms[room].meetings if m.ended_at is not None] if room in self.rooms else []
        return json_response(
            200, {"meetings": [{"uuid": self._uuid(room, m), "start_time": _z(m.started_at)} for m in ended]}
        )

    def _found(self, shown: str) -> tuple[str, Meeting] | None:
        """The path was decoded once by the router; a uuid with a slash must have been encoded twice."""
        wanted = unquote(unquote(shown)) if "%25" in shown else unquote(shown)
        for room, place in self.rooms.items():
            for meeting in place.meetings:
                if self._uuid(room, meeting) == wanted and ("%25" in shown or "/" not in wanted):
                    return room, meeting
        return None

    def _past(self, uuid: str) -> Response:
        found = self._found(uuid)
        if found is None or found[1].ended_at is None or found[1].ended_at + self.report_delay > self.now:
            return json_response(404, {"code": 3001, "message": "Meeting does not exist."})
        meeting = found[1]
        assert meeting.ended_at is not None
        return json_response(
            200, {"uuid": self._uuid(*found), "start_time": _z(meeting.started_at), "end_time": _z(meeting.ended_at)}
        )

    def _participants(self, uuid: str, query: dict[str, str], *, live: bool) -> Response:
        found = self._found(uuid)
        if found is None or (found[1].ended_at is None) != live:
            return json_response(404, {"code": 3001, "message": "Meeting does not exist."})
        until = self.now - self.lag
        stays = [stay for stay in found[1].stays if stay.joined_at <= until]
        if not live and len({stay.guest for stay in stays}) < 2 and query.get("type") != "pastOne":
            return json_response(404, {"code": 3001, "message": "no report of one person"})
        first = int(query.get("next_page_token", "0").rpartition("-")[2] or 0)
        shown = stays[first : first + self.page_items]
        more = first + self.page_items < len(stays)
        rows = [self._row(stay, until) if live or "type" in query else self._report_row(stay) for stay in shown]
        if query.get("include_fields") == "registrant_id":
            rows = [
                {**row, "registrant_id": self.came_by.get(s.number, "")} for row, s in zip(rows, shown, strict=True)
            ]
        body: dict[str, Any] = {
            "next_page_token": f"page-{first + self.page_items}" if more else "",
            "page_count": 1,
            "page_size": self.page_items,
            "total_records": len(stays) + (1 if self.hides_total else 0),
            "participants": rows,
        }
        return json_response(200, body)

    def _row(self, stay: Stay, until: datetime) -> dict[str, Any]:
        guest = stay.guest
        row: dict[str, Any] = {
            "id": "host-id" if guest.host else "",
            "user_id": f"{16777216 + stay.number}",
            "user_name": guest.number.lstrip("+") or guest.name,
            "email": guest.email,
            "device": "Phone" if guest.number else "WIN",
            "join_time": _z(stay.joined_at),
            "status": "in_waiting_room" if stay.waiting else "in_meeting",
        }
        if stay.left_at is not None and stay.left_at <= until:
            row["leave_time"] = _z(stay.left_at)
        return row | ({"aura": {"colour": "blue"}, "status": "levitating"} if self.grown else {})

    def _report_row(self, stay: Stay) -> dict[str, Any]:
        row = self._row(stay, self.now)
        return {
            "id": row["id"],
            "user_id": row["user_id"],
            "name": row["user_name"],
            "user_email": row["email"],
            "join_time": row["join_time"],
            "leave_time": row["leave_time"],
            "duration": 60,
        }

    def webhook(self, room: str, event: str, stay: Stay | None, secret: str, now: datetime) -> Call:
        """A call as Zoom would make it now, about something of then."""
        meeting: dict[str, Any] = {"id": room, "uuid": self.uuid(room), "host_id": "host-id"}
        if stay is not None:
            row = self._row(stay, self.now)
            meeting["participant"] = {k: row[k] for k in row if k not in ("device", "status")}
            meeting["participant"]["registrant_id"] = self.came_by.get(stay.number, "")
        told = {"event": event, "event_ts": int(self.now.timestamp() * 1000), "payload": {"object": meeting}}
        raw = json.dumps(told).encode()
        stamp = str(int(now.timestamp()))
        mark = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        headers = {"x-zm-request-timestamp": stamp, "x-zm-signature": mark}
        return Call("POST", "https://desk.example.com/hooks/zoom", headers, raw, now)


def _z(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
