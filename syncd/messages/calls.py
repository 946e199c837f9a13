"""What does somebody hear who is called back? When we call and from which number, or that we do not (O3)."""

from __future__ import annotations

from syncd.domain.desk import Desk
from syncd.domain.effect import CustomerMail, SessionFacts
from syncd.domain.letters import Letter as Kind
from syncd.messages.catalogue import Locale
from syncd.messages.numbers import shown
from syncd.messages.parts import Block, Button, Letter, Links, Say, Section, TimeBox
from syncd.messages.when import When


def letter(mail: CustomerMail, facts: SessionFacts, links: Links, desk: Desk, words: Locale, when: When) -> Letter:
    """The whole letter. `links.book` is the booking page: the way on after the one attempt."""
    say, called = words.say, mail.letter is Kind.RETURN_CALL
    told = {
        "desk": desk.name,
        "number": shown(facts.call_number, None),
        "when": when.short_moment(facts.starts_at),
        "minutes": int((facts.ends_at - facts.starts_at).total_seconds()) // 60,
    }

    def by_cause(topic: str) -> str:
        return words.first(f"{topic}.{mail.letter}.{mail.cause}", f"{topic}.{mail.letter}", **told)

    book = Section(
        say("call.book" if called else "after.title"), (Button(say("links.book"), links.book, plain=called),)
    )
    return Letter(
        lang=words.tag,
        subject=by_cause("subject"),
        sender=desk.name,
        headline=by_cause("headline"),
        lead=(by_cause("lead"),),
        time=_time(facts, when) if called else None,
        sections=(_call(facts, words, when), book) if called else (book,),
        footer=(say("footer.sent", desk=desk.name, email=mail.to.email),),
    )


def _time(facts: SessionFacts, when: When) -> TimeBox:
    """The window, with its zone named (N4)."""
    return TimeBox(when.date(facts.starts_at), when.span(facts.starts_at, facts.ends_at), when.place(facts.starts_at))


def _call(facts: SessionFacts, words: Locale, when: When) -> Section:
    unsure: Block = Say(words.say("call.unsure", place=when.city or when.zone.key))
    known = (Say(words.say("call.from", number=shown(facts.calls_from, None))),) if facts.calls_from else ()
    return Section(words.say("call.title"), (*known, unsure))
