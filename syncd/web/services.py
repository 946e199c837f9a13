"""What do the pages stand on? Everything that the composition root hands to the web, in one value.

The web imports neither the store nor the settings: what it may ask and press is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.domain.desk import Desk
from syncd.domain.terms import Terms
from syncd.engine.desk import DeskDoor
from syncd.engine.door import Door
from syncd.engine.ways import Ways
from syncd.ports.accounts import Accounts, Passwords, SignOn
from syncd.ports.clock import Clock
from syncd.ports.hook import Answer, Call
from syncd.ports.keys import Keys
from syncd.ports.views import Views


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one visitor, and all together, may ask (spec/reliability.md 5). Refused codes are what is counted by
    `codes_*`, failed sign-ins by `sign_ins_*`; requests for links by `links_*`; all within `window`."""

    body_bytes_max: int = 64 * 1024
    hook_bytes_max: int = 1024 * 1024
    body_seconds_max: float = 10.0
    codes_per_network_max: int = 10
    codes_total_max: int = 300
    links_per_network_max: int = 10
    links_total_max: int = 300
    sign_ins_per_network_max: int = 10
    sign_ins_per_name_max: int = 20
    sign_ins_total_max: int = 300
    window: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Look:
    """The one colour that the operator sets (PAGE-2), for light and for dark, as `#rrggbb`."""

    accent: str = "#2f56c6"
    accent_dark: str = "#9db8ff"


def nobody_listens(hook_id: str, call: Call) -> Answer:
    return Answer(404)


@dataclass(frozen=True, slots=True)
class Access:
    """Who gets in to the desk, and for how long: a sign-in ends when it was left alone for `idle`, and after `total` in
    any case. `sign_on`: the identity provider, where one is configured; `local`: are passwords of our own taken?"""

    accounts: Accounts
    passwords: Passwords
    sign_on: SignOn | None = None
    local: bool = True
    idle: timedelta = timedelta(hours=10)
    total: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Services:
    """`desk` and `terms` are asked anew each time: a reload changes them. `embedders` are the origins that may frame
    the pages of booking; no other page is ever framed. `receive` answers a vendor's call by the id of its hook; it
    raises Unavailable where that was not stored. Without `access` there is no desk. `ending`: the server is about to
    stop, and streams end by themselves. `ways`: by which links attendees come in."""

    door: Door
    views: Views
    keys: Keys
    clock: Clock
    desk: Callable[[], Desk]
    terms: Callable[[], Terms]
    limits: Limits = field(default_factory=Limits)
    look: Look = field(default_factory=Look)
    embedders: tuple[str, ...] = ()
    receive: Callable[[str, Call], Answer] = nobody_listens
    access: Access | None = None
    ending: Callable[[], bool] = field(default=lambda: False)
    ways: Callable[[], Ways] = Ways

    @property
    def desk_door(self) -> DeskDoor:
        return DeskDoor(self.door)
