"""What a resource means to us, without any server: keys, marks, privacy, plausible times (CAL-2, CAL-9 to CAL-14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.caldav import translate
from connectors.caldav.cursor import window_from
from connectors.caldav.translate import Moment, Understood, own_id, own_name, understand
from syncd.domain.desk import Marks
from syncd.domain.evidence import EntryGone, EntrySeen, MarkedEntrySeen
from syncd.domain.spans import Span
from syncd.ical import staff_event
from syncd.ical.staff_event import Mark, StaffText
from syncd.ports.calendar import CalendarBinding
from syncd.testing.contracts.calendar_acts import Kind, StaffEntry
from syncd.testing.contracts.calendar_setting import entry, hour, own_draft, own_span, secretive, session_id
from syncd.testing.contracts.calendar_world import CANARY, NOW, STAFF_EMAIL, ContractKeys
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.staff_ics import edited

KEYS = ContractKeys()
BINDING = CalendarBinding("ada", "/ada/work/", "Europe/Berlin", STAFF_EMAIL, Marks(), KEYS)
BOB = replace(BINDING, calendar_id="bob", address="/bob/work/")
MOMENT = Moment(NOW, window_from(NOW, 45))
KINDS = sorted(staff_ics.KINDS)


def read(text: str | bytes, name: str = "x.ics", etag: str | None = '"1"', moment: Moment = MOMENT) -> Understood:
    return understand(BINDING, name, etag, text.encode() if isinstance(text, str) else text, moment)


def own_text(n: int = 1, at: int = 1, generation: int = 0) -> str:
    draft = own_draft(n, at=at)
    uid = own_id(BINDING, session_id(n), generation)
    text = StaffText(draft.title, draft.block, draft.place, draft.url, draft.starts_at, draft.ends_at)
    return staff_event.build(Mark(session_id(n), KEYS.installation_id, uid), text, NOW).decode()


def seen_of(found: Understood) -> EntrySeen:
    (evidence,) = found.evidence
    assert isinstance(evidence.payload, EntrySeen)
    return evidence.payload


def marked_of(found: Understood) -> MarkedEntrySeen:
    (evidence,) = found.evidence
    assert isinstance(evidence.payload, MarkedEntrySeen)
    return evidence.payload


class TestKeys:
    @pytest.mark.parametrize("rule", [None, "FREQ=DAILY"])
    @pytest.mark.parametrize("kind", KINDS, ids=str)
    def test_cal_2_the_same_bytes_mean_the_same_whenever_they_are_read(self, kind: Kind, rule: str | None) -> None:
        text = staff_ics.event("u", entry(1, kind=kind, rule=rule, title="Support: x"))
        later = replace(MOMENT, read_at=NOW + timedelta(hours=5))
        once, again = read(text), read(text, moment=later)
        assert [e.key for e in once.evidence] == [e.key for e in again.evidence]
        assert once.busy == again.busy

    def test_cal_2_the_key_tells_calendar_event_and_version_apart(self) -> None:
        text = own_text()
        name = own_name(BINDING, session_id(1), 0)
        keys = {e.key for etag in ('"1"', '"2"') for e in read(text, name, etag).evidence}
        keys |= {e.key for e in read(own_text(2), own_name(BINDING, session_id(2), 0)).evidence}
        assert len(keys) == 3

    def test_without_an_etag_the_bytes_are_the_version(self) -> None:
        one, other = read(own_text(at=1), etag=None), read(own_text(at=2), etag=None)
        assert one.evidence[0].key != other.evidence[0].key == read(own_text(at=2), etag=None).evidence[0].key

    def test_each_report_of_a_deletion_has_its_own_key(self) -> None:
        once, again, later = (translate.vanished(BINDING, "x.ics", token, NOW) for token in ("a", "a", "b"))
        assert once.evidence[0].key == again.evidence[0].key != later.evidence[0].key
        assert isinstance(once.evidence[0].payload, EntryGone)
        assert once.evidence[0].subject is None
        assert once.busy is not None
        assert once.busy.gone


class TestPrivacy:
    @pytest.mark.parametrize("moment", [MOMENT, replace(MOMENT, server_invites=True), replace(MOMENT, full=True)])
    @pytest.mark.parametrize("rule", [None, "FREQ=WEEKLY;COUNT=5"])
    @pytest.mark.parametrize("kind", KINDS, ids=str)
    def test_cal_10_nothing_that_a_foreign_event_says_is_kept(
        self, kind: Kind, rule: str | None, moment: Moment
    ) -> None:
        text = staff_ics.event("u", secretive(entry(1, kind=kind, rule=rule)))
        extra = [f"{name}:{CANARY}" for name in ("COMMENT", "CONTACT", "URL", "X-ANYTHING", "RESOURCES", "CONFERENCE")]
        found = read(edited(text, {}, extra), moment=moment)
        assert CANARY in edited(text, {}, extra)
        assert CANARY not in repr(found)

    @given(st.binary(max_size=300))
    def test_cal_9_no_bytes_whatever_stop_the_batch(self, garbage: bytes) -> None:
        found = read(garbage)
        assert found.evidence == ()
        assert found.busy is not None

    @given(st.data())
    def test_cal_9_no_damaged_event_stops_the_batch_or_becomes_free(self, data: st.DataObject) -> None:
        text = staff_ics.event("u", entry(1, title="Lunch", rule="FREQ=DAILY;COUNT=3"))
        lines = staff_ics.unfolded(text)
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.sampled_from(["", lines[at][:7], lines[at] * 2, "RRULE:FREQ=DAILY", "DTSTART:soon"]))
        found = read("\r\n".join(lines))
        assert found.busy is not None
        assert found.busy.item_id == "x.ics"


class TestWhoseItIs:
    def test_cal_11_the_mark_names_the_session(self) -> None:
        found = read(own_text(), own_name(BINDING, session_id(1), 0))
        assert seen_of(found).session_id == session_id(1)
        assert found.busy is not None
        assert found.busy.times == ()

    def test_cal_11_a_program_that_drops_our_marks_leaves_the_event_ours(self) -> None:
        stripped = edited(own_text(), dict.fromkeys(("X-SYNCD-SESSION", "X-SYNCD-INSTALLATION", "X-SYNCD-EVENT")))
        assert "X-SYNCD" not in stripped
        assert seen_of(read(stripped)).session_id == session_id(1)

    def test_cal_12_a_program_that_renames_the_resource_leaves_it_ours(self) -> None:
        assert seen_of(read(own_text(), "another-name.ics")).session_id == session_id(1)

    def test_cal_12_a_copy_is_foreign(self) -> None:
        copy = edited(own_text(), {"UID": ":a-new-uid"})
        found = read(copy, "copy.ics")
        assert found.evidence == ()
        assert found.busy is not None
        assert [t.span for t in found.busy.times] == [own_span(1)]

    def test_cal_12_another_installations_event_is_foreign(self) -> None:
        elsewhere = replace(BINDING, keys=ContractKeys("inst-b", b"other"))
        found = understand(elsewhere, own_name(BINDING, session_id(1), 0), '"1"', own_text().encode(), MOMENT)
        assert found.evidence == ()

    def test_cal_12_a_colleagues_copy_of_an_adopted_event_is_foreign(self) -> None:
        """The server gives an invited colleague the event with the same UID, and hidden properties with it."""
        adopted = _adopted(staff_ics.event("theirs", entry(1, title="Support: x")))
        assert seen_of(read(adopted)).session_id == session_id(1)
        in_bobs = understand(BOB, "x.ics", '"1"', adopted.encode(), MOMENT)
        assert not [e for e in in_bobs.evidence if isinstance(e.payload, EntrySeen)]

    def test_cal_9_an_own_event_that_is_not_understood_does_not_collide_with_itself(self) -> None:
        broken = edited(own_text(), {"DTSTART": ":soon"})
        found = read(broken, own_name(BINDING, session_id(1), 0))
        assert found.busy is not None
        assert (found.busy.unreadable, found.busy.times) == (True, ())

    @pytest.mark.parametrize("generation", [0, 1, 12])
    def test_an_own_name_leads_back_to_its_session(self, generation: int) -> None:
        name = own_name(BINDING, session_id(1), generation)
        assert translate.session_named(BINDING, name) == session_id(1)
        assert translate.session_named(BOB, name) is None
        assert translate.session_named(BINDING, name.replace("-", "-1", 1)) is None


def _adopted(text: str) -> str:
    draft = own_draft(1)
    staff = StaffText(None, draft.block, draft.place, draft.url, draft.starts_at, draft.ends_at)
    mark = Mark(session_id(1), KEYS.installation_id, translate.event_mark(BINDING, "theirs"))
    return staff_event.edit(text.encode(), mark, staff, NOW, ZoneInfo(BINDING.zone)).decode()


class TestWhen:
    """K4: whose change came later turns on it."""

    def test_a_plausible_modification_time_is_taken(self) -> None:
        at = NOW - timedelta(minutes=20)
        text = edited(own_text(), {"LAST-MODIFIED": f":{staff_ics.utc(at)}"})
        found = read(text, moment=replace(MOMENT, since=NOW - timedelta(hours=1)))
        assert seen_of(found).modified_at == at == found.evidence[0].received_at

    @pytest.mark.parametrize("minutes", [-600, -61, 61])
    def test_one_from_the_future_or_from_before_the_last_reading_is_not(self, minutes: int) -> None:
        """Many programs leave LAST-MODIFIED as they found it; it would date staff's change back to ours."""
        text = edited(own_text(), {"LAST-MODIFIED": f":{staff_ics.utc(NOW + timedelta(minutes=minutes))}"})
        moment = replace(MOMENT, since=NOW - timedelta(minutes=50))
        found = read(text, moment=moment)
        assert seen_of(found).modified_at is None
        assert found.evidence[0].received_at == NOW

    def test_a_full_reading_does_not_tell_what_is_long_over(self) -> None:
        text = own_text(at=-100)
        assert read(text, moment=replace(MOMENT, full=True)).evidence == ()
        assert len(read(text).evidence) == 1


