"""The main job, end to end, on a real calendar server, a real mail server and real files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import icalendar
import pytest

from syncd.domain.decision import AnswerCode
from syncd.domain.keys import session_key
from syncd.domain.session import CallOutcome, SessionState
from syncd.engine.requests import CallWanted, RequestDoor
from tests.ical import inv, oracles
from tests.ical.inv_event import Truth
from tests.simulation.parts import calendar_part
from tests.whole.parts import CARL, RealDesk, path_of, real_desk, start_of, understood

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
START = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # 10:00 in New York, 16:00 in Berlin
TRUTH = Truth(
    starts_at=START,
    ends_at=START + HOUR / 2,
    to=CARL.email,
    organizer="support@desk.example",
    join_url="https://meet.desk.example/500554260",
    call_in_page="https://meet.desk.example/numbers",
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RealDesk]:
    with real_desk(tmp_path) as made:
        yield made


def subjects(desk: RealDesk) -> list[str]:
    return [str(message_from_bytes(raw)["Subject"]).split(":")[0] for raw in desk.inbox.to(CARL.email)]


def moved(text: str, to: datetime) -> str:
    """The event as a calendar program saves it after dragging it elsewhere."""
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    length = event.end - event.start
    event.pop("DTSTART")
    event.pop("DTEND", None)
    event.pop("DURATION", None)
    event.add("DTSTART", to)
    event.add("DTEND", to + length)
    event.pop("LAST-MODIFIED", None)
    event.add("LAST-MODIFIED", datetime(2026, 3, 2, 12, tzinfo=UTC))
    return bytes(calendar.to_ical(sorted=False)).decode()


def test_a_booking_stands_on_the_calendar_and_in_a_sound_invitation(desk: RealDesk) -> None:
    session = desk.book(START)
    (event,) = desk.events()
    component = understood(event)
    assert (component.start, component.end) == (session.starts_at, session.ends_at)
    assert "500 554 260#" in str(component["DESCRIPTION"])
    (raw,) = desk.inbox.to(CARL.email)
    assert inv.check(raw, TRUTH) == []
    part = calendar_part(raw)
    assert part is not None
    assert (part.uid, part.sequence, part.method) == (session.uid, 0, "REQUEST")
    assert session.uid not in event.data, "the staff calendar never bears the customer's UID"


def test_libical_and_ical_js_accept_the_invitation_and_agree_on_the_instants(desk: RealDesk) -> None:
    desk.book(START)
    (raw,) = desk.inbox.to(CARL.email)
    ics = inv.ics_of(raw)
    if oracles.libical_library() is None:
        pytest.skip("libical is not installed (Debian: libical-dev)")
    assert oracles.libical(ics).starts_at == START
    with oracles.icaljs() as read:
        assert read(ics).starts_at == START


def test_reminders_go_out_once_each_and_not_after_a_cancel(desk: RealDesk) -> None:
    desk.book(START)
    desk.run_until(START + HOUR)
    assert subjects(desk) == ["Invitation", "Reminder", "Reminder"]
    later = START + 48 * HOUR
    session = desk.book(later, "form-2")
    desk.system.door.cancel(session.id, "p", CARL.email)
    desk.run_until(later)
    assert subjects(desk)[3:] == ["Invitation", "Cancelled"]
    assert desk.components()[0].start == START
    assert len(desk.events()) == 1


def test_staff_move_and_delete_and_the_customer_is_told_once_each(desk: RealDesk) -> None:
    session = desk.book(START)
    desk.run_for(10)
    (event,) = desk.events()
    path = path_of(event)
    desk.staff.put(path, moved(desk.staff.get(path), START + 2 * HOUR))
    desk.run_for(30)
    assert desk.session().starts_at == START + 2 * HOUR
    assert subjects(desk) == ["Invitation", "Updated"]
    update = calendar_part(desk.inbox.to(CARL.email)[-1])
    assert update is not None
    assert (update.uid, update.sequence) == (session.uid, 1)
    assert inv.check_life(desk.inbox.to(CARL.email)) == []
    desk.staff.delete(path)
    desk.run_for(30)
    assert desk.session().state is SessionState.CANCELLED
    assert subjects(desk) == ["Invitation", "Updated", "Cancelled"]
    assert inv.check_life(desk.inbox.to(CARL.email)) == []


def tagged(text: str, tag: str) -> str:
    """The event as a calendar program saves it after a word was typed beneath its text."""
    calendar = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    said = str(event.pop("DESCRIPTION"))
    event.add("DESCRIPTION", f"{said}\n{tag}")
    return bytes(calendar.to_ical(sorted=False)).decode()


def test_late15_in_the_running_session_tells_the_next_customer(desk: RealDesk) -> None:
    """K13, by the event itself: the next one's customer hears of it, and the running one's does not."""
    desk.book(START)
    desk.book(START + 45 * HOUR / 60, "form-2")
    desk.run_until(START + HOUR / 4)
    (first,) = (e for e in desk.events() if start_of(e) == START)
    path = path_of(first)
    desk.staff.put(path, tagged(desk.staff.get(path), "#late15"))
    before = len(desk.inbox.to(CARL.email))
    desk.run_for(10)
    late = [desk.session(form).attendance.late_by for form in ("form-1", "form-2")]
    assert late == [timedelta(0), HOUR / 4]
    told = [str(message_from_bytes(raw)["Subject"]) for raw in desk.inbox.to(CARL.email)[before:]]
    assert len(told) == 1
    desk.run_for(10)
    assert desk.session("form-2").attendance.late_by == HOUR / 4, "the tag is heeded once"


def test_a_return_call_is_held_tentatively_moved_and_ended_by_a_tag_in_the_calendar(desk: RealDesk) -> None:
    door = RequestDoor(desk.system.door)
    desk.run_for(0)
    later = datetime(2026, 3, 2, 14, tzinfo=UTC)
    wanted = CallWanted("", "Carl Customer", CARL.email, "+12025550143", issue="It beeps.", by="ada")
    assert door.ask_call("form-1", "p", wanted).code is AnswerCode.BOOKED
    desk.run_for(10)
    (event,) = desk.events()
    component = understood(event)
    assert component.start == datetime(2026, 3, 2, 13, tzinfo=UTC), "eight o'clock of theirs"
    assert (component.end - component.start, component["STATUS"]) == (timedelta(minutes=10), "TENTATIVE")
    assert "+1 202-555-0143" in str(component["SUMMARY"])
    assert desk.system.store.views.requests_open(9) == ()
    path = path_of(event)
    desk.staff.put(path, moved(desk.staff.get(path), later))
    desk.run_until(later + timedelta(minutes=1))
    assert subjects(desk) == ["We call you back", "We call you back"]
    tagged = icalendar.Calendar.from_ical(desk.staff.get(path))
    (theirs,) = tagged.walk("VEVENT")
    theirs["SUMMARY"] = icalendar.vText(f"{theirs['SUMMARY']} #notreached")
    desk.staff.put(path, tagged.to_ical(sorted=False).decode())
    desk.run_for(20)
    (session,) = [door.session_of(door.request_of_form("form-1"))]
    assert session is not None
    assert session.call is not None
    assert (session.call.outcome, session.state) == (CallOutcome.NOT_REACHED, SessionState.ENDED)
    (over,) = desk.components()
    assert over["STATUS"] == "CONFIRMED", "released"
    assert "Not reached" in str(over["SUMMARY"])
    assert subjects(desk)[2:] == ["We could not reach you"], "once, with the way to the booking page"


def test_a_marked_event_becomes_a_session_within_one_poll(desk: RealDesk) -> None:
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Staff//EN\r\nBEGIN:VEVENT\r\nUID:theirs@desk.example\r\n"
        "DTSTAMP:20260302T080000Z\r\nDTSTART:20260304T150000Z\r\nDTEND:20260304T153000Z\r\n"
        "SUMMARY:Support: upgrade of the archive\r\nDESCRIPTION:with carl@acme.example\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    desk.staff.put(f"{desk.address}theirs.ics", event)
    desk.run_for(0)
    (raw,) = desk.inbox.to(CARL.email)
    part = calendar_part(raw)
    assert part is not None
    assert part.method == "REQUEST"
    (standing,) = desk.components()
    assert "upgrade of the archive" in str(standing["SUMMARY"])
    assert "500 554 260#" in str(standing["DESCRIPTION"])


@pytest.mark.parametrize("trouble", ["down", "500", "emptied", "tokens"])
def test_whatever_the_server_suffers_nobodys_session_is_cancelled(desk: RealDesk, trouble: str) -> None:
    for n in range(3):
        desk.book(START + n * HOUR, f"form-{n}")
    desk.run_for(10)
    match trouble:
        case "down":
            desk.proxy.down()
        case "500":
            desk.proxy.faults.status = 500
        case "emptied":
            desk.proxy.lose_tokens()
            desk.proxy.faults.emptied = True
        case _:
            desk.proxy.lose_tokens()
    desk.run_for(60)
    desk.proxy.heal()
    desk.run_for(60)
    assert {desk.session(f"form-{n}").state for n in range(3)} == {SessionState.BOOKED}
    assert subjects(desk) == ["Invitation"] * 3
    assert len(desk.events()) == 3
    told = [str(message_from_bytes(raw)["Subject"]) for raw in desk.inbox.to("operator@desk.example")]
    assert len(told) == (2 if trouble in ("down", "500") else 0), "one alert and one all-clear, where it failed"
    assert [report for report in desk.reports if report[0].endswith("broke")] == []


def test_a_moved_and_cancelled_session_is_explained_in_order(desk: RealDesk) -> None:
    session = desk.book(START)
    desk.system.door.reschedule(session.id, "p1", CARL.email, START + HOUR, "ada")
    desk.run_for(1)
    desk.system.door.cancel(session.id, "p2", CARL.email)
    desk.run_for(1)
    story = desk.system.store.views.explain(session_key(session.id))
    assert story is not None
    rules = [finding.rule for row in story.decisions for finding in row.decision.findings]
    assert [rule for rule in rules if rule in ("E1", "C1", "B4")] == ["E1", "C1", "B4"]
    kinds = [evidence.payload.kind for evidence, _ in story.evidence]
    assert kinds.index("booking-requested") < kinds.index("reschedule-requested") < kinds.index("cancel-requested")
    assert {row.state for row in story.effects} <= {"done", "dropped"}
