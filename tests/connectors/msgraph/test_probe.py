"""What does `syncd doctor` tell of each thing that can be wrong? The cause, and what to do (issue, item 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.ports.errors import Misconfigured, Retryable
from syncd.testing.contracts.calendar_acts import Adds, Answers, Skewed
from syncd.testing.contracts.calendar_setting import entry
from tests.connectors.msgraph.world import GraphWorld
from tests.simulators.graph.mailbox import Mailbox


def refusing(number: int) -> Callable[[GraphWorld], None]:
    def act(world: GraphWorld) -> None:
        world.simulator.entra.refusal = number

    return act


def with_settings(**settings: Any) -> Callable[[GraphWorld], None]:
    def act(world: GraphWorld) -> None:
        world.settings = settings

    return act


def answering(status: int, code: str) -> Callable[[GraphWorld], None]:
    def act(world: GraphWorld) -> None:
        world.suffers(Answers(status))
        world.graph.knobs.code = code

    return act


def addressed(address: str) -> Callable[[GraphWorld], None]:
    def act(world: GraphWorld) -> None:
        world.address = address

    return act


def wrong_secret(world: GraphWorld) -> None:
    world.credentials["graph"] = "wrong"


def granted_only(*roles: str) -> Callable[[GraphWorld], None]:
    def act(world: GraphWorld) -> None:
        world.simulator.entra.roles = roles

    return act


def kept_out(world: GraphWorld) -> None:
    world.graph.denied.add(world.mailbox.address)


def on_premises(world: GraphWorld) -> None:
    world.graph.unlicensed.add(world.mailbox.address)


def read_only(world: GraphWorld) -> None:
    world.mailbox.calendars[world.mailbox.default].can_edit = False


def with_stranger(world: GraphWorld) -> None:
    world.graph.elsewhere = f"https://127.0.0.1:{world.simulator.stranger.port}"
    world.graph.knobs.elsewhere = True


BROKEN: dict[str, tuple[Callable[[GraphWorld], None], str, str]] = {
    "wrong tenant": (with_settings(tenant="nobody.example"), "no tenant", "`tenant`"),
    "wrong application": (with_settings(client_id="0000"), "AADSTS700016", "client_id"),
    "wrong secret": (wrong_secret, "secret is wrong (AADSTS7000215)", "not its id"),
    "lapsed secret": (refusing(7000222), "lapsed (AADSTS7000222)", "new one"),
    "wrong certificate": (refusing(700027), "AADSTS700027", "Upload"),
    "clock off": (refusing(700024), "AADSTS700024", "clock"),
    "disabled application": (refusing(7000112), "AADSTS7000112", "Enable"),
    "no consent": (refusing(65001), "AADSTS65001", "administrator"),
    "tokens for another cloud": (refusing(500011), "AADSTS500011", "`base_url`"),
    "some other refusal": (refusing(99), "AADSTS99", "registration"),
    "permission missing": (granted_only("Mail.Read"), "Calendars.ReadWrite is missing", "Calendars.ReadWrite"),
    "permission to read alone": (granted_only("Calendars.Read"), "Calendars.ReadWrite is missing", "administrator"),
    "kept out of the mailbox": (kept_out, "ErrorAccessDenied", "access policy"),
    "no such mailbox": (addressed("nobody@desk.example"), "ErrorInvalidUser", "mailbox"),
    "mailbox on premises": (on_premises, "MailboxNotEnabledForRESTAPI", "`exchange`"),
    "no such calendar": (addressed("ada@desk.example/AAMkAG-none"), "ErrorItemNotFound", "no such calendar"),
    "calendar only read": (read_only, "may be read and not changed", "right to edit"),
    "another cloud's tokens": (answering(401, "InvalidAuthenticationToken"), "refused twice", "same cloud"),
    "redirected": (with_stranger, "redirect", "base_url"),
    "untrusted certificate": (with_settings(ca_file=None), "not trusted", "ca_file"),
    "no ca file": (with_settings(ca_file="none.pem"), "cannot be read", "PEM"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_doctor_names_the_cause_and_what_to_do(world: GraphWorld, what: str) -> None:
    breaks, cause, hint = BROKEN[what]
    breaks(world)
    with pytest.raises(Misconfigured) as caught:
        world.calendar().probe()
    assert cause in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize("setting", ["authority", "base_url"])
def test_a_host_that_cannot_be_reached_may_be_tried_again(world: GraphWorld, setting: str) -> None:
    world.settings = {setting: f"https://127.0.0.1:1{'/v1.0' if setting == 'base_url' else ''}"}
    if setting == "base_url":
        world.simulator.entra.resource = "https://127.0.0.1:1"
    with pytest.raises(Retryable) as caught:
        world.calendar().probe()
    assert "127.0.0.1:1 cannot be reached" in str(caught.value)
    assert "firewall" in caught.value.hint


def test_a_sound_calendar_tells_its_facts(world: GraphWorld) -> None:
    world.staff(Adds(entry(1)))
    assert world.calendar().probe() == ("signed in", "calendar found", "1 entries read about today")


def test_a_clock_that_is_off_is_a_fact(world: GraphWorld) -> None:
    world.suffers(Skewed(timedelta(minutes=-10)))
    assert "this machine's clock is +600 s off Graph's" in world.calendar().probe()


def test_a_calendar_that_is_only_read_needs_less(world: GraphWorld) -> None:
    world.simulator.entra.roles = ("Calendars.Read",)
    read_only(world)
    assert "calendar found" in world.open(replace(world.binding(), writable=False)).probe()


def test_another_calendar_of_the_mailbox_is_reached_by_its_id(world: GraphWorld) -> None:
    world.address = f"{world.mailbox.address}/{world.other}"
    world.staff(Adds(entry(1)))
    assert world.calendar().probe()[-1] == "0 entries read about today"


def test_an_address_without_a_mailbox_is_refused_at_once(world: GraphWorld) -> None:
    world.address = "/AAMkAG"
    with pytest.raises(Misconfigured):
        world.calendar()


def test_a_mailbox_whose_name_needs_quoting_is_found(world: GraphWorld) -> None:
    odd = "o'neil+desk@desk.example"
    world.graph.mailboxes[odd] = Mailbox(odd, dict(world.mailbox.calendars), world.mailbox.default)
    world.address = odd
    assert "calendar found" in world.calendar().probe()
