"""Is the simulator strict? What it would let pass, no test above could show."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from syncd.testing.contracts.calendar_acts import Adds, Deletes, MovesInstance
from syncd.testing.contracts.calendar_setting import entry, hour, own_span
from syncd.testing.contracts.calendar_world import STAFF_EMAIL
from tests.connectors.google_calendar.world import SCOPES, GoogleWorld
from tests.simulators.google import description

EVENTS = f"calendars/{STAFF_EMAIL}/events"
START, END = {"dateTime": "2026-03-03T10:00:00Z"}, {"dateTime": "2026-03-03T11:00:00Z"}
PLAIN = {"summary": "x", "start": START, "end": END}


class Direct:
    """The API without any client library."""

    def __init__(self, google: GoogleWorld, scopes: frozenset[str] = SCOPES) -> None:
        self.google = google.google
        self.token = self.google.sign_in._issue(STAFF_EMAIL, scopes)["access_token"]
        self.line = http.client.HTTPConnection("127.0.0.1", self.google.server.port, timeout=10)

    def __call__(
        self, verb: str, path: str, body: Any = None, match: str | None = None, **query: Any
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", **({"If-Match": match} if match else {})}
        target = f"/calendar/v3/{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        self.line.request(verb, target, None if body is None else json.dumps(body), headers)
        answer = self.line.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw else None


@pytest.fixture
def direct(google: GoogleWorld) -> Iterator[Direct]:
    made = Direct(google)
    yield made
    made.line.close()
    made.google.unfit.clear()  # what these tests send is meant to be unlawful
    made.google.methods.silent.clear()


@pytest.mark.parametrize(
    ("verb", "path", "body", "query"),
    [
        ("GET", EVENTS, None, {"colour": "red"}),
        ("GET", EVENTS, None, {"maxResults": "many"}),
        ("GET", EVENTS, None, {"maxResults": "0"}),
        ("GET", EVENTS, None, {"timeMin": "today"}),
        ("GET", EVENTS, None, {"orderBy": "size"}),
        ("GET", EVENTS, None, {"pageToken": ["a", "b"]}),
        ("POST", EVENTS, {**PLAIN, "colour": "red"}, {}),
        ("POST", EVENTS, {**PLAIN, "start": {"datetime": "2026-03-03T10:00:00Z"}}, {}),
        ("POST", EVENTS, {**PLAIN, "start": {"dateTime": "2026-03-03T10:00:00"}}, {}),
        ("POST", EVENTS, {**PLAIN, "start": {"date": "2026-3-3"}}, {}),
        ("POST", EVENTS, {**PLAIN, "sequence": "1"}, {}),
        ("POST", EVENTS, {**PLAIN, "attendees": {"email": "x"}}, {}),
        ("POST", EVENTS, {**PLAIN, "attendees": [{"mail": "x"}]}, {}),
        ("POST", EVENTS, {**PLAIN, "extendedProperties": {"private": {"a": 1}}}, {}),
        ("POST", EVENTS, PLAIN, {"sendUpdates": "some"}),
        ("POST", EVENTS, "[", {}),
        ("POST", "freeBusy", {"timeMin": "2026-03-03T10:00:00Z", "calendars": []}, {}),
        ("POST", "freeBusy", None, {}),
        ("GET", "calendars", None, {}),
        ("GET", "nonsense", None, {}),
        ("PUT", EVENTS, PLAIN, {}),
    ],
)
def test_what_the_description_does_not_know_is_refused_and_noted(
    direct: Direct, verb: str, path: str, body: Any, query: dict[str, Any]
) -> None:
    status, _ = direct(verb, path, body, **query)
    assert status in (400, 404)
    assert len(direct.google.unfit) == 1


def test_an_answer_that_does_not_fit_the_description_is_noted(direct: Direct, google: GoogleWorld) -> None:
    event_id = google.staff(Adds(entry(1)))
    direct("GET", f"{EVENTS}/{event_id}")
    assert direct.google.unfit == []
    google.ada.events[event_id].item["colour"] = "red"
    direct("GET", f"{EVENTS}/{event_id}")
    assert direct.google.unfit == ["answer of calendar.events.get: .colour is unknown"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"summary": "x"}, "required"),
        ({**PLAIN, "end": {"date": "2026-03-03"}}, "invalid"),
        ({**PLAIN, "start": END, "end": START}, "timeRangeEmpty"),
        ({**PLAIN, "id": "UPPER"}, "invalid"),
        ({**PLAIN, "id": "xyz12"}, "invalid"),
        ({**PLAIN, "id": "abc"}, "invalid"),
        ({**PLAIN, "recurrence": ["RRULE:FREQ=DAILY"]}, "required"),
        ({**PLAIN, "status": "someday"}, "invalid"),
        ({**PLAIN, "description": "x" * 9000}, "invalid"),
        ({**PLAIN, "extendedProperties": {"private": {"k" * 45: "v"}}}, "invalid"),
    ],
)
def test_what_google_refuses_by_its_guides_is_refused(direct: Direct, body: Any, reason: str) -> None:
    status, answer = direct("POST", EVENTS, body, sendUpdates="none")
    assert (status, answer["error"]["errors"][0]["reason"]) == (400, reason)
    assert direct.google.unfit == []


@pytest.mark.parametrize(
    "name", ["timeMin", "timeMax", "updatedMin", "q", "iCalUID", "privateExtendedProperty", "orderBy"]
)
def test_a_sync_token_goes_with_nothing_that_would_bend_it(direct: Direct, name: str) -> None:
    _, first = direct("GET", EVENTS)
    value = {"privateExtendedProperty": "a=b", "q": "x", "iCalUID": "x", "orderBy": "updated"}.get(
        name, "2026-03-03T10:00:00Z"
    )
    status, _ = direct("GET", EVENTS, syncToken=first["nextSyncToken"], **{name: value})
    assert status == 400
    assert direct("GET", EVENTS, syncToken=first["nextSyncToken"], showDeleted="false")[0] == 400
    assert direct("GET", EVENTS, syncToken=first["nextSyncToken"])[0] == 200


def test_the_token_is_on_the_last_page_alone_and_a_page_belongs_to_its_query(
    direct: Direct, google: GoogleWorld
) -> None:
    for n in range(5):
        google.staff(Adds(entry(n)))
    seen: list[str] = []
    page: dict[str, str] = {}
    while True:
        _, answer = direct("GET", EVENTS, maxResults=2, **page)
        seen += [item["id"] for item in answer["items"]]
        if "nextPageToken" not in answer:
            break
        assert "nextSyncToken" not in answer
        assert direct("GET", EVENTS, maxResults=3, pageToken=answer["nextPageToken"])[0] == 400
        page = {"pageToken": answer["nextPageToken"]}
    assert len(seen) == len(set(seen)) == 5
    assert answer["nextSyncToken"]
    google.google.state.epoch += 1
    assert direct("GET", EVENTS, syncToken=answer["nextSyncToken"])[0] == 410
    assert direct("GET", EVENTS, syncToken="made up")[0] == 400


def test_a_deleted_event_keeps_its_id_and_is_told_as_a_bare_tombstone(direct: Direct) -> None:
    _, made = direct("POST", EVENTS, {**PLAIN, "id": "abcde"}, sendUpdates="none")
    _, before = direct("GET", EVENTS)
    assert direct("DELETE", f"{EVENTS}/abcde", match='"1"')[0] == 412
    assert direct("DELETE", f"{EVENTS}/abcde", match=made["etag"])[0] == 204
    assert direct("DELETE", f"{EVENTS}/abcde")[0] == 410
    assert direct("POST", EVENTS, {**PLAIN, "id": "abcde"})[0] == 409
    _, gone = direct("GET", f"{EVENTS}/abcde")
    assert (gone["status"], gone["summary"]) == ("cancelled", "x")
    _, after = direct("GET", EVENTS, syncToken=before["nextSyncToken"])
    (stub,) = after["items"]
    assert set(stub) == {"kind", "etag", "id", "status"}
    assert direct("GET", EVENTS)[1]["items"] == []
    restored = direct("PUT", f"{EVENTS}/abcde", {**PLAIN, "status": "confirmed"})[1]
    assert restored["status"] == "confirmed"
    assert restored["etag"] != made["etag"]


def test_arrays_are_replaced_and_objects_merged_by_a_patch(direct: Direct, google: GoogleWorld) -> None:
    event_id = google.staff(Adds(entry(1, attendees=("carl@acme.example",))))
    google.ada.events[event_id].item["extendedProperties"] = {"private": {"a": "1"}}
    body = {
        "attendees": [{"email": "dora@acme.example"}],
        "extendedProperties": {"private": {"b": "2"}},
        "location": None,
    }
    _, after = direct("PATCH", f"{EVENTS}/{event_id}", body, sendUpdates="none")
    assert [a["email"] for a in after["attendees"]] == ["dora@acme.example"]
    assert after["extendedProperties"] == {"private": {"a": "1", "b": "2"}}
    assert google.mails() == ("carl@acme.example",)
    direct("PATCH", f"{EVENTS}/{event_id}", {"location": "here"}, sendUpdates="all")
    assert google.mails() == ("carl@acme.example", "dora@acme.example")


def test_a_token_reaches_no_further_than_its_scopes_and_its_user(google: GoogleWorld, direct: Direct) -> None:
    narrow = Direct(google, frozenset({"https://www.googleapis.com/auth/calendar.freebusy"}))
    assert narrow("GET", EVENTS)[0] == 403
    query = {
        "timeMin": START["dateTime"],
        "timeMax": END["dateTime"],
        "items": [{"id": STAFF_EMAIL}, {"id": "bob@x.example"}],
    }
    status, answer = narrow("POST", "freeBusy", query)
    assert status == 200
    assert answer["calendars"]["bob@x.example"]["errors"][0]["reason"] == "notFound"
    narrow.token = "made up"
    assert narrow("POST", "freeBusy", query)[0] == 401
    assert direct("GET", "calendars/bob@x.example/events")[0] == 404
    narrow.line.close()


def test_a_write_that_does_not_say_whom_to_notify_is_noted(direct: Direct) -> None:
    direct("POST", EVENTS, PLAIN)
    assert direct.google.methods.silent == ["calendar.events.insert"]


def test_deleting_a_series_tells_its_exceptions_too(direct: Direct, google: GoogleWorld) -> None:
    series = google.staff(Adds(entry(1, rule="FREQ=DAILY;COUNT=3")))
    exception = google.staff(MovesInstance(series, hour(25), own_span(29)))
    _, before = direct("GET", EVENTS)
    google.staff(Deletes(series))
    _, after = direct("GET", EVENTS, syncToken=before["nextSyncToken"])
    assert [item["id"] for item in after["items"]] == [series, exception]
    assert {item["status"] for item in after["items"]} == {"cancelled"}


def test_the_description_is_the_one_that_the_library_ships() -> None:
    assert description.document()["id"] == "calendar:v3"
    assert len(description.methods()) > 30
