"""An attendee's own way into the room, asked for before a mail is composed (CON-11)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CustomerMail, Effect, SessionFacts
from syncd.domain.letters import Letter
from syncd.engine.compose import compose
from syncd.engine.links import open_attendee_token, open_session_token
from syncd.engine.ways import WAITS_MAX, Ways
from syncd.ports.errors import Misconfigured, Permanent, Retryable, SyncdError
from syncd.testing import builders as make
from syncd.testing.contracts.calendar_world import ContractKeys

KEYS = ContractKeys()
MINE = "https://meet.example/w/500554260?tk=carol"


@dataclass
class Registrar:
    """One room's, which fails as it is told."""

    error: SyncdError | None = None
    registers: frozenset[str] = frozenset({"room-1"})
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def register(self, room_id: str, email: str, name: str) -> str:
        self.asked.append((room_id, email, name))
        if self.error is not None:
            raise self.error
        return MINE


def desk() -> Desk:
    return make.desk(rooms=(make.room(), make.room("room-2", join=make.join_data(join_url="https://meet.example/2"))))


def effect(letter: Letter = Letter.INVITATION, **facts: Any) -> Effect:
    made = make.mail_effect(letter=letter)
    assert isinstance(made.body, CustomerMail)
    assert made.body.facts is not None
    return replace(made, body=replace(made.body, facts=replace(made.body.facts, **facts)))


@dataclass
class Front:
    """Whose links name the attendee; `error`: its secret cannot be read."""

    error: SyncdError | None = None
    opens: frozenset[str] = frozenset({"room-1"})

    def join_url(self, room_id: str, token: str, name: str) -> str:
        if self.error is not None:
            raise self.error
        return f"https://meet.example/{room_id}?name={name}&id={token}"


def facts_of(made: Effect) -> SessionFacts:
    assert isinstance(made.body, CustomerMail)
    assert made.body.facts is not None
    return made.body.facts


def url_of(made: Effect) -> str:
    join = facts_of(made).join
    assert join is not None
    return join.join_url


def test_the_mail_leads_in_by_the_recipients_own_link_alone() -> None:
    registrar, plain = Registrar(), effect()
    own = Ways({"room-1": registrar}).own(plain, desk(), KEYS, 1)
    assert isinstance(plain.body, CustomerMail)
    assert registrar.asked == [("room-1", plain.body.to.email, plain.body.to.name)]
    assert replace(own, body=plain.body) == plain, "nothing else of the effect changes"
    mail = compose(own, desk(), KEYS).replace(b"=\r\n", b"").replace(b"=3D", b"=").replace(b"\r\n ", b"")
    assert MINE.encode() in mail
    assert url_of(plain).encode() + b"\r\n" not in mail


@pytest.mark.parametrize(
    "other",
    [
        effect(Letter.CANCELLATION),
        effect(Letter.OUTCOME),
        effect(channel=Channel.PHONE),
        effect(join=None),
        effect(join=make.join_data(join_url="https://meet.example/2")),
        make.put_effect(),
    ],
)
def test_nobody_is_registered_for_what_leads_into_no_such_room(other: Effect) -> None:
    registrar = Registrar()
    assert Ways({"room-1": registrar}).own(other, desk(), KEYS, 1) is other
    assert registrar.asked == []


def test_a_mail_waits_some_seconds_for_an_address_and_then_goes_without() -> None:
    ways, plain = Ways({"room-1": Registrar(Retryable("down"))}), effect()
    for attempts in range(1, WAITS_MAX + 1):
        with pytest.raises(Retryable):
            ways.own(plain, desk(), KEYS, attempts)
    assert ways.own(plain, desk(), KEYS, WAITS_MAX + 1) is plain


@pytest.mark.parametrize("error", [Misconfigured("no", hint="do"), Permanent("no")])
def test_a_refusal_holds_no_mail_up(error: SyncdError) -> None:
    plain = effect()
    assert Ways({"room-1": Registrar(error)}).own(plain, desk(), KEYS, 1) is plain


def test_where_the_room_takes_our_word_each_attendee_comes_in_under_a_token() -> None:
    ways, plain = Ways(doors={"room-1": Front()}), effect()
    reader = make.attendee()
    url = url_of(ways.own(plain, desk(), KEYS, 1))
    token = url.rpartition("=")[2]
    opened = open_attendee_token(KEYS, token)
    assert opened is not None
    assert opened[0] == facts_of(plain).session_id
    assert open_session_token(KEYS, token) is None, (
        "whoever runs the room sees it, and must not open the session's page"
    )
    shown = ways.shown(facts_of(plain), reader, desk(), KEYS).join
    other = ways.shown(facts_of(plain), replace(reader, email="other@acme.example"), desk(), KEYS).join
    assert shown is not None
    assert other is not None
    assert shown.join_url == url
    assert other.join_url != url


@pytest.mark.parametrize("facts", [{"channel": Channel.PHONE}, {"join": None}])
def test_what_leads_into_no_room_is_shown_as_it_is(facts: dict[str, Any]) -> None:
    plain = effect(**facts)
    ways = Ways(doors={"room-1": Front()})
    assert ways.shown(facts_of(plain), make.attendee(), desk(), KEYS) is facts_of(plain)
    assert ways.own(plain, desk(), KEYS, 1) is plain


def test_without_its_secret_the_rooms_own_link_is_shown() -> None:
    plain, ways = effect(), Ways(doors={"room-1": Front(Misconfigured("no secret", hint="bring it"))})
    assert ways.own(plain, desk(), KEYS, 1) is plain