class TestMarks:
    def test_k7_only_title_addresses_and_codes_are_kept(self) -> None:
        notes = "Call ACME-4711 or Zoë (zoe@acme.example). The secret word is rosebud, code 12AB."
        found = marked_of(read(staff_ics.event("u", entry(1, title="Support:  Upgrade  ", notes=notes, place="Rm 5"))))
        assert found.title == "Upgrade"
        assert found.emails == ("zoe@acme.example",)
        assert found.codes == ("ACME-4711", "12AB")
        assert "rosebud" not in repr(found)

    @pytest.mark.parametrize("title", ["Supporting cast", "No support: here", "#sessions", "x#session", "Upgrade"])
    def test_k7_what_only_looks_like_a_mark_is_none(self, title: str) -> None:
        assert read(staff_ics.event("u", entry(1, title=title, category="Support sessions"))).evidence == ()

    def test_k7_a_calendar_that_is_only_read_books_nothing(self) -> None:
        text = staff_ics.event("u", entry(1, title="Support: x")).encode()
        assert understand(replace(BINDING, writable=False), "x.ics", '"1"', text, MOMENT).evidence == ()

    @pytest.mark.parametrize("kind", [Kind.CANCELLED])
    def test_k7_a_cancelled_event_books_nothing(self, kind: Kind) -> None:
        assert read(staff_ics.event("u", entry(1, kind=kind, title="Support: x"))).evidence == ()

    def test_k7_what_is_over_books_nothing(self) -> None:
        over = entry(1, title="Support: x")
        over = replace(over, starts_at=NOW - timedelta(days=9), ends_at=NOW - timedelta(days=9, hours=-1))
        assert read(staff_ics.event("u", over)).evidence == ()

    def test_k7_staff_themselves_are_no_contact(self) -> None:
        text = staff_ics.event("u", entry(1, title=f"Support: x {STAFF_EMAIL}", attendees=(STAFF_EMAIL.upper(),)))
        found = marked_of(read(text))
        assert (found.emails, found.attendees) == ((), ())

    @pytest.mark.parametrize(
        ("parameters", "invited"),
        [
            ("", True),
            (";SCHEDULE-STATUS=1.1", True),
            (';SCHEDULE-STATUS="2.0;Success"', True),
            (";SCHEDULE-STATUS=3.7", False),
            (";SCHEDULE-STATUS=5.1", False),
            (";SCHEDULE-AGENT=CLIENT", False),
            (";SCHEDULE-AGENT=NONE", False),
            (";SCHEDULE-AGENT=server", True),
        ],
    )
    def test_cal_21_the_server_has_invited_whom_it_says(self, parameters: str, invited: bool) -> None:
        text = staff_ics.event("u", entry(1, title="Support: x", attendees=("carl@acme.example",)))
        text = text.replace("ATTENDEE;CN=Guest", f"ATTENDEE;CN=Guest{parameters}")
        assert marked_of(read(text, moment=replace(MOMENT, server_invites=True))).provider_invites is invited
        assert not marked_of(read(text)).provider_invites

    def test_cal_21_the_server_of_another_organizer_has_not_invited_for_us(self) -> None:
        text = staff_ics.event("u", entry(1, title="Support: x", attendees=("carl@acme.example",)))
        text = text.replace(f"ORGANIZER:mailto:{STAFF_EMAIL}", "ORGANIZER:mailto:boss@elsewhere.example")
        assert not marked_of(read(text, moment=replace(MOMENT, server_invites=True))).provider_invites


