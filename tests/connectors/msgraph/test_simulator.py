"""Would the simulator notice? What the connector must not do is refused by it and put on record."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from syncd.testing.contracts.calendar_acts import Adds
from syncd.testing.contracts.calendar_setting import entry, own_draft
from tests.connectors.msgraph.world import GraphWorld

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC"'
SPAN = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
NEW = {
    "subject": "x",
    "start": {"dateTime": "2026-03-03T10:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2026-03-03T10:30:00", "timeZone": "UTC"},
}


@pytest.fixture
def bare(world: GraphWorld) -> Iterator[httpx2.Client]:
    """A client that is let in, and says no more than it is told."""
    world.calendar().put(own_draft(1), None)
    (token,) = world.simulator.entra.tokens
    headers = {"Authorization": f"Bearer {token}"}
    context = ssl.create_default_context(cafile=str(world.ca_file))
    with httpx2.Client(verify=context, headers=headers, base_url=world.simulator.base_url) as client:
        yield client


def refused(world: GraphWorld, answer: httpx2.Response) -> bool:
    """And on record; cleared, since it was meant."""
    found = answer.status_code == 400 and bool(world.simulator.violations)
    world.graph.violations.clear()
    return found


@pytest.mark.parametrize(
    "path",
    [
        f"calendarView?{SPAN}&$search=x",
        f"calendarView?{SPAN}&$select=nonsense",
        f"calendarView?{SPAN}&$filter=subject eq 'x'",
        f"calendarView?{SPAN}&$expand=attachments",
        f"calendarView?{SPAN}&$top=2000",
        "calendarView",
        f"calendarView/delta?{SPAN}&$select=id",
        f"calendarView/delta?{SPAN}&$expand=singleValueExtendedProperties",
        f"calendarView/delta?{SPAN}&$top=5",
        f"events/delta?{SPAN}",
        "calendar/events",
        "messages",
    ],
)
def test_a_question_that_is_not_documented_is_refused(world: GraphWorld, bare: httpx2.Client, path: str) -> None:
    assert refused(world, bare.get(f"/users/{world.address}/{path}", headers={"Prefer": PREFER}))


@pytest.mark.parametrize("prefer", ["", 'IdType="ImmutableId"', 'outlook.timezone="UTC"'])
def test_gra_2_a_request_without_the_preferences_is_refused(
    world: GraphWorld, bare: httpx2.Client, prefer: str
) -> None:
    assert refused(world, bare.get(f"/users/{world.address}/calendarView?{SPAN}", headers={"Prefer": prefer}))


@pytest.mark.parametrize(
    "body",
    [
        NEW | {"nonsense": 1},
        NEW | {"attendees": []},
        NEW | {"body": "text"},
        NEW | {"start": "2026-03-03T10:00:00"},
        {"subject": "x"},
        NEW | {"singleValueExtendedProperties": [{"id": "x", "value": "y"}]},
    ],
    ids=range(6),
)
def test_a_body_that_is_not_documented_is_refused(world: GraphWorld, bare: httpx2.Client, body: dict[str, Any]) -> None:
    answer = bare.post(f"/users/{world.address}/calendar/events", json=body, headers={"Prefer": PREFER})
    assert refused(world, answer)
    assert len(world.standing()) == 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_gra_8_a_write_without_a_version_is_refused(world: GraphWorld, bare: httpx2.Client, method: str) -> None:
    (standing,) = world.standing()
    path = f"/users/{world.address}/events/{standing.event_id}"
    body = {"subject": "y"} if method == "PATCH" else None
    assert refused(world, bare.request(method, path, json=body, headers={"Prefer": PREFER}))
    assert world.standing() == (standing,)


def test_a_write_of_an_older_version_is_a_conflict(world: GraphWorld, bare: httpx2.Client) -> None:
    (standing,) = world.standing()
    path = f"/users/{world.address}/events/{standing.event_id}"
    headers = {"Prefer": PREFER, "If-Match": 'W/"0"'}
    answer = bare.patch(path, json={"subject": "y"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "ErrorIrresolvableConflict")


def test_a_stranger_is_not_let_in(world: GraphWorld, bare: httpx2.Client) -> None:
    headers = {"Prefer": PREFER, "Authorization": "Bearer guessed"}
    assert bare.get(f"/users/{world.address}/calendarView?{SPAN}", headers=headers).status_code == 401


def test_every_write_to_an_event_with_attendees_is_mailed(world: GraphWorld, bare: httpx2.Client) -> None:
    event_id = world.staff(Adds(entry(3, attendees=("eve@elsewhere.example",))))
    assert world.mails() == ("eve@elsewhere.example",)
    headers = {"Prefer": PREFER, "If-Match": world.mailbox.events[event_id].etag}
    bare.patch(f"/users/{world.address}/events/{event_id}", json={"showAs": "free"}, headers=headers)
    assert len(world.mails()) == 2


def test_an_answer_of_its_own_that_is_not_as_documented_is_on_record(world: GraphWorld, bare: httpx2.Client) -> None:
    (standing,) = world.standing()
    world.mailbox.events[standing.event_id].show_as = "nonsense"
    bare.get(f"/users/{world.address}/events/{standing.event_id}", headers={"Prefer": PREFER})
    assert any("showAs" in each for each in world.simulator.violations)
    world.graph.violations.clear()
