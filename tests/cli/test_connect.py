"""`syncd connect`, as an operator runs it: the real command, the simulators' token endpoints, a file for syncd alone.

The credential that it stores is then what the connector reads the calendar with.
"""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from syncd.config.credentials import Credentials
from syncd.ports.errors import Misconfigured
from syncd.runtime.clock import SystemClock
from syncd.testing.contracts.calendar_world import NOW, STAFF_EMAIL, CalendarWorld
from tests.cli import strangers
from tests.cli.conftest import Command
from tests.connectors.exchange.world import PASSWORD, SERVICE, new_world
from tests.connectors.google_calendar.world import GoogleWorld
from tests.connectors.msgraph.world import GraphWorld
from tests.process import COMMAND, SECONDS_MAX, environment
from tests.simulators.ews.server import TOKEN_PATH
from tests.simulators.faulty_proxy import Elsewhere
from tests.simulators.google.simulator import GoogleSimulator
from tests.simulators.graph import GraphSimulator
from tests.simulators.graph.entra import CLIENT, TENANT
from tests.simulators.tls import Authority


@dataclass
class Account:
    """One provider's account: `settings` of its connector, what is stored before, and a person in the browser.

    `uses(text)` gives the connector the stored credential.
    """

    world: CalendarWorld
    settings: str
    stores: str
    uses: Callable[[str], None]
    before: dict[str, str] = field(default_factory=dict)
    browser: Callable[[str], str] | None = None


def google(authority: Authority) -> Iterator[Account]:
    simulator = GoogleSimulator(SystemClock().now, authority.context)
    world = GoogleWorld(simulator)
    world.settings["ca_file"] = authority.ca_file
    settings = (
        f'kind = "google_calendar"\ncredential = "account"\nclient_credential = "client"\n'
        f'endpoint = "{simulator.endpoint}"\ntoken_hosts = ["{simulator.host}"]\nca_file = "{authority.ca_file}"\n'
        "search_all_calendars = true\n"
    )
    client = simulator.sign_in.client_file(f"{simulator.server.origin}/auth", simulator.token_uri)

    def browser(address: str) -> str:
        return simulator.sign_in.authorize(STAFF_EMAIL, parse_qs(urlsplit(address).query))

    yield Account(
        world, settings, "account", lambda text: setattr(world, "credential", text), {"client": client}, browser
    )
    simulator.stop()


def graph(authority: Authority) -> Iterator[Account]:
    simulator = GraphSimulator(authority.context)
    world = GraphWorld(simulator, authority.ca_file)
    world.settings = {"sign_in": "delegated"}
    settings = (
        f'kind = "msgraph"\ntenant = "{TENANT}"\nclient_id = "{CLIENT}"\ncredential = "tokens"\n'
        f'sign_in = "delegated"\nauthority = "{simulator.authority}"\nbase_url = "{simulator.base_url}"\n'
        f'ca_file = "{authority.ca_file}"\n'
    )
    yield Account(world, settings, "tokens", lambda text: world.credentials.update(graph=text))
    simulator.close()


def exchange(authority: Authority) -> Iterator[Account]:
    with (
        closing(Elsewhere()) as elsewhere,
        closing(new_world(authority.context, authority.ca_file, elsewhere)) as world,
    ):
        doors = world.server.service.doors
        doors.offers, doors.codes = ("Bearer",), {"a-code"}
        doors.users[SERVICE].mailbox = STAFF_EMAIL
        oauth = {
            "token_url": world.server.host + TOKEN_PATH,
            "authorize_url": f"{world.server.host}/adfs/oauth2/authorize",
            "client_id": "syncd-client",
            "credential": "secret",
            "scope": "https://mail.desk.example/.default",
            "grant": "delegated",
            "token_credential": "token",
        }
        world.settings = {"auth": "oauth", "oauth": oauth, "access": "delegate", "username": None, "credential": None}
        table = ", ".join(f'{name} = "{value}"' for name, value in oauth.items())
        settings = (
            f'kind = "exchange"\nendpoint = "{world.server.endpoint}"\nauth = "oauth"\naccess = "delegate"\n'
            f'ca_file = "{authority.ca_file}"\noauth = {{ {table} }}\n'
        )

        def browser(address: str) -> str:
            asked = parse_qs(urlsplit(address).query)
            return f"{asked['redirect_uri'][0]}?code=a-code&state={asked['state'][0]}"

        yield Account(
            world, settings, "token", lambda text: world.credentials.update(token=text), {"secret": PASSWORD}, browser
        )


