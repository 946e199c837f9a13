"""By which address does each attendee come in? Their own, where the provider knows attendees by it (CON-11, ATT-12).

Some providers take whatever id the address names; others register each attendee and are asked for the address before a
mail is composed, which waits some seconds for it, as an invitation waits for its room. Either is frozen with the mail.
Without one the room's own address is shown: who comes by that is known by what the provider says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CustomerMail, Effect, SessionFacts
from syncd.domain.letters import Letter
from syncd.domain.people import Attendee
from syncd.engine.links import room_token
from syncd.ports.errors import Retryable, SyncdError
from syncd.ports.feed import Doors, Registering
from syncd.ports.keys import Keys

WAITS_MAX = 2
"""So often a mail is put off, 5 and 10 seconds, for the sake of an address."""

LEADING_IN = frozenset(
    {Letter.INVITATION, Letter.UPDATE, Letter.REMINDER_FIRST, Letter.REMINDER_LAST}
    | {Letter.ARE_YOU_COMING, Letter.STAFF_LATE, Letter.SHIFTED}
)
"""Letters by which one joins a session to come."""


@dataclass(frozen=True, slots=True)
class Ways:
    """`registrars`, `doors`: by room id; empty where no provider knows attendees by their links."""

    registrars: Mapping[str, Registering] = field(default_factory=dict)
    doors: Mapping[str, Doors] = field(default_factory=dict)

    def own(self, effect: Effect, desk: Desk, keys: Keys, attempts: int) -> Effect:
        """The effect with the recipient's own join URL, where there is one. Raises Retryable: not yet."""
        mail = effect.body
        if not isinstance(mail, CustomerMail) or mail.letter not in LEADING_IN or mail.facts is None:
            return effect
        room_id = _room_of(mail.facts, desk)
        if room_id not in self.registrars:
            facts = self.shown(mail.facts, mail.to, desk, keys)
            return effect if facts is mail.facts else replace(effect, body=replace(mail, facts=facts))
        try:
            url = self.registrars[room_id].register(room_id, mail.to.email, mail.to.name)
        except Retryable:
            if attempts <= WAITS_MAX:
                raise
            return effect
        except SyncdError:
            return effect  # the doctor tells what is wrong with it
        return replace(effect, body=replace(mail, facts=_by(mail.facts, url)))

    def shown(self, facts: SessionFacts, reader: Attendee, desk: Desk, keys: Keys) -> SessionFacts:
        """The facts with the reader's own join URL, where it is known without asking the provider: for a page."""
        room_id = _room_of(facts, desk)
        if room_id not in self.doors:
            return facts
        token = room_token(keys, facts.session_id, reader.email)
        try:
            return _by(facts, self.doors[room_id].join_url(room_id, token, reader.name))
        except SyncdError:
            return facts  # likewise


def _room_of(facts: SessionFacts, desk: Desk) -> str:
    """Empty where one does not join by a link."""
    if facts.join is None or facts.channel is not Channel.ONLINE:
        return ""
    return next((room.id for room in desk.rooms if room.join.join_url == facts.join.join_url), "")


def _by(facts: SessionFacts, join_url: str) -> SessionFacts:
    assert facts.join is not None
    return replace(facts, join=replace(facts.join, join_url=join_url))
