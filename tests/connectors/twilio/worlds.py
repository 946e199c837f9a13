"""A Twilio connector against the simulator, over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.twilio import TextSettings, VoiceSettings, manifest, voice_manifest
from syncd.ports.connector import Tools
from syncd.ports.hook import Hook
from syncd.runtime.keys import InstallationKeys
from syncd.testing.clock import VirtualClock
from tests.simulators.twilio.simulator import ACCOUNT, HOOK, NUMBER, TOKEN, Twilio, running


@dataclass
class World:
    twilio: Twilio
    clock: VirtualClock
    texts: Any

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.twilio.now += by

    def taken(self) -> list[tuple[str, str]]:
        return [(row["to"], row["body"]) for row in self.twilio.messages if row["direction"] == "outbound-api"]

    def receive(self, sender: str, body: str) -> None:
        self.twilio.texts_us(sender, body)

    @property
    def hook(self) -> Hook:
        hook: Hook
        (hook,) = self.texts.hooks()
        return hook


def tools(clock: VirtualClock) -> Tools:
    return Tools(clock, InstallationKeys(["k" * 43]), lambda name: TOKEN, Path())


@contextmanager
def texting(**changes: Any) -> Iterator[World]:
    with running() as twilio:
        clock = VirtualClock(twilio.now)
        settings = TextSettings.model_validate(
            {"account": ACCOUNT, "credential": "twilio", "number": NUMBER, "callback_url": HOOK,
             "base_url": twilio.address, "timeout_seconds": 5, "page_items_max": 2, **changes}
        )  # fmt: skip
        yield World(twilio, clock, manifest.build("texts", settings, tools(clock)))


@contextmanager
def line(**changes: Any) -> Iterator[tuple[Twilio, Any]]:
    with running() as twilio:
        settings = VoiceSettings.model_validate(
            {"account": ACCOUNT, "credential": "twilio", "rooms": {"red": "500554260"}, "numbers": [NUMBER],
             "base_url": twilio.address, "timeout_seconds": 5, "page_items_max": 2, **changes}
        )  # fmt: skip
        yield twilio, voice_manifest.build("line", settings, tools(VirtualClock(twilio.now)))
