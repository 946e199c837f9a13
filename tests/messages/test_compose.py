"""What exactly is sent? Links, names and bytes of an effect: its own, unguessable, and always the same."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest

from syncd.domain.desk import Channel
from syncd.domain.effect import CalendarLook, CalendarRemove, EffectBody
from syncd.domain.letters import Cause, Letter, TextLetter
from syncd.domain.session import Choice, EntryRef, QuestionKind
from syncd.engine.compose import compose, draft_of, reply_address, session_links
from syncd.engine.links import is_mailed, open_session_token, session_token
from syncd.messages import customer
from syncd.ports.calendar import EventDraft
from syncd.ports.errors import Permanent
from syncd.runtime.keys import InstallationKeys
from tests.messages import notices, samples
from tests.messages.composing import KEYS, composed, effect

LINK = re.compile(r"/s/([\w.-]+)")
OTHER_KEYS = InstallationKeys(["another-installation-another-installation-1"])
BODIES: dict[str, EffectBody] = {
    **samples.customer_mails(),
    **notices.staff_mails(),
    **notices.operator_mails(),
    **notices.entries(),
}


def text_of(raw: bytes) -> str:
    part = next(p for p in message_from_bytes(raw).walk() if p.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


@pytest.mark.parametrize("name", BODIES)
def test_the_same_effect_is_always_the_same_bytes(name: str) -> None:
    assert composed(BODIES[name]) == composed(BODIES[name])


def test_a_link_opens_to_its_session_and_recipient_and_to_nothing_else() -> None:
    text = text_of(composed(samples.mail(Letter.INVITATION, Cause.BOOKED)))
    (token,) = set(re.findall(r"https://sessions\.desk\.example/s/([\w.-]+)", text))
    assert token == session_token(KEYS, "session-1", "ada@customer.example", mailed=True)
    (session_id, tag) = open_session_token(KEYS, token) or ("", "")
    assert (session_id, "ada" in tag) == ("session-1", False)  # PRV-2
    assert KEYS.open("question", token) is None
    assert open_session_token(OTHER_KEYS, token) is None
    for page in ("", "/cancel", "/reschedule"):
        assert f"/s/{token}{page}\n" in text.replace("\r\n", "\n")


def test_only_a_mail_carries_the_link_whose_press_proves_an_address() -> None:
    """E11: what others read as well, or what a text brings, opens the same page and proves nothing."""
    mails = " ".join(text_of(composed(body)) for body in samples.customer_mails().values())
    others = [draft_of(composed(body)).block for body in notices.entries().values()]
    others += [composed(samples.text(letter, samples.ADA)).decode() for letter in TextLetter]
    assert {is_mailed(KEYS, token) for token in LINK.findall(mails)} == {True}
    assert {is_mailed(KEYS, token) for token in LINK.findall(" ".join(others))} == {False}


def test_two_recipients_have_links_and_reply_addresses_of_their_own() -> None:
    desk = samples.DESK
    ada, bernd = (session_links(desk, KEYS, "session-1", a.email) for a in (samples.ADA, samples.BERND))
    assert ada.session != bernd.session
    replies = {
        reply_address(desk, KEYS, session, a.email) for session in ("1", "2") for a in (samples.ADA, samples.BERND)
    }
    assert len(replies) == 4
    assert all(re.fullmatch(r"support\+[a-z2-7]{16}@desk\.example", reply) for reply in replies)


def test_a_question_is_answered_by_links_that_name_subject_question_and_staff() -> None:
    text = text_of(composed(notices.question(QuestionKind.VANISHED)))
    links = re.findall(r"https://sessions\.desk\.example/q/([\w.-]+)\?choice=(\w+)", text)
    assert [choice for _, choice in links] == [Choice.CANCEL, Choice.RESTORE]
    assert {KEYS.open("question", token) for token, _ in links} == {("session:session-1", "vanished-1", "dana")}


def test_every_later_mail_belongs_to_the_recipients_first_invitation() -> None:
    first = message_from_bytes(composed(samples.mail(Letter.INVITATION, Cause.BOOKED)))["Message-ID"]
    for name, mail in samples.customer_mails().items():
        found = message_from_bytes(composed(mail))
        if mail.letter in customer.CALL_LETTERS:
            assert found["In-Reply-To"] is None, "nobody was invited to a call"
        elif mail.facts is not None and mail.letter is not Letter.INVITATION:
            assert found["In-Reply-To"] == first, name
            assert found["References"].split()[0] == first
            assert found["Message-ID"] != first


def test_a_cancellation_names_the_update_before_it() -> None:
    update = message_from_bytes(composed(samples.mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER)))
    cancellation = message_from_bytes(composed(samples.mail(Letter.CANCELLATION, Cause.CANCELLED_BY_CUSTOMER)))
    assert cancellation["References"].split()[-1] == update["Message-ID"]


def test_a_copy_and_a_second_reminder_are_messages_of_their_own() -> None:
    invitation = samples.mail(Letter.INVITATION, Cause.BOOKED)
    reminder = samples.mail(Letter.REMINDER_LAST, Cause.DUE)
    mails = [
        invitation,
        replace(invitation, ordinal=1),
        reminder,
        replace(reminder, issued_at=reminder.issued_at + timedelta(hours=1)),
        samples.mail(Letter.REMINDER_FIRST, Cause.DUE),
        replace(invitation, to=samples.BERND),
    ]
    assert len({message_from_bytes(composed(mail))["Message-ID"] for mail in mails}) == len(mails)


@pytest.mark.parametrize("name", [name for name, mail in samples.customer_mails().items() if not mail.method])
def test_what_is_no_calendar_mail_carries_no_calendar(name: str) -> None:
    kinds = [part.get_content_type() for part in message_from_bytes(composed(samples.customer_mails()[name])).walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_a_calendar_write_is_frozen_as_the_draft_that_the_connector_gets() -> None:
    put = notices.entries()["entry-invited"]
    draft = draft_of(compose(effect(put), samples.DESK, KEYS))
    assert draft == EventDraft(
        session_id="session-1",
        title="Analytical Engines, Inc. · Ada Lovelace",
        block=draft.block,
        place=samples.JOIN.join_url,
        url=samples.JOIN.join_url,
        starts_at=samples.FACTS.starts_at,
        ends_at=samples.FACTS.ends_at,
        generation=0,
        adopted=True,
        notify=True,
    )


def test_an_entry_for_staff_has_the_hosts_link_and_one_that_the_customer_reads_has_not() -> None:
    own, invited = (draft_of(composed(notices.entries()[name])).block for name in ("entry", "entry-invited"))
    assert "host/secret" in own
    assert all(each in own for each in ("Analytical Engines", "ada@customer.example", "row 4,711", "500 554 260#"))
    for private in ("host/secret", "bernd@", "+1 202-555-0143", "ada@customer.example\n"):
        assert private not in invited
    assert "/cancel" in invited
    assert "until 08:55 EST" in invited


def test_an_entry_never_bears_the_desks_own_mark() -> None:
    """A copy of it would be taken for a session that staff marked (CAL-12, K7)."""
    marks = samples.DESK.marks
    for put in notices.entries().values():
        draft = draft_of(composed(put))
        assert not draft.title.casefold().startswith(marks.title_prefix.casefold())
        assert marks.tag not in draft.title + draft.block


@pytest.mark.parametrize("name", ["#noshow Ada", "Ada #session", "support: Ada"])
def test_a_name_that_a_customer_typed_is_no_tag_and_no_mark(name: str) -> None:
    booker = samples.after_attendee(name=name)
    put = notices.entries()["entry"]
    facts = samples.after(put.facts, booker=booker, attendees=(booker,), company_name="Support: Ltd #attended")
    draft = draft_of(composed(replace(put, facts=facts)))
    assert "#" not in draft.title
    assert not draft.title.casefold().startswith(samples.DESK.marks.title_prefix.casefold())


def test_acts_without_content_are_composed_to_nothing() -> None:
    ref = EntryRef("dana-calendar", "event-1")
    for body in (CalendarRemove("dana-calendar", "session-1", ref), CalendarLook("dana-calendar", "session-1", ref)):
        assert compose(effect(body), samples.DESK, KEYS) == b""


def test_the_frozen_draft_is_json_that_a_later_version_can_read() -> None:
    frozen = json.loads(composed(notices.entries()["entry-phone"]))
    assert samples.PHONE_FACTS.channel is Channel.PHONE
    assert frozen["starts_at"] == "2026-12-01T15:00:00+00:00"
    assert frozen["place"] == "+1 571-317-3122, Conference ID 500 554 260#"


def test_an_address_that_cannot_be_written_is_put_before_a_person() -> None:
    with pytest.raises(Permanent, match="address"):
        composed(samples.mail(Letter.INVITATION, Cause.BOOKED, to=samples.after_attendee(email="ädа@customer.example")))
