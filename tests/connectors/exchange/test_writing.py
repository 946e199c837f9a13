"""What is written, and is it written once? EWS-7, EWS-8; CAL-6, CAL-12, CAL-15 to CAL-21."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.exchange.items import EVENT_PROPERTY, PROPERTY_SET, SESSION_PROPERTY
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Permanent, Retryable, Stale
from syncd.testing.contracts.calendar_acts import (
    Adds,
    Deletes,
    DropsNextWriteAnswer,
    Moves,
    Writes,
)
from syncd.testing.contracts.calendar_reader import Reader, marked_in, seen_in
from syncd.testing.contracts.calendar_setting import entry, own_draft, own_span, session_id
from tests.connectors.exchange.world import ExchangeWorld
from tests.simulators.ews.faults import WRITES, HttpAnswer
from tests.simulators.ews.soap import Fault
from tests.simulators.ews.state import GLOBAL_ID

Make = Callable[..., ExchangeWorld]
CARL = "carl@acme.example"


def written_by(world: ExchangeWorld) -> list[str]:
    return [asked.body for asked in world.server.service.asked if asked.operation in WRITES]


# --- once ---------------------------------------------------------------------------------------------------------


def test_an_ambiguous_create_makes_one_event(world: ExchangeWorld) -> None:
    """Committed, and the answer dropped: the outcome is unknown, and repeating it finds what was made."""
    world.suffers(DropsNextWriteAnswer())
    calendar = world.calendar()
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)
    assert len(world.standing()) == 1
    for again in (calendar, world.calendar(), world.calendar()):
        written = again.put(own_draft(1), None)
    (standing,) = world.standing()
    assert written.ref.event_id == standing.event_id
    assert [request.count("<m:CreateItem") for request in written_by(world)] == [1, 0], "made, then completed"


def test_a_create_that_was_not_completed_is_completed_when_repeated(world: ExchangeWorld) -> None:
    """The server assigns the ids, so the mark that names the event is a second write."""
    calendar = world.calendar()
    world.server.service.faults.http = HttpAnswer(500, only=frozenset({"UpdateItem"}))
    with pytest.raises(OutcomeUnknown):
        calendar.put(own_draft(1), None)
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.session_id == session_id(1), "it is ours all the same"
    world.heal()
    written = calendar.put(own_draft(1), None)
    (item,) = world.mailbox.items.values()
    assert written.ref.event_id == item.item_id
    assert item.props[PROPERTY_SET, EVENT_PROPERTY]


def test_a_client_that_puts_another_uid_on_it_takes_no_event_from_us(world: ExchangeWorld) -> None:
    """Outlook gives a UID of its own to what a phone has made."""
    event_id = world.staff(Adds(entry(1, title="Support: upgrade")))
    world.item(event_id).uid = "5fc22493-7212-4c44-9cd6-971c3bae28af"
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    calendar.put(own_draft(1, adopted=True), marked.ref)
    world.item(event_id).uid = "040000008200E00074C5B7101A82E00800000000F01883C1D49AD101"
    world.world.touch(world.item(event_id), world.mailbox)
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.session_id == session_id(1)


def test_nothing_is_posted_twice_by_the_library_itself(world: ExchangeWorld) -> None:
    """EWS-3: its fault tolerance re-sent a create."""
    calendar = world.calendar()
    for code in ("ErrorServerBusy", "ErrorInternalServerError", "ErrorInvalidRequest", "ErrorTimeoutExpired"):
        world.server.service.faults.soap = Fault(code)
        world.server.service.faults.soap_only = WRITES
        before = world.requests()
        with pytest.raises((Retryable, OutcomeUnknown, Permanent)):
            calendar.put(own_draft(1), None)
        assert world.requests() - before == 2, "the search, and one create"
    assert world.standing() == ()


def test_a_new_event_carries_our_marks_and_tells_nobody(world: ExchangeWorld) -> None:
    """CAL-11, CAL-20, CAL-25."""
    world.calendar().put(own_draft(1), None)
    (item,) = world.mailbox.items.values()
    assert item.props[PROPERTY_SET, SESSION_PROPERTY] == f"inst-a:{session_id(1)}"
    assert item.props[PROPERTY_SET, EVENT_PROPERTY] == b64decode(item.props[GLOBAL_ID]).hex().upper() == item.uid
    assert (item.zone, item.free_busy, item.attendees) == ("UTC", "Busy", [])
    create, completion = written_by(world)
    assert 'SendMeetingInvitations="SendToNone"' in create
    assert completion.count("<t:SetItemField") == 1
    assert world.mails() == ()


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": "Acme: another"}, {"item:Subject"}),
        ({"place": "Room 2"}, {"calendar:Location"}),
        ({"place": ""}, {"calendar:Location"}),
        ({"block": "New"}, {"item:Body"}),
        ({"tentative": True}, {"calendar:LegacyFreeBusyStatus"}),
        ({"at": 4}, {"calendar:Start", "calendar:End", "calendar:StartTimeZone", "calendar:EndTimeZone"}),
    ],
    ids=lambda value: "+".join(sorted(value)) if isinstance(value, dict) else "",
)
def test_only_what_differs_is_written(world: ExchangeWorld, change: dict[str, Any], fields: set[str]) -> None:
    """CAL-16, EWS-7: a plain save would write every field."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    calendar.put(own_draft(1, **change), written.ref)
    request = written_by(world)[-1]
    assert {part.split('"')[0] for part in request.split('FieldURI="')[1:]} == fields
    assert 'ConflictResolution="NeverOverwrite"' in request
    assert 'SendMeetingInvitationsOrCancellations="SendToNone"' in request


