"""By which address does each attendee come in? Their own, where the provider registers attendees (CON-11, ATT-12).

It is asked for before a mail is composed, and frozen with it. A mail waits some seconds for it, as an invitation waits
for its room, and then goes out with the room's own address: who comes by that is known by what the provider says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from syncd.domain.desk import Channel, Desk
from syncd.domain.effect import CustomerMail, Effect
from syncd.domain.letters import Letter
from syncd.ports.errors import Retryable, SyncdError
from syncd.ports.feed import Registering

WAITS_MAX = 2
"""So often a mail is put off, 5 and 10 seconds, for the sake of an address."""

LEADING_IN = frozenset(
    {Letter.INVITATION, Letter.UPDATE, Letter.REMINDER_FIRST, Letter.REMINDER_LAST}
    | {Letter.ARE_YOU_COMING, Letter.STAFF_LATE, Letter.SHIFTED}
)
"""Letters by which one joins a session to come."""


@dataclass(frozen=True, slots=True)
class Ways:
    """`registrars`: by room id; empty where no provider registers anybody."""

    registrars: Mapping[str, Registering] = field(default_factory=dict)

    def own(self, effect: Effect, desk: Desk, attempts: int) -> Effect:
        """The effect with the recipient's own join URL, where there is one. Raises Retryable: not yet."""
        mail = effect.body
        if not isinstance(mail, CustomerMail) or mail.letter not in LEADING_IN:
            return effect
        facts = mail.facts
        if facts is None or facts.join is None or facts.channel is not Channel.ONLINE:
            return effect
        url = facts.join.join_url
        room_id = next((r.id for r in desk.rooms if r.join.join_url == url and r.id in self.registrars), None)
        if room_id is None:
            return effect
        try:
            mine = self.registrars[room_id].register(room_id, mail.to.email, mail.to.name)
        except Retryable:
            if attempts <= WAITS_MAX:
                raise
            return effect
        except SyncdError:
            return effect  # the doctor tells what is wrong with it
        own = replace(mail, facts=replace(facts, join=replace(facts.join, join_url=mine)))
        return replace(effect, body=own)
