"""The pages of a session speak the language of its booking, whole (PAGE-5): each word that stands on one is of that
language's catalogue, or is data. Pages that belong to no booking speak English."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from syncd.domain.attendance import Outcome
from syncd.domain.correspondence import TextReceived
from syncd.domain.decision import AnswerCode
from syncd.domain.desk import Channel
from syncd.domain.keys import session_key
from syncd.domain.session import Choice, QuestionKind
from syncd.messages.catalogue import locale
from syncd.messages.when import When, zone_of
from syncd.web.words import KINDS, say
from tests.web import desk
from tests.web.every_page import PAGES, Look
from tests.web.house import ACME, CARL, DESK, FLEET, JOIN, NEW_YORK, NOW, ONLINE, House, Page, open_house

LANGUAGES = ("de", "es", "fr")
COLLEAGUE = {"colleague_name_1": "Mara Miller", "colleague_email_1": "mara@acme.example.com"}
ISSUE = "Quires Qwertz."
REASON = "Zwieback."
CONTESTED, OBJECTION = "Nobody in the room until the end.", "It was not so. " * 200
PAGE_MAX = 60_000
SPOKEN = ("/s/{token}", "/booked/{token}")
OF_THE_PAGES = ("page.", "answer.", "time.", "rule.", "subject.summary", "cities.", "countries.", "number_kinds.")


# -- states that no other test of pages needs --------------------------------------------------------------------------


def _plain(house: House) -> Page:
    return house.get("/s/" + house.booked(issue=ISSUE, **COLLEAGUE))


def _cancel_for_all(house: House) -> Page:
    return house.get(f"/s/{house.booked(**COLLEAGUE)}/cancel")


def _booked_for_all(house: House) -> Page:
    return house.get("/booked/" + house.booked(topic="fleet", **COLLEAGUE))


def _asked_to_move(house: House) -> str:
    token = house.booked_quickly()
    house.tell(session_key(house.session(token).id), TextReceived("+12025550142", "+15713173122", "MOVE", "SM1"))
    return token


def _moved(house: House) -> Page:
    return house.get(f"/s/{house.booked_quickly()}/reschedule?slot=2026-12-01T16:00:00Z~emil").press().follow()


def _at_short_notice(house: House) -> Page:
    house.advance(timedelta(hours=2, minutes=40))
    return house.get("/s/" + house.booked_quickly())


def _cancelled_by_desk(house: House) -> Page:
    token = house.booked_quickly()
    house.enter()
    house.get(f"/desk/s/{house.session(token).id}/cancel").press()
    return house.get(f"/s/{token}")


def _late(house: House) -> Page:
    token, _ = desk.due(house)
    return house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="late").follow()


def _not_coming(house: House) -> Page:
    token, _ = desk.due(house)
    return house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="not-coming").follow()


def _here(house: House) -> Page:
    token, _ = desk.due(house)
    house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="here")
    return house.get(f"/s/{token}")


def _past_the_cutoff(house: House) -> Page:
    token = house.booked_quickly()
    house.clock.advance_to(house.session(token).starts_at - timedelta(minutes=60))
    return house.get(f"/s/{token}")


def _over(house: House) -> Page:
    token, session = desk.due(house)
    house.clock.advance_to(session.ends_at)
    return house.get(f"/s/{token}")


def _excused(house: House) -> Page:
    token, session = desk.due(house, 40)
    assert house.door.decide_outcome(session.id, Outcome.EXCUSED, "dana", REASON, "press", lead=True).accepted
    return house.get(f"/s/{token}")


def _undetermined(house: House) -> Page:
    token, session = desk.due(house)
    desk.settle_until(house, session, 48 * 60)
    return house.get(f"/s/{token}")


def _objected(house: House) -> Page:
    token, _ = desk.contested(house)
    return house.get(f"/s/{token}").press(to=f"/s/{token}/object").follow()


def _answered(house: House, upheld: bool) -> Page:
    token, session = desk.contested(house)
    house.get(f"/s/{token}").press(to=f"/s/{token}/object")
    question = next(q for q in house.session(token).questions if q.kind is QuestionKind.OBJECTION)
    choice = Choice.UPHOLD if upheld else Choice.REJECT
    assert house.door.answer_question(session_key(session.id), question.id, choice, "dana", "press").accepted
    return house.get(f"/s/{token}")


def _foreign(house: House) -> Page:
    return house.post(f"/s/{house.booked_quickly()}/cancel", {"press": "x"})


def _disk_full(house: House) -> Page:
    ask = house.get(f"/s/{house.booked_quickly()}/cancel")
    with house.disk_full():
        return ask.press()


def _no_time(house: House) -> Page:
    """A week in which nothing is free."""
    token = house.booked_quickly()
    house.busy("dana", NOW, timedelta(days=8))
    house.busy("emil", NOW, timedelta(days=8))
    house.read_calendars()
    return house.get(f"/s/{token}/reschedule")


def _present_time(house: House) -> Page:
    return house.get(f"/s/{house.booked_quickly()}/reschedule?slot=2026-11-30T14:00:00Z~dana").press()


def _gone_while_restored(house: House) -> Page:
    token = house.booked_quickly()
    house.get(f"/s/{token}/cancel").press()
    ask = house.get(f"/s/{token}/restore")
    house.busy("dana", house.session(token).starts_at)
    return ask.press()


STATES: dict[str, Look] = {name: look for name, look in PAGES.items() if look.route.startswith(SPOKEN)} | {
    "with a colleague": Look("/s/{token}", _plain),
    "by phone": Look("/s/{token}", _plain, replace(DESK, types=(replace(ONLINE, channel=Channel.PHONE),))),
    "without a room": Look("/s/{token}", _plain, replace(DESK, rooms=(), types=(replace(ONLINE, rooms=()),))),
    "booked for all": Look("/booked/{token}", _booked_for_all),
    "cancel for all": Look("/s/{token}/cancel", _cancel_for_all),
    "moving": Look("/s/{token}", lambda h: h.get("/s/" + _asked_to_move(h))),
    "moving, its week": Look("/s/{token}/reschedule", lambda h: h.get(f"/s/{_asked_to_move(h)}/reschedule")),
    "nothing free": Look("/s/{token}/reschedule", _no_time),
    "moved": Look("/s/{token}", _moved),
    "to its present time": Look("/s/{token}/reschedule", _present_time),
    "at short notice": Look("/s/{token}", _at_short_notice),
    "cancelled by the desk": Look("/s/{token}", _cancelled_by_desk),
    "past the cutoff": Look("/s/{token}", _past_the_cutoff),
    "late": Look("/s/{token}", _late),
    "not coming": Look("/s/{token}", _not_coming),
    "here": Look("/s/{token}", _here),
    "over": Look("/s/{token}", _over),
    "excused": Look("/s/{token}", _excused),
    "undetermined": Look("/s/{token}", _undetermined),
    "objected": Look("/s/{token}", _objected),
    "upheld": Look("/s/{token}", lambda h: _answered(h, upheld=True)),
    "rejected": Look("/s/{token}", lambda h: _answered(h, upheld=False)),
    "gone while restored": Look("/s/{token}/restore", _gone_while_restored),
    "a press of another": Look("/s/{token}/cancel", _foreign),
    "not written down": Look("/s/{token}/cancel", _disk_full),
}
del STATES["missing"], STATES["session in German"]  # one leads to no booking, the other is "session" here


# -- what stands on a page ---------------------------------------------------------------------------------------------


class Read(HTMLParser):
    """All that is read or read out on a page; the names in the list of zones are those of the zones."""

    SAID = ("aria-label", "title", "placeholder", "alt", "data-minutes", "data-soon", "data-begun")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.lang: str | None = None
        self._in_zones = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.lang = found.get("lang")
        self._in_zones = self._in_zones or (tag == "select" and found.get("name") == "zone")
        self.said += [found[name] or "" for name in self.SAID if name in found]

    def handle_endtag(self, tag: str) -> None:
        self._in_zones = self._in_zones and tag != "select"

    def handle_data(self, data: str) -> None:
        if not self._in_zones:
            self.said.append(data)


def words_of(*texts: str) -> set[str]:
    """Without what stands in braces: blanks to be filled in."""
    return {word.lower() for text in texts for word in re.findall(r"[^\W\d_]+", re.sub(r"\{\w+\}", " ", text))}


def words_of_catalogue(tag: str) -> set[str]:
    spoken = locale(tag)
    patterns = [said for key, said in spoken.words.items() if key.startswith(OF_THE_PAGES)]
    lists = [said for key, all_said in spoken.lists.items() if key.startswith("time.") for said in all_said]
    return words_of(*patterns, *lists)


DATA = (
    *(DESK.name, DESK.support_email, ACME.name, CARL.name, CARL.email, ONLINE.name, FLEET.name, FLEET.preparation),
    *(member.name for member in DESK.staff),
    *(JOIN.conference_id, JOIN.room_code or "", *(number.label for number in JOIN.numbers)),
    *(*COLLEAGUE.values(), ISSUE, REASON, CONTESTED, OBJECTION, "<b>", "EST", "UTC", "New York"),
)


ANY_DATA = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(filter(None, DATA), key=len, reverse=True)))})(?!\w)"
)


def without_data(text: str) -> str:
    return ANY_DATA.sub(" ", text)


@pytest.mark.slow
@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("name", STATES)
def test_every_word_of_a_sessions_page_is_of_its_bookings_language_or_data(
    own_database: Path, name: str, tag: str
) -> None:
    look = STATES[name]
    with open_house(own_database, replace(look.desk, locale=tag)) as house:
        page = look.make(house)
    read = Read(page.text)
    assert read.lang == tag
    assert words_of(*map(without_data, read.said)) - words_of_catalogue(tag) == set()
    assert len(page.text.encode()) < PAGE_MAX


def test_every_word_for_pages_is_asked_for_somewhere() -> None:
    web = files("syncd.web")
    sources = [*web.iterdir(), *web.joinpath("templates").iterdir()]
    asked = "".join(source.read_text("utf-8") for source in sources if source.name.endswith((".py", ".html")))
    kept = {key.removesuffix(".one") for key in locale("en").words if key.startswith("page.")}
    assert {key for key in kept if f'"{key}"' not in asked} == set()
    names = {key.split(".")[1] for key in locale("en").words if key.startswith("answer.")}
    assert names == {kind.name for kind in KINDS.values()} | {"no_date"}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_answer_of_the_engine_is_said_in_each_language(tag: str) -> None:
    when, english = (When(locale(each), zone_of(NEW_YORK)) for each in (tag, "en"))
    for code in KINDS:
        said, known = (say(DESK, each, code, NOW) for each in (when, english))
        assert (said.status, said.name) == (known.status, known.name)
        assert said.title != known.title
        assert said.means != known.means
        assert "{" not in said.title + said.means
    assert say(DESK, when, AnswerCode.TOO_LATE).means != say(DESK, when, AnswerCode.TOO_LATE, NOW).means


def test_the_language_is_the_bookings_whatever_the_browser_asks_for(house: House) -> None:
    token = house.booked_as("fr")
    for accepted in ("de", "en-US", ""):
        page = house.get(f"/s/{token}", **{"accept-language": accepted})
        assert Read(page.text).lang == "fr"
        assert "lundi 30 novembre 2026" in page.words
    assert Read(house.get("/book").follow().text).lang == "en"


def test_hours_are_counted_as_the_language_of_the_booking_does(house: House) -> None:
    american, german = house.booked_as("en-US"), house.booked_as("de-AT", 8)
    assert "Monday, November 30, 2026 9:00 AM–9:30 AM EST" in house.get(f"/s/{american}").words
    assert re.search(r"\d\d:\d\d–\d\d:\d\d Uhr EST", house.get(f"/s/{german}").words)


def test_programs_read_english_whatever_the_booking_speaks(house: House) -> None:
    token = house.booked_as("de")
    house.clock.advance_to(house.session(token).starts_at - timedelta(minutes=60))
    answer = house.client.post(f"/api/v1/sessions/{token}/cancel")
    assert answer.json()["title"] == "It is too late to change this session"
    assert "The session stands." in answer.json()["detail"]