def test_what_stands_as_drafted_is_not_written_again(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    before = len(written_by(world))
    assert calendar.put(own_draft(1), written.ref) == written
    assert len(written_by(world)) == before


# --- conflicts ----------------------------------------------------------------------------------------------------


def test_a_conflict_is_reread_not_overwritten(world: ExchangeWorld) -> None:
    """xl #858: staff change it between our look and our write, and the change key tells."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    staff = Moves(written.ref.event_id, own_span(5))
    world.server.service.faults.before_next_write = lambda: world.act(staff)
    with pytest.raises(Stale) as caught:
        calendar.put(own_draft(1, at=3), written.ref)
    assert caught.value.seen is not None
    assert caught.value.seen.signature.starts_at == own_span(5).starts_at
    assert [s.span for s in world.standing()] == [own_span(5)]


def test_what_is_deleted_under_a_write_is_stale_and_gone(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    staff = Deletes(written.ref.event_id)
    world.server.service.faults.before_next_write = lambda: world.act(staff)
    with pytest.raises(Stale) as caught:
        calendar.put(own_draft(1, at=3), written.ref)
    assert caught.value.seen is None


def test_a_write_without_the_right_to_it_is_refused_with_a_hint(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.settings = {"access": "delegate"}
    world.mailbox.rights["DESK\\svc-syncd"] = "Reviewer"
    reader = world.calendar()
    for refused in (
        lambda: reader.put(own_draft(2), None),
        lambda: reader.put(own_draft(1, at=4), written.ref),
        lambda: reader.remove(session_id(1), written.ref),
    ):
        with pytest.raises(Misconfigured) as caught:
            refused()
        assert "Editor" in caught.value.hint
    assert [s.span for s in world.standing()] == [own_span(1)]


@pytest.mark.parametrize("code", ["ErrorSchemaValidation", "ErrorInvalidPropertySet", "ErrorSomethingNew"])
def test_a_refusal_of_a_write_is_permanent_and_named(world: ExchangeWorld, code: str) -> None:
    """CAL-19."""
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.server.service.faults.soap = Fault(code)
    world.server.service.faults.soap_only = WRITES
    with pytest.raises(Permanent) as caught:
        calendar.put(own_draft(1, at=4), written.ref)
    assert caught.value.hint


def test_an_own_event_that_cannot_be_read_is_neither_written_nor_deleted(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.item(written.ref.event_id).corrupt = True
    for refused in (
        lambda: calendar.put(own_draft(1), None),
        lambda: calendar.put(own_draft(1, at=4), written.ref),
        lambda: calendar.remove(session_id(1), written.ref),
    ):
        with pytest.raises(Permanent) as caught:
            refused()
        assert "Outlook" in caught.value.hint
    assert calendar.look(session_id(1), written.ref).answer == "unknown"
    assert len(world.mailbox.items) == 1


# --- staff's words ------------------------------------------------------------------------------------------------

OUTLOOK = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p {margin:0} --></style></head>'
    '<body lang="EN-GB"><div class="WordSection1"><p class="MsoNormal">Bring the <b>cable</b> &amp; adapter.</p>'
    "</div></body></html>"
)


def test_html_that_staff_wrote_stays_as_it_is_around_our_block(world: ExchangeWorld) -> None:
    """CAL-16."""
    event_id = world.staff(Adds(entry(1, title=f"Support: {CARL}")))
    world.item(event_id).body, world.item(event_id).body_kind = OUTLOOK, "HTML"
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    written = calendar.put(own_draft(1, adopted=True, block="Join: https://meet.example/1?a=1&b=<2>"), marked.ref)
    body = world.item(event_id).body
    assert "<b>cable</b> &amp; adapter.</p>" in body
    assert "https://meet.example/1?a=1&amp;b=&lt;2&gt;" in body
    world.staff(Writes(event_id, "and the #keep"))
    (seen,) = seen_in(Reader(calendar).reads())
    assert seen.tags == ("#keep",)
    assert seen.ref.version != written.ref.version
    calendar.put(own_draft(1, adopted=True, block="Second\nJoin"), seen.ref)
    standing = world.stands(event_id)
    assert standing is not None
    assert "Join: https" not in standing.text
    assert standing.text.count("Second") == 1
    assert "Bring the cable & adapter." in standing.text
    assert "and the #keep" in standing.text
    assert world.item(event_id).body_kind == "HTML"


def test_a_text_event_that_outlook_made_html_of_is_still_ours_to_edit(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    item = world.item(written.ref.event_id)
    paragraphs = "".join(f"<p class=MsoNormal><span>{line}</span></p>\r\n" for line in item.body.split("\n"))
    item.body, item.body_kind = f"<html><body>{paragraphs}<p>my notes</p></body></html>", "HTML"
    assert calendar.put(own_draft(1), written.ref).ref.version == written.ref.version
    calendar.put(own_draft(1, block="New"), written.ref)
    standing = world.stands(written.ref.event_id)
    assert standing is not None
    assert "my notes" in standing.text
    assert "Conference ID" not in standing.text
    assert [line for line in standing.text.split() if line == "New"] == ["New"]


def test_a_session_that_staff_show_as_free_stays_so(world: ExchangeWorld) -> None:
    calendar = world.calendar()
    written = calendar.put(own_draft(1), None)
    world.item(written.ref.event_id).free_busy = "Free"
    calendar.put(own_draft(1, title="Acme: another"), written.ref)
    assert world.item(written.ref.event_id).free_busy == "Free"


def test_staffs_all_day_booking_gets_hours_when_the_session_is_moved(world: ExchangeWorld) -> None:
    event_id = world.staff(Adds(entry(1, title=f"Support: {CARL}", all_day=True)))
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    calendar.put(own_draft(1, at=4, adopted=True), marked.ref)
    item = world.item(event_id)
    assert (item.all_day, item.starts_at) == (False, own_span(4).starts_at)


# --- whom the server mails (CAL-20, CAL-21) -----------------------------------------------------------------------


def test_the_customer_gets_one_invitation_and_one_update_a_change(world: ExchangeWorld) -> None:
    world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    assert world.mails() == (CARL,), "Outlook's own invitation"
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    draft = own_draft(1, adopted=True, notify=True)
    world.suffers(DropsNextWriteAnswer())
    with pytest.raises(OutcomeUnknown):
        calendar.put(draft, marked.ref)
    written = calendar.put(draft, marked.ref)
    assert world.mails() == (CARL, CARL), "the join data, once, though the answer was lost"
    calendar.put(replace(draft, block="Other"), written.ref)
    assert world.mails() == (CARL,) * 3


def test_a_cancellation_is_the_servers_where_it_invited(world: ExchangeWorld) -> None:
    world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    written = calendar.put(own_draft(1, adopted=True), marked.ref)
    before = world.mails()
    calendar.remove(session_id(1), written.ref, notify=True)
    assert world.mails()[len(before) :] == (CARL,)
    assert world.standing() == ()


def test_somebody_elses_meeting_was_not_invited_to_by_staff(world: ExchangeWorld) -> None:
    event_id = world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    world.item(event_id).response = "Accept"
    (marked,) = marked_in(Reader(world.calendar()).reads())
    assert not marked.provider_invites


@pytest.mark.parametrize(
    ("response", "partstat"),
    [
        ("Accept", "ACCEPTED"),
        ("Decline", "DECLINED"),
        ("Tentative", "TENTATIVE"),
        ("NoResponseReceived", "NEEDS-ACTION"),
        ("Unknown", "NEEDS-ACTION"),
    ],
)
def test_the_customers_answer_is_read_from_the_attendees(world: ExchangeWorld, response: str, partstat: str) -> None:
    """C6, CAL-21."""
    event_id = world.staff(Adds(entry(1, title="Support: upgrade", attendees=(CARL,))))
    calendar = world.calendar()
    (marked,) = marked_in(Reader(calendar).reads())
    calendar.put(own_draft(1, adopted=True), marked.ref)
    world.item(event_id).attendees[0].response = response
    world.world.touch(world.item(event_id), world.mailbox)
    (seen,) = seen_in(Reader(calendar).reads())
    assert [(each.email, each.partstat) for each in seen.attendees] == [(CARL, partstat)]
