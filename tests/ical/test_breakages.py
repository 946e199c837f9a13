"""Does a test fail when a rule is broken? The builder itself is broken, one small change at a time, and the checker
must name the rule (docs/invitations.md has the table)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from types import ModuleType

import pytest

from syncd.domain.effect import CustomerMail
from syncd.domain.evidence import CancelRequested, RescheduleRequested, RestoreRequested
from syncd.domain.letters import Cause, Letter
from syncd.domain.people import Side
from tests.ical import inv, oracles
from tests.ical.breakages import BREAKAGES, INCOMING, NOT_BUILT, Breakage, broken, shown_by
from tests.ical.test_oracles import agrees
from tests.messages import samples
from tests.messages.composing import KEYS, composed, effect, truth

TYPED = samples.after_attendee(name='Ada "Countess": L\u00f6velace; ^ x')
FACTS = samples.after(
    samples.FACTS,
    booker=TYPED,
    attendees=(TYPED, samples.BERND),
    issue="bell\x07, back\\slash; and\ntwo lines " + "\u6f22\u5b57" * 60,
)
"""What people type, so that each change can do its harm."""
INVITATION = samples.mail(Letter.INVITATION, Cause.BOOKED, FACTS, TYPED)
MAILS = [
    INVITATION,
    replace(samples.mail(Letter.UPDATE, Cause.MOVED_BY_CUSTOMER, FACTS, TYPED), partstat="ACCEPTED"),
    samples.mail(Letter.CANCELLATION, Cause.CANCELLED_BY_STAFF, FACTS, TYPED),
]
Import = Callable[[str], ModuleType]


def named(test: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("breakage", [b for b in BREAKAGES if shown_by(b.rule) == test], ids=str)


def made(imported: Import, mail: CustomerMail) -> bytes:
    raw: bytes = imported("syncd.engine.compose").compose(effect(mail), samples.DESK, KEYS)
    return raw


@named("test_a_mail_by_a_broken_builder_breaks_the_rule")
def test_a_mail_by_a_broken_builder_breaks_the_rule(breakage: Breakage) -> None:
    with broken(breakage) as imported:
        found = (inv.rules(inv.check(made(imported, mail), truth(mail))) for mail in MAILS)
        assert any(breakage.rule in rules for rules in found)


def life(imported: Import) -> list[bytes]:
    """Booked, moved, given to a colleague, cancelled, brought back: the calendar mails that one customer gets."""
    play = imported("tests.policy.play")
    later = play.NOW + timedelta(days=1)
    here = play.booked(later)
    moved, carl = later + samples.HOUR, play.CARL.email
    for payload in (
        RescheduleRequested("link", Side.CUSTOMER, moved, "dana", play.asked(moved, "dana"), carl),
        RescheduleRequested("link", Side.CUSTOMER, moved, "emil", play.asked(moved, "emil"), carl),
        CancelRequested("link", Side.CUSTOMER, carl),
        RestoreRequested("link", Side.CUSTOMER, play.asked(moved, "emil")),
    ):
        here.now += timedelta(minutes=1)
        assert here.answers(payload).accepted
        here.performs()
    sent = [body for body in (effect.body for effect, _ in here.effects.values()) if getattr(body, "method", None)]
    assert len(sent) == 5
    compose = imported("syncd.engine.compose").compose
    return [compose(effect(body), here.desk, KEYS) for body in sent]


def test_a_life_by_the_builder_as_it_is_breaks_no_rule() -> None:
    assert inv.check_life(life(import_module)) == []


@named("test_a_life_by_a_broken_builder_breaks_the_rule")
def test_a_life_by_a_broken_builder_breaks_the_rule(breakage: Breakage) -> None:
    with broken(breakage) as imported:
        assert breakage.rule in inv.rules(inv.check_life(life(imported)))


@named("test_taking_one_off_by_a_broken_builder_breaks_the_rule")
def test_taking_one_off_by_a_broken_builder_breaks_the_rule(breakage: Breakage) -> None:
    with broken(breakage) as imported:
        ical = imported("syncd.ical.compose")
        desk, url = samples.DESK, samples.JOIN.join_url
        invite = ical.Invite(desk.organizer, desk.name, "Support", "words", url, url, uninvited=True)
        ics = ical.calendar_object(MAILS[-1], invite)
    assert inv.rules(inv.check_ics(ics, truth(MAILS[-1], uninvited=True))) == {breakage.rule}


@named("test_a_broken_builder_composes_twice_and_differs")
def test_a_broken_builder_composes_twice_and_differs(breakage: Breakage) -> None:
    assert inv.check_same(composed(INVITATION), composed(INVITATION)) == []
    with broken(breakage) as imported:
        twice = [made(imported, INVITATION) for _ in range(2)]
    assert inv.rules(inv.check_same(*twice)) == {breakage.rule}


@named("test_readers_refuse_what_a_broken_builder_writes")
def test_readers_refuse_what_a_broken_builder_writes(breakage: Breakage) -> None:
    agrees(oracles.pypi_ical(inv.ics_of(composed(INVITATION))), INVITATION)
    with broken(breakage) as imported:
        raw = made(imported, INVITATION)
    with pytest.raises(AssertionError):
        agrees(oracles.pypi_ical(inv.ics_of(raw)), INVITATION)


def test_every_rule_of_what_we_send_has_a_breakage() -> None:
    assert {b.rule for b in BREAKAGES} == set(range(1, 45)) - NOT_BUILT - INCOMING


def test_what_was_broken_is_whole_again() -> None:
    with broken(BREAKAGES[0]) as imported:
        assert made(imported, INVITATION) != composed(INVITATION)
        whole = imported("syncd.engine.compose")
    assert import_module("syncd.engine.compose") is not whole
    assert made(import_module, INVITATION) == composed(INVITATION)
