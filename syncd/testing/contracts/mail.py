"""Does this connector keep the contract of `MailOut` (ports/mail.py; spec/invitations.md 1, Outcomes; N5)?

Subclass `MailOutContract` and give it a fixture `world`: a MailOut and the server behind it, with its fault knobs.
"""

from __future__ import annotations

import threading
from typing import Protocol

import pytest

from syncd.ports.errors import OutcomeUnknown, Permanent, Retryable
from syncd.ports.mail import Envelope, MailOut

THREADS = 8

MESSAGE = (
    b"From: desk@desk.example\r\nTo: ada@customer.example\r\nSubject: One\r\nMessage-ID: <one@desk.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b".a line that begins with a dot\r\n..and one with two\r\n.\r\n" + b"x" * 990 + b"\r\n\r\nthe end \r\n"
)


class MailWorld(Protocol):
    """A MailOut and the server it talks to."""

    out: MailOut

    def accepted(self) -> list[Envelope]:
        """What the server took, in order, with its envelope."""
        ...

    def refuse_next(self, *, for_good: bool) -> None:
        """The next message is refused: 4xx, or 5xx."""
        ...

    def lose_next_answer(self) -> None:
        """The next message is taken, and the connection is lost before the server says so."""
        ...

    def drop_connections(self) -> None:
        """Close every connection that is open now; the server stays."""
        ...

    def go_away(self) -> None:
        """No connection from now on."""
        ...

    def come_back(self) -> None: ...


def envelope(number: int = 1, recipient: str = "ada@customer.example") -> Envelope:
    message = MESSAGE.replace(b"<one@", f"<{number}@".encode())
    return Envelope("desk@desk.example", recipient, message)


class MailOutContract:
    @pytest.fixture
    def world(self) -> MailWorld:
        raise TypeError("give the suite your mail server: override the fixture `world`")

    def test_a_message_arrives_byte_for_byte_and_the_server_says_so(self, world: MailWorld) -> None:
        assert world.out.send(envelope())
        assert world.accepted() == [envelope()]

    def test_each_message_is_a_transaction_of_its_own(self, world: MailWorld) -> None:
        sent = [envelope(1), envelope(2, "bernd@customer.example"), envelope(3)]
        for each in sent:
            world.out.send(each)
        assert world.accepted() == sent

    def test_the_same_message_sent_again_is_the_same_message(self, world: MailWorld) -> None:
        world.out.send(envelope())
        world.out.send(envelope())
        assert world.accepted() == [envelope(), envelope()]

    def test_what_may_succeed_later_is_retryable_and_then_does(self, world: MailWorld) -> None:
        world.refuse_next(for_good=False)
        with pytest.raises(Retryable):
            world.out.send(envelope())
        assert world.accepted() == []
        world.out.send(envelope())
        assert world.accepted() == [envelope()]

    def test_what_is_refused_for_good_is_permanent_with_a_hint_and_stops_nothing_else(self, world: MailWorld) -> None:
        world.refuse_next(for_good=True)
        with pytest.raises(Permanent) as refused:
            world.out.send(envelope())
        assert refused.value.hint
        world.out.send(envelope(2))
        assert world.accepted() == [envelope(2)]

    def test_an_answer_lost_after_the_final_dot_is_an_unknown_outcome(self, world: MailWorld) -> None:
        world.lose_next_answer()
        with pytest.raises(OutcomeUnknown):
            world.out.send(envelope())
        world.out.send(envelope())
        assert world.accepted() == [envelope(), envelope()], "it had happened; the repeat is the same bytes"

    def test_a_connection_lost_between_two_messages_loses_neither(self, world: MailWorld) -> None:
        world.out.send(envelope(1))
        world.drop_connections()
        world.out.send(envelope(2))
        assert world.accepted() == [envelope(1), envelope(2)]

    def test_no_connection_is_retryable_until_the_server_is_back(self, world: MailWorld) -> None:
        world.go_away()
        for attempt in (lambda: world.out.send(envelope()), world.out.probe):
            with pytest.raises(Retryable):
                attempt()
        world.come_back()
        world.out.send(envelope())
        assert world.accepted() == [envelope()]

    def test_many_threads_send_at_once_and_each_message_arrives_once(self, world: MailWorld) -> None:
        sent = [envelope(number) for number in range(THREADS * 5)]
        failed: list[BaseException] = []

        def work(share: list[Envelope]) -> None:
            try:
                for each in share:
                    world.out.send(each)
            except BaseException as error:  # noqa: BLE001 - reported below, in the test's own thread
                failed.append(error)

        threads = [threading.Thread(target=work, args=(sent[place::THREADS],)) for place in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failed == []
        assert sorted(world.accepted(), key=lambda e: e.message) == sorted(sent, key=lambda e: e.message)

    def test_a_probe_tells_short_facts_and_sends_nothing(self, world: MailWorld) -> None:
        facts = world.out.probe()
        assert facts
        assert all(facts)
        assert world.accepted() == []
