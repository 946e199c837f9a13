"""What does `syncd doctor` say? The cause and what to do, for each kind of broken account, right, calendar and host."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.exchange import ONLINE_HINT, Settings, is_online
from syncd.ports.errors import Misconfigured, Retryable, SyncdError
from tests.connectors.exchange.world import PASSWORD, SERVICE, ExchangeWorld
from tests.simulators.ews.access import User
from tests.simulators.ews.faults import HttpAnswer
from tests.simulators.ews.server import TOKEN_PATH
from tests.simulators.ews.soap import Fault

Broken = Callable[[ExchangeWorld], None]


@dataclass(frozen=True)
class Case:
    """`cause` and `hint`: what must stand in the message and in the hint. `passing`: another try may succeed."""

    name: str
    how: Broken
    cause: str
    hint: str
    passing: bool = False


def wrong_password(world: ExchangeWorld) -> None:
    world.secret = "wrong horse"


def other_auth(world: ExchangeWorld) -> None:
    world.server.service.doors.offers = ("NTLM",)


def may_not_impersonate(world: ExchangeWorld) -> None:
    world.server.service.doors.users[SERVICE] = User(SERVICE, PASSWORD)


def no_mailbox(world: ExchangeWorld) -> None:
    world.address = "nobody@desk.example"


def as_delegate(world: ExchangeWorld, rights: str | None = None) -> None:
    world.settings = {"access": "delegate"}
    world.server.service.doors.users[SERVICE] = User(SERVICE, PASSWORD, mailbox="svc@desk.example")
    world.world.mailbox("svc@desk.example")
    if rights is not None:
        world.mailbox.rights[SERVICE] = rights


def no_calendar(world: ExchangeWorld) -> None:
    world.address = "ada@desk.example/Support"


def nobody_listens(world: ExchangeWorld) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    world.settings = {"endpoint": f"https://127.0.0.1:{port}/EWS/Exchange.asmx"}


def other_host_name(world: ExchangeWorld) -> None:
    world.settings = {"endpoint": world.server.endpoint.replace("127.0.0.1", "localhost")}


def unknown_authority(world: ExchangeWorld) -> None:
    world.settings = {"ca_file": None}


def other_path(world: ExchangeWorld) -> None:
    world.settings = {"endpoint": world.server.host + "/Exchange/Other.asmx"}


def answers(status: int, **headers: str) -> Broken:
    def how(world: ExchangeWorld) -> None:
        world.server.service.faults.http = HttpAnswer(status, headers, b"<html>Please sign in to Outlook.</html>")

    return how


def says(code: str) -> Broken:
    def how(world: ExchangeWorld) -> None:
        world.server.service.faults.soap = Fault(code)

    return how


def build(*numbers: *tuple[int, int, int, int]) -> Broken:
    def how(world: ExchangeWorld) -> None:
        world.server.service.build = numbers

    return how


def refused_client(world: ExchangeWorld) -> None:
    oauth = {
        "token_url": world.server.host + TOKEN_PATH,
        "client_id": "syncd-client",
        "credential": "secret",
        "scope": "https://mail.desk.example/.default",
    }
    world.settings = {"auth": "oauth", "oauth": oauth}
    world.secret = "wrong horse"


def no_credential(world: ExchangeWorld) -> None:
    world.without_credential = True


CASES = [
    Case("wrong password", wrong_password, "refuses the sign-in of DESK\\svc-syncd", "`username`, the credential"),
    Case("sign-in not offered", other_auth, "refuses the sign-in", "`auth`"),
    Case("no credential stored", no_credential, "no credential", "store it"),
    Case("client of OAuth refused", refused_client, "refuses the client", "secret"),
    Case("no right to impersonate", may_not_impersonate, "may not impersonate", "ApplicationImpersonation"),
    Case("no such mailbox", no_mailbox, "no such mailbox", "primary SMTP address"),
    Case("no such calendar", no_calendar, "no such calendar", "`address`"),
    Case("delegate without rights", as_delegate, "may not open this calendar", "Editor"),
    Case("delegate who may only read", lambda w: as_delegate(w, "Reviewer"), "not write", "Editor rights"),
    Case("account disabled", says("ErrorAccountDisabled"), "disabled", "enable"),
    Case("password expired", says("ErrorPasswordExpired"), "expired", "new one"),
    Case("mailbox on an older server", says("ErrorInvalidSchemaVersionForMailboxVersion"), "too old", "`version`"),
    Case("Exchange Online", build(15, 20, 9000, 1), "Exchange Online", "msgraph"),
    Case("Exchange 2013", build(15, 0, 1497, 2), "older than Exchange 2016", "2016, 2019 and SE"),
    Case("EWS forbidden", answers(403), "403", "enabled for this account"),
    Case("not the path of EWS", other_path, "404", "`endpoint`"),
    Case("redirected", answers(302, Location="https://owa.desk.example/"), "not followed", "`endpoint`"),
    Case("a sign-in page", answers(200), "none that EWS gives", "`endpoint`"),
    Case("certificate of an unknown authority", unknown_authority, "certificate", "`ca_file`"),
    Case("certificate of another host", other_host_name, "certificate", "`endpoint`"),
    Case("nobody listens", nobody_listens, "no connection", "`endpoint`", passing=True),
    Case("server fails", answers(500), "500", "", passing=True),
    Case("mailbox store down", says("ErrorMailboxStoreUnavailable"), "MailboxStore", "", passing=True),
    Case("server busy", answers(503), "503", "", passing=True),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_probe_names_the_cause_and_what_to_do(world: ExchangeWorld, case: Case) -> None:
    case.how(world)
    with pytest.raises(SyncdError) as caught:
        world.calendar().probe()
    assert type(caught.value) is (Retryable if case.passing else Misconfigured)
    assert case.cause in str(caught.value)
    assert case.hint in caught.value.hint
    assert PASSWORD not in f"{caught.value} {caught.value.hint}"


def test_a_probe_of_what_is_well_names_server_and_calendar(world: ExchangeWorld) -> None:
    assert world.calendar().probe() == ("Exchange 15.2.1544.9", "calendar “Calendar” with 0 items, read and write")


def test_a_calendar_beside_the_main_one_is_found_by_its_name(world: ExchangeWorld) -> None:
    world.mailbox.add_calendar("Support")
    world.address = "ada@desk.example/ support "
    assert "“Support”" in world.calendar().probe()[1]


def test_a_calendar_that_is_only_read_needs_no_right_to_write(world: ExchangeWorld) -> None:
    as_delegate(world, "Reviewer")
    calendar = world.open(replace(world.binding(), writable=False))
    assert calendar.probe()[1].endswith("0 items, read")


# --- Exchange Online is another connector's (EWS-1) ---------------------------------------------------------------

ONLINE_HOSTS = [
    "outlook.office365.com",
    "Outlook.Office365.com",
    "outlook.office365.com.",
    "outlook.office.com",
    "outlook.office365.us",
    "eur.outlook.com",
    "partner.outlook.cn",
]


@pytest.mark.parametrize("host", ONLINE_HOSTS)
def test_an_exchange_online_host_is_refused_with_a_pointer_to_msgraph(host: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(endpoint=f"https://{host}/EWS/Exchange.asmx")
    assert ONLINE_HINT in str(caught.value)


@pytest.mark.parametrize(
    "host", ["mail.desk.example", "notoutlook.com.example", "office365.com.desk.example", "myoffice.com"]
)
def test_a_server_of_ones_own_is_not_taken_for_online(host: str) -> None:
    assert not is_online(host)


def test_online_behind_another_name_is_told_by_its_build(world: ExchangeWorld) -> None:
    """A hybrid's name may lead there; nothing is read, nothing is written."""
    world.server.service.build = (15, 20, 9000, 1)
    calendar = world.calendar()
    for _ in range(2):
        with pytest.raises(Misconfigured) as caught:
            calendar.probe()
        assert caught.value.hint == ONLINE_HINT


