"""The gate of the line: answers a SIP call, brings the caller into the lobby of the AudioBridge, and into the room of
the conference ID that they type. Real sockets on 127.0.0.1, in a thread of its own.

Where the bridge is lost, the call stays up and silent, as calls do (TST-5); callers dial again.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx2

from tests.simulators.line import sip
from tests.simulators.line.janus import POLL_SECONDS_MAX, Lost, Participant
from tests.simulators.line.keys import Listener

SECONDS_MAX = 30.0


class Where(StrEnum):
    """How far a call came."""

    ANSWERED = "answered"
    PROMPT = "at the prompt"
    INSIDE = "in the room"
    LOST = "without a bridge"
    ENDED = "ended"


class Sound(asyncio.DatagramProtocol):
    """A call's RTP: sound from the phone to the bridge (`spoken`) and back (`heard`), keys to the gate."""

    def __init__(self, offer: sip.Offer, typed: Callable[[str], None]) -> None:
        self._phone = (offer.host, offer.port)
        self._offer = offer
        self._typed = typed
        self._listener = Listener()
        self.bridge: tuple[str, int] | None = None
        self.spoken, self.heard = threading.Event(), threading.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        if len(data) < 12:
            return
        if source == self.bridge:
            self.heard.set()
            self.transport.sendto(data, self._phone)
        elif data[1] & 0x7F == self._offer.keys:
            if (key := self._listener.key(data)) is not None:
                self._typed(key)
        elif self.bridge is not None:
            self.spoken.set()
            self.transport.sendto(data, self.bridge)


@dataclass
class Leg:
    """One call. `wrong`: what was typed that is no conference ID of ours."""

    invite: sip.Message
    phone: tuple[str, int]
    number: str
    tag: str
    answer: bytes
    sound: Sound
    keys: asyncio.Queue[str]
    where: Where = Where.ANSWERED
    wrong: list[str] = field(default_factory=list)
    served: asyncio.Task[None] = field(init=False)

    async def typed(self) -> str:
        """The digits up to the next `#`."""
        digits = ""
        while (key := await self.keys.get()) != "#":
            digits += key
        return digits


