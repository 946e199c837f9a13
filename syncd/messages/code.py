"""How is a forgotten code mailed? In large figures, with whose it is and what it is for (E9)."""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerMail
from syncd.messages.catalogue import Locale
from syncd.messages.parts import Button, Letter, Links, Row, Rows, Say, Section


def letter(mail: CustomerMail, links: Links, desk: Desk, words: Locale) -> Letter:
    company = mail.about
    rows = Rows((Row(words.say("code.code"), mail.company_code), Row(words.say("code.company"), company)))
    said = (Say(words.say("code.shared")), Button(words.say("links.book"), links.book))
    return Letter(
        lang=words.tag,
        subject=words.say("subject.code", desk=desk.name),
        sender=desk.name,
        headline=words.say("headline.code"),
        lead=(words.say("lead.code", company=company, desk=desk.name),),
        time=None,
        sections=(Section(words.say("code.title"), (rows, *said)),),
        footer=(words.say("footer.sent_code", desk=desk.name, email=mail.to.email),),
    )