@pytest.fixture(params=[google, graph, exchange])
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    yield from request.param(Authority(tmp_path))


def configured(tmp_path: Path, account: Account) -> Path:
    strangers.install(tmp_path / "site")
    path = strangers.desk(tmp_path / "desk")
    path.write_text(path.read_text().replace('kind = "caldav"\nurl = "http://127.0.0.1:9/"\n', account.settings))
    credentials = Credentials.beside(path, {})
    for name, text in account.before.items():
        credentials.write(name, text)
    return path


def connected(config: Path, site: Path, browser: Callable[[str], str] | None) -> tuple[int, str]:
    """An operator at the command, with a browser where one is asked for; its exit code, and what it said."""
    command = [*COMMAND, "connect", "calendars", "--config", str(config)]
    said: list[str] = []
    with subprocess.Popen(
        command,
        cwd=config.parent,
        env=environment(site),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        while browser is not None:
            line = process.stdout.readline()
            said.append(line)
            if found := re.match(r"https://\S+", line):
                process.stdin.write(browser(found[0]) + "\n")
                process.stdin.flush()
                break
            if not line:
                break
        rest, _ = process.communicate(timeout=SECONDS_MAX)
        return process.returncode, "".join(said) + rest


@pytest.mark.slow
def test_an_operator_signs_in_and_the_connector_reads_with_what_was_stored(tmp_path: Path, account: Account) -> None:
    config = configured(tmp_path, account)
    stored = config.parent / "credentials" / account.stores
    code, said = connected(config, tmp_path / "site", account.browser)
    assert code == 0, said
    assert str(stored) in said
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert list(stored.parent.glob(".*")) == [], "nothing is left beside it"
    text = Credentials.beside(config, {}).read(account.stores).reveal()
    assert text not in said
    account.uses(text)
    assert account.world.calendar().observe(None, NOW).last


@pytest.mark.slow
@pytest.mark.parametrize("account", [google], indirect=True)
def test_a_sign_in_that_fails_stores_nothing_and_leaves_what_was_there(tmp_path: Path, account: Account) -> None:
    config = configured(tmp_path, account)
    Credentials.beside(config, {}).write(account.stores, "the former one")
    code, said = connected(config, tmp_path / "site", lambda address: "https://localhost/?error=access_denied&state=x")
    assert code == 3, said
    assert "Copy the whole address" in said
    assert Credentials.beside(config, {}).read(account.stores).reveal() == "the former one"


def test_a_connector_that_nobody_signs_in_to_is_named_with_those_that_can_be(run: Command) -> None:
    refused = run("connect", "calendars")
    assert refused.code == 1
    assert "caldav" in refused.err
    unknown = run("connect", "calender")
    assert unknown.code == 1
    assert "“calender”" in unknown.err


def test_a_credential_is_replaced_whole_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "credentials", managed=False)
    credentials.write("mail", "a")
    assert credentials.write("mail", "b" * 50_000) == tmp_path / "credentials" / "mail"
    assert credentials.read("mail").reveal() == "b" * 50_000
    assert stat.S_IMODE((tmp_path / "credentials").stat().st_mode) == 0o700
    with pytest.raises(Misconfigured):
        credentials.write("../mail", "c")
    with pytest.raises(Misconfigured):
        Credentials(tmp_path, managed=True).write("mail", "c")
