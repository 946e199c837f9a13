"""Are mails kept as they came, and found again by the names of ours? (INV-43, INV-44, ATT-7; spec/invitations.md 4)"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from syncd.domain.attendance import InboxHealth
from syncd.domain.case import Case, RequestCase, SessionCase
from syncd.domain.correspondence import RequestReceived, WordsReceived
from syncd.domain.decision import Decision
from syncd.domain.evidence import Evidence
from syncd.domain.keys import request_key
from syncd.domain.request import Request
from syncd.ports.source import Batch, Raw
from syncd.ports.store import SentMail
from syncd.testing import builders as make
from syncd.testing.contracts.store_setting import S1, StoreSuite, StoreWorld

BOX = "mailbox"
WORDS = WordsReceived("carol@acme.example", "Hello", "there")


def raw(key: str, unreadable: str = "", minutes: float = 0) -> Raw:
    return Raw(key, make.at(minutes), f"bytes of {key}".encode(), unreadable)


def letter(key: str, minutes: float = 0) -> Evidence:
    return Evidence(key, BOX, make.at(minutes), WORDS, S1)


class LettersContract(StoreSuite):
    def test_bytes_evidence_and_cursor_are_one_commit_and_once(self, world: StoreWorld) -> None:
        world.book()
        before = world.commits()
        batch = Batch((letter("m1"),), cursor="1", raw=(raw("m1"), raw("m2", "too deep")))
        assert world.store.absorb(BOX, batch, make.NOW) == 1
        assert world.commits() == before + 1
        assert world.store.absorb(BOX, replace(batch, cursor="2"), make.at(1)) == 0
        assert world.store.unreadable(BOX) == (raw("m2", "too deep"),)
        assert world.store.unreadable("another") == ()

    def test_what_a_later_version_understands_is_put_aside_no_longer(self, world: StoreWorld) -> None:
        world.book()
        world.store.absorb(BOX, Batch(cursor="1", raw=(raw("m2", "too deep"),)), make.NOW)
        assert world.store.keep_read(BOX, Batch((letter("m2"),), raw=(raw("m2"),)), make.at(1)) == 1
        assert world.store.unreadable(BOX) == ()
        assert world.store.source(BOX).cursor == "1"
        assert world.store.due(make.at(1), 10) == [S1]
        world.store.absorb(BOX, Batch(cursor="2", raw=(raw("m2", "too deep"),)), make.at(2))
        assert world.store.unreadable(BOX) == (), "what was understood once stays understood"

    def test_an_answer_is_known_by_the_names_of_what_was_sent(self, world: StoreWorld) -> None:
        effect = make.mail_effect()
        world.book(None, effect)
        (claimed,) = world.claim()
        world.store.freeze(claimed, b"bytes", ("message-1", "tag-1"))
        world.store.freeze(claimed, b"other bytes", ("message-2",))
        sent = SentMail("tag-1", S1, effect.recipient)
        assert world.store.sent_under(("unknown", "tag-1", "message-2")) == (sent,)
        assert world.store.sent_under(()) == ()

    def test_a_session_is_found_by_its_uid(self, world: StoreWorld) -> None:
        world.book()
        assert world.store.session_of_uid(make.session().uid) == "s1"
        assert world.store.session_of_uid("another") is None
        assert world.store.session_of_uid("") is None

    def test_a_decision_sees_how_far_mail_is_read_and_what_of_it_is_not(self, world: StoreWorld) -> None:
        desk = make.desk(inboxes=(BOX, "texts"))
        world.store.adopt(desk, make.terms(), make.NOW)
        world.book()
        old = raw("m0", "too deep", -90 * 24 * 60)
        world.store.absorb(BOX, Batch(cursor="1", raw=(old, raw("m1", "too deep", 5))), make.at(10))
        world.store.absorb(BOX, Batch(cursor="1"), make.at(12))
        in_its_window = make.START + timedelta(minutes=20)
        seen: list[tuple[InboxHealth, ...]] = []

        def look(case: Case, now: datetime) -> Decision:
            assert isinstance(case, SessionCase)
            seen.append(case.consulted.inboxes)
            return Decision(case.key, now)

        world.store.settle(S1, look, make.at(13))
        world.store.settle(S1, look, in_its_window)
        assert seen == [(), (InboxHealth(BOX, make.at(12), 1), InboxHealth("texts"))]  # before, no verdict rests on it

    def test_when_mail_was_read_is_written_often_enough_to_rest_a_verdict_on(self, world: StoreWorld) -> None:
        world.store.adopt(make.desk(inboxes=(BOX,)), make.terms(), make.NOW)
        world.store.absorb(BOX, Batch(cursor="1"), make.NOW)
        before = world.commits()
        for minute in range(1, 16):
            world.store.absorb(BOX, Batch(cursor="1"), make.at(minute))
        assert 2 <= world.commits() - before <= 4

    def test_a_request_s_decision_sees_its_writer_s_people_and_other_requests(self, world: StoreWorld) -> None:
        asked = RequestReceived("mail", "carol@acme.example", company_id="acme", contact_id="carol")
        seen: list[RequestCase] = []

        def take(case: Case, now: datetime) -> Decision:
            assert isinstance(case, RequestCase)
            seen.append(case)
            state = case.request or Request(case.request_id, "mail", asked.sender, case.fresh[0].received_at)
            return Decision(case.key, now, state=state)

        for number, minutes in (("r1", 0.0), ("r2", 60.0), ("r3", 26 * 60.0)):
            key = request_key(number)
            evidence = Evidence(f"asked-{number}", BOX, make.at(minutes), asked, key)
            world.store.settle(key, take, make.at(minutes), (evidence,))
        assert [case.lately for case in seen] == [0, 1, 0]
        world.store.settle(request_key("r2"), take, make.at(60) + timedelta(hours=1))
        assert seen[-1].lately == 1
