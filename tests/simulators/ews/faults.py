"""What goes wrong at the server? The knobs that a test turns, and how they spoil answers."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.simulators.ews.soap import Fault, Refused
from tests.simulators.ews.state import World

WRITES = frozenset({"CreateItem", "UpdateItem", "DeleteItem", "MoveItem", "CopyItem"})


@dataclass
class HttpAnswer:
    """Instead of the service: this status; `times` None: until healed. `only` names the operations it is for."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"The server is not well."
    times: int | None = None
    only: frozenset[str] | None = None

    def applies_to(self, operation: str) -> bool:
        if self.times == 0 or (self.only is not None and operation not in self.only):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Faults:
    down: bool = False
    http: HttpAnswer | None = None
    soap: Fault | None = None  # every request
    soap_only: frozenset[str] | None = None
    message: Refused | None = None  # every read of items, in its response message
    page_items_max: int | None = None
    find_count_limit: int = 1000  # the server's own policy (EWSFindCountLimit)
    cuts: bool = False
    repeats: bool = False
    phantom: str | None = None
    loses_middle: bool = False
    bare_sync_errors: bool = False
    drops_next_write_answer: bool = False
    before_next_write: Callable[[], object] | None = None  # what somebody else does in between
    replica: World | None = None  # reads are answered from it
    skew: timedelta = timedelta(0)

    def repeated(self, found: list[Any]) -> list[Any]:
        if not self.repeats:
            return found
        return [copy for each in found for copy in (each, deepcopy(each))]

    def check_message(self) -> None:
        if self.message is not None:
            raise self.message

    def meanwhile(self, operation: str) -> None:
        if self.before_next_write is not None and operation in WRITES:
            act, self.before_next_write = self.before_next_write, None
            act()

    def instead(self, operation: str) -> HttpAnswer | None:
        return self.http if self.http is not None and self.http.applies_to(operation) else None

    def check(self, operation: str) -> None:
        if self.soap is not None and (self.soap_only is None or operation in self.soap_only):
            raise self.soap
