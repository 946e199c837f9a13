"""Google Meet as its description says: spaces, conference records, participants and their sessions, pages by token.

Requests and answers are checked against the discovery document that Google's client library ships.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import googleapiclient
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from syncd.testing.clock import VirtualClock
from tests.simulators.conference.rooms import Meeting, Simulator, Stay
from tests.simulators.google.server import Request, Response, json_response

SCOPE = "https://www.googleapis.com/auth/meetings.space.readonly"


@cache
def description() -> dict[str, Any]:
    file = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "meet.v2.json"
    return dict(json.loads(file.read_text("utf-8")))


@cache
def key() -> tuple[str, bytes]:
    """A service account's private key, and its public one."""
    made = rsa.generate_private_key(65537, 1024)  # small, for a test's sake
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = made.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public


def _signed(message: bytes, signature: bytes) -> bool:
    """RS256 (RFC 7518, 3.3)."""
    known = serialization.load_pem_public_key(key()[1])
    assert isinstance(known, rsa.RSAPublicKey)
    try:
        known.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


class Meet(Simulator):
    def __init__(self, clock: VirtualClock, rooms: tuple[str, ...]) -> None:
        super().__init__(clock, rooms)
        self.tokens: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.challenges: dict[str, str] = {}
        self.delegated = True
        self.page_items = 100
        self.record_lost = False

    @property
    def api(self) -> str:
        return self.server.origin + "/v2"

    @property
    def token_url(self) -> str:
        return self.server.origin + "/token"

    def key_file(self) -> str:
        return json.dumps(
            {
                "type": "service_account",
                "client_email": "syncd@project.example",
                "private_key": key()[0],
                "private_key_id": "1",
            }
        )

    def browser(self, address: str) -> str:
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["scope"] == SCOPE
        self.challenges["code-1"] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': 'code-1', 'state': query['state']})}"

    def handle(self, request: Request, path: str, query: dict[str, str]) -> Response:
        if path == "/token":
            return self._sign_in({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return json_response(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        name = path.removeprefix("/v2/")
        response = self._api(name, query)
        if not self.grown:
            self.unfit += unfit(name, query, response)
        return response

    def _sign_in(self, form: dict[str, str]) -> Response:
        good = form.get("refresh_token") in self.refresh_tokens or form.get("code") in self.challenges
        if "assertion" in form:
            message, _, signature = form["assertion"].rpartition(".")
            claims = json.loads(_decoded(message.partition(".")[2]))
            good = _signed(message.encode(), _decoded(signature)) and self.delegated
            good = good and claims["sub"] == "desk@example.com" and claims["scope"] == SCOPE
            good = good and claims["aud"] == self.token_url
        if not good:
            return json_response(400, {"error": "invalid_grant"})
        token = f"token-{len(self.tokens)}"
        self.tokens.add(token)
        body: dict[str, Any] = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        if "code" in form:
            body["refresh_token"] = f"refresh-{len(self.tokens)}"
            self.refresh_tokens.add(body["refresh_token"])
        return json_response(200, body)

    def _api(self, name: str, query: dict[str, str]) -> Response:
        parts = name.split("/")
        match parts:
            case ["spaces", wanted]:
                return self._space(wanted)
            case ["conferenceRecords"]:
                return self._page("conferenceRecords", self._records(query["filter"]), query)
            case ["conferenceRecords", record, "participants"]:
                return self._page("participants", [self._participant(record, s) for s in self._stays(record)], query)
            case ["conferenceRecords", record, "participants", number, "participantSessions"]:
                stays = [
                    stay for stay in self._stays(record, every=True) if f"{self._first(record, stay).number}" == number
                ]
                return self._page("participantSessions", [self._session(record, number, s) for s in stays], query)
        return _missing()

    def _space(self, wanted: str) -> Response:
        place = next((p for p in self.rooms.values() if wanted in (p.name, f"sp-{p.name}") and p.known), None)
        if place is None:
            return _missing()
        body: dict[str, Any] = {
            "name": f"spaces/sp-{place.name}",
            "meetingUri": f"https://meet.google.com/{place.name}",
            "meetingCode": place.name,
            "phoneAccess": [
                {"phoneNumber": "+14845550123", "pin": "500554260", "regionCode": "US", "languageCode": "en"}
            ],
        }
        if place.running is not None:
            body["activeConference"] = {"conferenceRecord": f"conferenceRecords/c{place.running.number}"}
        return json_response(200, body | ({"mood": "fine"} if self.grown else {}))

    def _records(self, wanted: str) -> list[dict[str, Any]]:
        hit = re.fullmatch(r'space\.name = "spaces/sp-([^"]+)" AND start_time >= "([^"]+)"', wanted)
        assert hit is not None, wanted
        since = datetime.fromisoformat(hit[2])
        found = [m for m in self.rooms[hit[1]].meetings if m.started_at >= since and not self.record_lost]
        return [self._record(hit[1], meeting) for meeting in reversed(found)]

    def _record(self, room: str, meeting: Meeting) -> dict[str, Any]:
        body = {
            "name": f"conferenceRecords/c{meeting.number}",
            "space": f"spaces/sp-{room}",
            "startTime": _z(meeting.started_at),
        }
        return body | ({"endTime": _z(meeting.ended_at)} if meeting.ended_at else {})

    def _stays(self, record: str, *, every: bool = False) -> list[Stay]:
        (meeting,) = [m for p in self.rooms.values() for m in p.meetings if f"c{m.number}" == record]
        stays = [stay for stay in meeting.stays if stay.joined_at <= self.now - self.lag]
        return stays if every else [stay for stay in stays if self._first(record, stay) is stay]

    def _first(self, record: str, stay: Stay) -> Stay:
        return next(each for each in self._stays(record, every=True) if each.guest == stay.guest)

    def _participant(self, record: str, first: Stay) -> dict[str, Any]:
        stays = [stay for stay in self._stays(record, every=True) if stay.guest == first.guest]
        guest = first.guest
        body: dict[str, Any] = {
            "name": f"conferenceRecords/{record}/participants/{first.number}",
            "earliestStartTime": _z(first.joined_at),
        }
        if guest.number:
            body["phoneUser"] = {"displayName": f"{guest.number[:5]}•••••{guest.number[-2:]}"}
        elif guest.host:
            body["signedinUser"] = {"user": "users/10000", "displayName": guest.name}
        else:
            body["anonymousUser"] = {"displayName": guest.name}
        if all(stay.left_at for stay in stays):
            body["latestEndTime"] = _z(max(stay.left_at for stay in stays if stay.left_at))
        return body | ({"aura": {"colour": "blue"}} if self.grown else {})

    def _session(self, record: str, number: str, stay: Stay) -> dict[str, Any]:
        name = f"conferenceRecords/{record}/participants/{number}/participantSessions/s{stay.number}"
        body = {"name": name, "startTime": _z(stay.joined_at)}
        return body | ({"endTime": _z(stay.left_at)} if stay.left_at else {})

    def _page(self, field: str, rows: list[dict[str, Any]], query: dict[str, str]) -> Response:
        first = int(query.get("pageToken", "0"))
        last = first + min(self.page_items, int(query.get("pageSize", "100")))
        body: dict[str, Any] = {field: rows[first:last]} if rows[first:last] else {}
        return json_response(200, body | ({"nextPageToken": str(last)} if last < len(rows) else {}))


def unfit(name: str, query: dict[str, str], response: Response) -> list[str]:
    """What Google's description does not allow."""
    method = next((m for m in _methods(description()["resources"]) if re.fullmatch(m["flatPath"], f"v2/{name}")), None)
    if method is None:
        return [f"no such call: {name}"]
    wrong = [f"{name}: no parameter {given}" for given in query if given not in method.get("parameters", {})]
    if response.status == 200:
        wrong += _misfits(method["response"], json.loads(response.body), name)
    return wrong


def _methods(resources: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for resource in resources.values():
        for method in resource.get("methods", {}).values():
            if method["httpMethod"] == "GET":
                found.append(
                    {**method, "flatPath": re.sub(r"\{\w+\}", "[^/]+", method.get("flatPath", method["path"]))}
                )
        found += _methods(resource.get("resources", {}))
    return found


def _misfits(schema: dict[str, Any], value: Any, where: str) -> list[str]:
    if "$ref" in schema:
        schema = description()["schemas"][schema["$ref"]]
    kind = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}[schema["type"]]
    if not isinstance(value, kind):
        return [f"{where}: is no {schema['type']}"]
    if isinstance(value, list):
        return [wrong for each in value for wrong in _misfits(schema["items"], each, where)]
    if isinstance(value, dict):
        known = schema.get("properties", {})
        unknown = [f"{where}.{name}: is not described" for name in value if name not in known]
        return unknown + [w for n in value if n in known for w in _misfits(known[n], value[n], f"{where}.{n}")]
    return []


def _missing() -> Response:
    return json_response(404, {"error": {"code": 404, "status": "NOT_FOUND"}})


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _z(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