class Gate(asyncio.DatagramProtocol):
    """`lobby`, `rooms`: of the AudioBridge; a room's name is its conference ID."""

    def __init__(self, janus: str, lobby: str, rooms: Sequence[str]) -> None:
        self._janus, self._lobby, self._rooms = janus, lobby, frozenset(rooms)
        self._changed = threading.Condition()
        self._legs: dict[str, Leg] = {}
        self._answering = asyncio.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._do(self._listen())

    def await_call(self, number: str, where: Where) -> Leg:
        """The latest call of that number, once it has come so far. Raises AssertionError after SECONDS_MAX."""
        with self._changed:
            came = self._changed.wait_for(lambda: where in [leg.where for leg in self._of(number)], SECONDS_MAX)
            assert came, f"{number} never was {where}: {[str(leg.where) for leg in self._of(number)]}"
            return next(leg for leg in reversed(self._of(number)) if leg.where is where)

    def await_wrong(self, number: str) -> list[str]:
        """What the latest call of that number typed, once that was no conference ID."""
        self._await(lambda: bool(self._of(number)) and bool(self._of(number)[-1].wrong))
        return self._of(number)[-1].wrong

    def await_quiet(self) -> None:
        """Until nobody is on the line."""
        self._await(lambda: all(leg.where is Where.ENDED for leg in self._legs.values()))

    def _await(self, what: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(what, SECONDS_MAX)

    def close(self) -> None:
        """Everybody is hung up, and the line is no more."""
        try:
            self._do(self._hang_up())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(SECONDS_MAX)
            self._loop.close()

    # -- in the gate's own thread --------------------------------------------------------------------------------------

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS_MAX)

    def _of(self, number: str) -> list[Leg]:
        return [leg for leg in self._legs.values() if leg.number == number]

    async def _listen(self) -> None:
        self._client = httpx2.AsyncClient(timeout=POLL_SECONDS_MAX, limits=httpx2.Limits(max_connections=100))
        self._transport, _ = await self._loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        self.port: int = self._transport.get_extra_info("sockname")[1]

    async def _hang_up(self) -> None:
        for leg in self._legs.values():
            if leg.where is not Where.ENDED:
                self._transport.sendto(sip.bye(leg.invite, leg.tag, self.port), leg.phone)
            await self._end(leg)
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        await self._client.aclose()
        self._transport.close()

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        with suppress(sip.Unfit):
            message = sip.read(data)
            if message.method == "INVITE":
                self._loop.create_task(self._invite(message, source))
            elif message.method == "BYE":
                self._loop.create_task(self._bye(message, source))
            elif message.method not in ("ACK", ""):
                said = sip.answer(message, "405 Method Not Allowed", "gate", ("Allow", "INVITE, ACK, BYE"))
                self._transport.sendto(said, source)

    async def _invite(self, invite: sip.Message, phone: tuple[str, int]) -> None:
        call = invite.one("call-id")
        tag = hashlib.sha256(call.encode()).hexdigest()[:12]
        async with self._answering:
            if call not in self._legs:  # it is sent again until it is answered
                try:
                    self._legs[call] = await self._answered(invite, phone, tag, sip.offer(invite.body))
                except sip.Unfit:
                    self._transport.sendto(sip.answer(invite, "488 Not Acceptable Here", tag), phone)
                    return
        self._transport.sendto(self._legs[call].answer, phone)

    async def _answered(self, invite: sip.Message, phone: tuple[str, int], tag: str, offer: sip.Offer) -> Leg:
        keys: asyncio.Queue[str] = asyncio.Queue()
        _, sound = await self._loop.create_datagram_endpoint(lambda: Sound(offer, keys.put_nowait), ("127.0.0.1", 0))
        more = [("Contact", f"<sip:line@127.0.0.1:{self.port}>"), ("Content-Type", "application/sdp")]
        body = sip.sdp_answer(sound.port, offer.keys)
        answer = sip.answer(invite, "200 OK", tag, *more, body=body)
        leg = Leg(invite, phone, sip.caller(invite), tag, answer, sound, keys)
        leg.served = self._loop.create_task(self._serve(leg))
        return leg

    async def _bye(self, request: sip.Message, phone: tuple[str, int]) -> None:
        leg = self._legs.get(request.one("call-id"))
        if leg is None:
            self._transport.sendto(sip.answer(request, "481 Call/Transaction Does Not Exist", "gate"), phone)
            return
        self._transport.sendto(sip.answer(request, "200 OK", leg.tag), phone)
        await self._end(leg)

    async def _end(self, leg: Leg) -> None:
        if not leg.served.cancelling():
            leg.served.cancel()
        with suppress(asyncio.CancelledError):
            await leg.served
        leg.sound.transport.close()
        self._is(leg, Where.ENDED)

    async def _serve(self, leg: Leg) -> None:
        """From the answer to the end of the call, or of the bridge."""
        place = Participant(self._client, self._janus)
        led = self._loop.create_task(self._lead(leg, place))
        try:
            with suppress(Lost):
                await led
            await place.lost()
            self._is(leg, Where.LOST)
        finally:
            led.cancel()
            await place.leave()

    async def _lead(self, leg: Leg, place: Participant) -> None:
        """Into the lobby, and on into the room that they type."""
        leg.sound.bridge = await place.join(self._lobby, leg.number, leg.sound.port)
        self._is(leg, Where.PROMPT)
        while (typed := await place.unless_lost(leg.typed())) not in self._rooms:
            with self._changed:
                leg.wrong.append(typed)
                self._changed.notify_all()
        await place.move(typed, leg.number)
        self._is(leg, Where.INSIDE)

    def _is(self, leg: Leg, where: Where) -> None:
        with self._changed:
            leg.where = where
            self._changed.notify_all()


@contextmanager
def gate(janus: str, lobby: str, rooms: Sequence[str]) -> Iterator[Gate]:
    running = Gate(janus, lobby, rooms)
    try:
        yield running
    finally:
        running.close()
