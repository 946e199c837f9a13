"""Is the simulated server as strict as a true one? The schemas on everything that passes, and what they omit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lxml import etree

from syncd.domain.evidence import EntrySeen
from syncd.testing.contracts.calendar_acts import Adds, Deletes, Moves
from syncd.testing.contracts.calendar_reader import Reader, window
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span
from tests.connectors.exchange.raw import CALENDAR, codes, create, event, item_id, post, update
from tests.connectors.exchange.world import SERVICE, ExchangeWorld
from tests.simulators.ews import soap
from tests.simulators.ews.access import User
from tests.simulators.ews.soap import Judge, S, T

NEVER = 'ConflictResolution="NeverOverwrite" SendMeetingInvitationsOrCancellations="SendToNone"'

needs_schemas = pytest.mark.skipif(
    soap.schema() is None, reason="needs Microsoft's schemas: SYNCD_CONFORMANCE/ews/xsd is not there"
)


def conformance(*names: str) -> Path:
    folder = os.environ.get("SYNCD_CONFORMANCE")
    path = Path(folder or "/nonexistent").joinpath("ews", *names)
    if not path.exists():
        pytest.skip("needs the conformance data: SYNCD_CONFORMANCE/ews is not there")
    return path


# --- the schemas --------------------------------------------------------------------------------------------------


@needs_schemas
def test_every_message_of_a_whole_cycle_is_valid(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    world.staff(Adds(entry(2, title="Support: carl@acme.example", attendees=("carl@acme.example",), category="Red")))
    series = world.staff(Adds(entry(3, rule="FREQ=WEEKLY;COUNT=3")))
    reader = Reader(calendar)
    written = calendar.put(own_draft(1), None)
    reader.reads()
    world.staff(Moves(written.ref.event_id, own_span(5)))
    world.staff(Deletes(series))
    reader.reads()
    calendar.busy(window())
    ours = Reader(calendar).reads()[0].payload
    assert isinstance(ours, EntrySeen)
    written = calendar.put(own_draft(1, at=7), ours.ref)
    calendar.look(own_draft(1).session_id, written.ref)
    calendar.remove(own_draft(1).session_id, written.ref)
    calendar.look(own_draft(1).session_id, written.ref)
    calendar.probe()
    judge = world.server.service.judge
    assert judge.wrong == []
    assert judge.judged > 4 * 20, "three parts of each request's header and body, two of each answer's"


@needs_schemas
@pytest.mark.parametrize(
    "broken",
    [
        "<m:GetItem><m:ItemIds/></m:GetItem>",
        '<m:CreateItem SendMeetingInvitations="ToNobody"><m:Items/></m:CreateItem>',
        create(item=event("<t:Subject>Late</t:Subject>")),
    ],
    ids=["no-shape", "no-such-value", "out-of-order"],
)
def test_a_message_that_breaks_the_schema_is_refused(world: ExchangeWorld, broken: str) -> None:
    assert codes(post(world, broken)) == ["ErrorSchemaValidation"]
    assert len(world.server.service.judge.wrong) == 1
    world.server.service.judge.wrong.clear()
    assert world.standing() == ()


@needs_schemas
def test_what_the_client_was_seen_to_send_is_judged_valid() -> None:
    """Requests recorded from exchangelib 5.6; of one operation there is no schema."""
    folder = conformance("requests")
    judge, found = Judge(), 0
    for path in sorted(folder.glob("*.xml")):
        if "GetUserAvailability" not in path.name:
            assert judge.look(etree.parse(str(path)).getroot(), path.name) == []
            found += 1
    assert found == 37


def test_the_requests_that_the_connector_needs_are_answered(world: ExchangeWorld) -> None:
    """As recorded, but for the invented mailbox; none is a fault."""
    folder = conformance("requests")
    world.world.mailbox("staff1@example.org")
    for name in ("01-GetFolder", "06-SyncFolderItems", "07-SyncFolderItems", "12-FindItem", "21-GetServerTimeZones"):
        body = etree.parse(str(folder / f"{name}.xml")).getroot().find(f"{S}Body")
        assert body is not None
        answer = post(world, etree.tostring(body[0]).decode())
        assert answer.tag.endswith(f"{name[3:]}Response")


@needs_schemas
def test_samples_of_the_documentation_are_judged_as_their_index_says() -> None:
    folder = conformance("samples")
    index = json.loads((folder / "index.json").read_text())
    samples = [each for each in index["samples"] if each["body_against_xsd"] == "valid"]
    judged = 0
    for sample in samples:
        root = etree.parse(str(folder / sample["file"])).getroot()
        header = root.find(f"{S}Header")
        if header is not None:
            root.remove(header)  # those of other versions fail on the header alone
        assert Judge().look(root, sample["file"]) == []
        judged += 1
    assert judged > 100


# --- what the schemas omit ----------------------------------------------------------------------------------------


def test_a_calendar_item_is_not_created_without_a_word_on_invitations(world: ExchangeWorld) -> None:
    answer = post(world, create('MessageDisposition="SaveOnly"'))
    assert codes(answer) == ["ErrorSendMeetingInvitationsRequired"]
    assert world.standing() == ()


def test_nor_updated_nor_deleted(world: ExchangeWorld) -> None:
    made = item_id(post(world, create()))
    updated = post(world, update(made, 'ConflictResolution="NeverOverwrite"'))
    assert codes(updated) == ["ErrorSendMeetingInvitationsOrCancellationsRequired"]
    delete = f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{made[0]}"/></m:ItemIds></m:DeleteItem>'
    assert codes(post(world, delete)) == ["ErrorSendMeetingCancellationsRequired"]
    assert len(world.standing()) == 1


def test_a_change_key_of_yesterday_conflicts_and_a_missing_one_too(world: ExchangeWorld) -> None:
    made = item_id(post(world, create()))
    assert codes(post(world, update(made, NEVER))) == ["NoError"]
    assert codes(post(world, update(made, NEVER))) == ["ErrorIrresolvableConflict"]
    assert codes(post(world, update((made[0], ""), NEVER))) == ["ErrorChangeKeyRequired"]


def test_an_event_does_not_end_before_it_starts(world: ExchangeWorld) -> None:
    backwards = event(starts="2026-03-03T11:00:00Z", ends="2026-03-03T10:00:00Z")
    assert codes(post(world, create(item=backwards))) == ["ErrorCalendarEndDateIsEarlierThanStartDate"]


def test_a_listing_brings_no_bodies(world: ExchangeWorld) -> None:
    shape = (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="item:Body"/></t:AdditionalProperties></m:ItemShape>'
    )
    page = '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/>'
    folders = f"<m:ParentFolderIds>{CALENDAR}</m:ParentFolderIds>"
    found = post(world, f'<m:FindItem Traversal="Shallow">{shape}{page}{folders}</m:FindItem>')
    assert codes(found) == ["ErrorInvalidPropertyRequest"]


def test_nobody_is_impersonated_without_the_right(world: ExchangeWorld) -> None:
    world.server.service.doors.users[SERVICE] = User(SERVICE, "correct horse")
    assert codes(post(world, create())) == ["ErrorImpersonateUserDenied"]
    assert world.standing() == ()


def test_an_item_has_another_id_in_another_folder(world: ExchangeWorld) -> None:
    made = item_id(post(world, create()))
    moved = world.world.move(world.mailbox, world.item(made[0]), world.mailbox.add_calendar("Other").folder_id)
    assert moved.item_id != made[0]
    assert codes(post(world, update(made, NEVER))) == ["ErrorItemNotFound"]


def test_server_time_zones_are_told_by_their_windows_names(world: ExchangeWorld) -> None:
    answer = post(world, '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>')
    assert {"UTC", "W. Europe Standard Time"} <= {each.get("Id") for each in answer.iter(f"{T}TimeZoneDefinition")}


def test_a_master_says_how_it_recurs_and_its_view_when(world: ExchangeWorld) -> None:
    master = world.staff(Adds(entry(1, rule="FREQ=WEEKLY;COUNT=3")))
    shape = (
        "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        '<t:FieldURI FieldURI="calendar:CalendarItemType"/><t:FieldURI FieldURI="{}"/>'
        "</t:AdditionalProperties></m:ItemShape>"
    )
    ids = f'<m:ItemIds><t:ItemId Id="{master}"/></m:ItemIds>'
    got = post(world, f"<m:GetItem>{shape.format('calendar:Recurrence')}{ids}</m:GetItem>")
    assert got.findtext(f".//{T}CalendarItemType") == "RecurringMaster"
    assert got.findtext(f".//{T}WeeklyRecurrence/{T}DaysOfWeek") == "Tuesday"
    assert got.findtext(f".//{T}NumberedRecurrence/{T}NumberOfOccurrences") == "3"
    view = '<m:CalendarView StartDate="2026-03-01T00:00:00Z" EndDate="2026-04-01T00:00:00Z"/>'
    folders = f"<m:ParentFolderIds>{CALENDAR}</m:ParentFolderIds>"
    seen = post(world, f'<m:FindItem Traversal="Shallow">{shape.format("calendar:Start")}{view}{folders}</m:FindItem>')
    assert [each.text for each in seen.iter(f"{T}Start")] == [
        "2026-03-03T10:00:00Z",
        "2026-03-10T10:00:00Z",
        "2026-03-17T10:00:00Z",
    ]
    assert {each.text for each in seen.iter(f"{T}CalendarItemType")} == {"Occurrence"}
