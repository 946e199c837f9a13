"""What do we write to the operator? That something does not work and what a person can do, once; and the all-clear.
That a mail could not be read, once a day (INV-43)."""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.effect import OperatorMail
from syncd.messages import markup, plain
from syncd.messages.catalogue import locale
from syncd.messages.parts import Letter, Parts, Row, Rows, Section
from syncd.messages.when import When, zone_of


def render(mail: OperatorMail, desk: Desk) -> Parts:
    """The alert, or its all-clear, in the desk's locale and zone."""
    words = locale(desk.locale)
    moment = When(words, zone_of(desk.zone)).moment(mail.issued_at)
    kind = "_aside" if mail.put_aside else "_recovered" if mail.recovered else ""
    hint = words.say("operator.hint_aside") if mail.put_aside else mail.hint
    pairs = (("operator.error", mail.error), ("operator.hint", hint))
    rows = tuple(Row(words.say(key), value) for key, value in pairs if value and not mail.recovered)
    letter = Letter(
        lang=words.tag,
        subject=words.say(f"operator.subject{kind}", source=mail.source),
        sender=desk.name,
        headline=words.say(f"operator.headline{kind}", source=mail.source),
        lead=(words.say(f"operator.lead{kind}", moment=moment, source=mail.source),),
        time=None,
        sections=(Section(words.say("operator.details"), (Rows(rows),)),) if rows else (),
        footer=(words.say("operator.footer", desk=desk.name),),
    )
    return Parts(letter.lang, letter.subject, plain.text(letter), markup.html(letter))