def test_a_task_takes_nobodys_time() -> None:
    todo = staff_ics.calendar("BEGIN:VTODO\nUID:t\nDTSTAMP:20260301T000000Z\nDUE:20260305T100000Z\nEND:VTODO")
    found = read(todo)
    assert found.busy is not None
    assert (found.busy.times, found.busy.unreadable) == ((), False)


def test_cal_9_what_is_not_understood_is_busy_for_the_widest_span_it_shows() -> None:
    text = edited(staff_ics.event("u", entry(1)), {"DTEND": f":{staff_ics.utc(hour(4))}"}, ["RRULE:FREQ=NEVERLY"])
    found = read(text)
    assert found.busy is not None
    assert found.busy.unreadable
    assert [t.span for t in found.busy.times] == [Span(hour(1), hour(4))]


def test_cal_9_what_shows_no_time_is_busy_for_its_day() -> None:
    found = read("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n")
    assert found.busy is not None
    (time,) = found.busy.times
    assert time.span.holds(NOW)
    assert time.span.length == timedelta(days=1)


def test_busy_time_asked_live_leaves_own_events_out() -> None:
    asked = Span(hour(0), hour(9))
    assert translate.busy_spans(BINDING, own_name(BINDING, session_id(1), 0), own_text().encode(), asked) == ()
    foreign = staff_ics.event("u", StaffEntry(hour(2), hour(3))).encode()
    assert translate.busy_spans(BINDING, "x.ics", foreign, asked) == (Span(hour(2), hour(3)),)
    assert translate.busy_spans(BINDING, "x.ics", b"BEGIN:VEVENT", asked) == (asked,)
