"""What does the writer of a request hear? A receipt, the ways without maintenance (O1), that it is cleared (E4)."""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Letter as Kind
from syncd.messages.catalogue import Locale
from syncd.messages.parts import Block, Button, Letter, Links, Row, Rows, Say, Section
from syncd.messages.tidy import one_line
from syncd.messages.when import When

ABOUT_MAX = 200


def letter(mail: CustomerMail, links: Links, desk: Desk, words: Locale, when: When) -> Letter:
    """The whole letter. `links.book` is the booking page."""
    say, about = words.say, one_line(mail.about)[:ABOUT_MAX]
    until = when.moment(mail.answer_by) if mail.answer_by is not None else ""
    subject = about if mail.letter is not Kind.CLEARED else ""
    shown = Section(say("request.yours"), (Rows((Row(say("request.subject"), subject),)),)) if subject else None
    ways = _bought(about, links, desk, words) if mail.letter is Kind.CLEARED else _meanwhile(links, words)
    if mail.letter is Kind.NO_MAINTENANCE:
        ways = _ways(links, desk, words)
    return Letter(
        lang=words.tag,
        subject=say(f"subject.{mail.letter}", desk=desk.name),
        sender=desk.name,
        headline=say(f"headline.{mail.letter}"),
        lead=(say(f"lead.{mail.letter}", desk=desk.name, until=until, release=about),),
        time=None,
        sections=tuple(section for section in (shown, *ways) if section is not None),
        footer=(say("footer.sent_request", desk=desk.name, email=mail.to.email),),
    )


def _meanwhile(links: Links, words: Locale) -> tuple[Section, ...]:
    blocks: tuple[Block, ...] = (
        Say(words.say("request.more")),
        Button(words.say("links.book"), links.book, plain=True),
    )
    return (Section(words.say("after.title"), blocks),)


def _bought(release: str, links: Links, desk: Desk, words: Locale) -> tuple[Section, ...]:
    """A cleared release: where it is bought, and for how much (E4)."""
    say, fees = words.say, f"{desk.base_url.rstrip('/')}/fees"
    blocks: tuple[Block, ...] = (
        Say(say("request.cleared", release=release)),
        Button(say("links.book"), links.book),
        Button(say("request.fees_button"), fees, plain=True, shown=True),
    )
    return (Section(say("after.title"), blocks),)


def _ways(links: Links, desk: Desk, words: Locale) -> tuple[Section, ...]:
    """Fees, the way to a clearance, the booking page."""
    say, fees = words.say, f"{desk.base_url.rstrip('/')}/fees"
    return (
        Section(
            say("after.title"),
            (
                Say(say("request.book")),
                Button(say("links.book"), links.book),
                Say(say("request.fees")),
                Button(say("request.fees_button"), fees, plain=True, shown=True),
                Say(say("request.clearance", email=desk.support_email or desk.organizer)),
            ),
        ),
    )