def settings(**more: Any) -> Settings:
    about = {
        "endpoint": "https://mail.desk.example/EWS/Exchange.asmx",
        "username": "DESK\\svc",
        "credential": "password",
    }
    return Settings.model_validate(about | more)


@pytest.mark.parametrize(
    ("wrong", "says_so"),
    [
        ({"endpoint": "http://mail.desk.example/EWS/Exchange.asmx"}, "https://"),
        ({"endpoint": "https://u:p@mail.desk.example/EWS/Exchange.asmx"}, "no password"),
        ({"endpoint": "https://mail.desk.example/owa"}, "Exchange.asmx"),
        ({"endpoint": "https://mail.desk.example/EWS/Exchange.asmx?x=1"}, "without ?"),
        ({"username": None}, "`username`"),
        ({"credential": None}, "`credential`"),
        ({"auth": "kerberos"}, "auth"),
        ({"auth": "oauth"}, "`oauth`"),
        ({"access": "autodiscover"}, "access"),
        ({"version": "2013"}, "version"),
        ({"view_items_max": 1}, "view_items_max"),
        ({"sync_items_max": 1000}, "sync_items_max"),
        ({"autodiscover": True}, "autodiscover"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_right_is_refused_offline(wrong: dict[str, object], says_so: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**wrong)
    assert says_so in str(caught.value)


TOKENS = {"token_url": "https://adfs.desk.example/adfs/oauth2/token", "client_id": "c", "scope": "s"}


@pytest.mark.parametrize(
    ("oauth", "access", "says_so"),
    [
        ({}, "impersonation", "`credential`"),
        ({"credential": "secret", "token_url": "http://adfs.desk.example/"}, "impersonation", "https://"),
        ({"grant": "delegated"}, "delegate", "`token_credential`"),
        ({"grant": "delegated", "token_credential": "token"}, "impersonation", "impersonates nobody"),
    ],
)
def test_oauth_that_cannot_work_is_refused_offline(oauth: dict[str, str], access: str, says_so: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(auth="oauth", oauth=TOKENS | oauth, access=access)
    assert says_so in str(caught.value)
