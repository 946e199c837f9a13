"""Twenty lives of sessions, each a script of what people and the world do, and what must be true at its end.

A step is (when, act); the world runs until then first. What people press is pressed again when a crash swallowed
the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.domain.decision import CalendarState
from syncd.domain.evidence import SeenAttendee
from syncd.domain.keys import CaseKey, calendar_key, session_key
from syncd.domain.session import Choice, Question, Session, SessionState
from syncd.domain.spans import Span
from syncd.engine.correlate import adopted_session_id
from syncd.testing.world import CARL, START, World

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TUE = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)  # 10:00 in New York, 16:00 in Berlin
TWO = TUE + 2 * HOUR
DANA = "cal-dana"
CORA = replace(CARL, name="Cora Colleague", email="cora@acme.example")

Act = Callable[[World], object]
Step = tuple[datetime, Act]


@dataclass(frozen=True)
class Scenario:
    """`states`: the session state of each form at the end; `until`: when the world stops."""

    name: str
    steps: tuple[Step, ...]
    states: tuple[tuple[str, SessionState], ...]
    until: datetime = TUE + 3 * HOUR
    check: Callable[[World], None] = lambda world: None
    provider_invites: bool = False


def at(offset: timedelta, act: Act) -> Step:
    return (START + offset, act)


def before(lead: timedelta, act: Callable[[World], object], start: datetime = TUE) -> Step:
    return (start - lead, act)


def book(start: datetime = TUE, staff: str = "dana", form: str = "form-1", **changes: Any) -> Step:
    return at(5 * MINUTE, lambda w: w.book(start, staff, form, **changes))


def cancel(w: World, form: str = "form-1", press: str = "p") -> object:
    session_id = w.session(form).id
    return w.survive(lambda: w.door.cancel(session_id, press, CARL.email))


def reschedule(start: datetime, staff: str = "dana", press: str = "p") -> Act:
    def act(w: World) -> object:
        session_id = w.session().id
        return w.survive(lambda: w.door.reschedule(session_id, press, CARL.email, start, staff))

    return act


def restore(w: World) -> object:
    session_id = w.session().id
    return w.survive(lambda: w.door.restore(session_id, "r", CARL.email))


def hold(start: datetime, form: str) -> Act:
    return lambda w: w.survive(lambda: w.door.hold(form, "h", "online", "dana", start, "198.51.100.7"))


def staff_move(start: datetime, form: str = "form-1") -> Act:
    """Done once: who finds it there already leaves it."""

    def act(w: World) -> None:
        provider = w.providers[DANA]
        if stands(w, form) and provider.events[own_event(w, form)].span.starts_at != start:
            provider.move(own_event(w, form), start)

    return act


def both_at_once(w: World) -> object:
    """Staff drag the event, and before anyone has read that, the customer moves the session elsewhere."""
    staff_move(TWO)(w)
    return reschedule(TUE + 3 * HOUR)(w)


def staff_delete(form: str = "form-1") -> Act:
    return lambda w: w.providers[DANA].delete(own_event(w, form)) if stands(w, form) else None


def stands(w: World, form: str) -> bool:
    """Is there an event to act on? Where faults delay writes, there may be none yet."""
    return not w.chaos.rate or w.providers[DANA].event_of(w.session(form).id) is not None


def own_event(w: World, form: str = "form-1") -> str:
    event = w.providers[DANA].event_of(w.session(form).id)
    assert event is not None, "the session's event stands on the calendar"
    return event.event_id


def answer(choice: Choice, key: Callable[[World], CaseKey] = lambda w: session_key(w.session().id)) -> Act:
    """Staff press the link of the first question that was asked; whoever presses again still has it."""

    def act(w: World) -> object:
        subject = key(w)
        row = w.views.explain(subject)
        states = [each.decision.state for each in row.decisions] if row else []
        asked = [question for state in states for question in questions_of(state)]
        if w.chaos.rate and not asked:
            return None  # faults kept the question from being asked in time: nobody presses
        question = min(asked, key=lambda one: one.id)
        return w.survive(lambda: w.door.answer_question(subject, question.id, choice, "dana", "q"))

    return act


def questions_of(state: object) -> Iterable[Question]:
    if isinstance(state, CalendarState):
        return (state.question,) if state.question is not None else ()
    return state.questions if isinstance(state, Session) else ()


def mark(**fields: Any) -> Act:
    plain = {"title": "Upgrade", "wanted": True, "emails": (CARL.email,)}
    return lambda w: w.providers[DANA].add("theirs", Span(TUE, TUE + HOUR), **(plain | fields))


def adopted(w: World) -> SessionState | None:
    from syncd.domain.evidence import MarkedEntrySeen
    from syncd.domain.session import EntryRef, Signature

    seen = MarkedEntrySeen(EntryRef(DANA, "theirs"), "", Signature(TUE, TUE + HOUR, "confirmed", ""), "")
    session = w.views.session(adopted_session_id(w.keys, seen))
    return session.state if session else None


def switch(**changes: Any) -> Act:
    def act(w: World) -> None:
        for name, value in changes.items():
            setattr(w.providers[DANA], name, value)

    return act


def has_adopted(state: SessionState) -> Callable[[World], None]:
    def check(w: World) -> None:
        assert adopted(w) is state

    return check


def alerted_once(w: World) -> None:
    subjects = [str(d.parsed["Subject"]) for d in w.mail.to("operator@desk.example")]
    assert len(subjects) == 2, f"one alert and one all-clear: {subjects}"


def stands_at(start: datetime) -> Callable[[World], None]:
    def check(w: World) -> None:
        assert w.session().starts_at == start

    return check


C, E, L = SessionState.CANCELLED, SessionState.ENDED, SessionState.LAPSED
FORMS3 = ("form-1", "form-2", "form-3")


def three() -> tuple[Step, ...]:
    return tuple(book(TUE + n * HOUR, form=form) for n, form in enumerate(FORMS3))


SCENARIOS = (
    Scenario("booked, reminded twice, over", (book(),), (("form-1", E),)),
    Scenario("cancelled in time", (book(), before(3 * HOUR, cancel)), (("form-1", C),)),
    Scenario("cancelled too late stays", (book(), before(HOUR, cancel)), (("form-1", E),)),
    Scenario(
        "moved by the customer", (book(), before(20 * HOUR, reschedule(TWO))), (("form-1", E),), check=stands_at(TWO)
    ),
    Scenario("moved to a colleague", (book(), before(20 * HOUR, reschedule(TUE, "emil"))), (("form-1", E),)),
    Scenario("moved by staff", (book(), before(5 * HOUR, staff_move(TWO))), (("form-1", E),), check=stands_at(TWO)),
    Scenario("deleted by staff", (book(), before(5 * HOUR, staff_delete())), (("form-1", C),)),
    Scenario(
        "deleted near the start, restored",
        (book(), before(HOUR, staff_delete()), before(50 * MINUTE, answer(Choice.RESTORE))),
        (("form-1", E),),
    ),
    Scenario("deleted near the start, no answer", (book(), before(HOUR, staff_delete())), (("form-1", C),)),
    Scenario(
        "cancelled and restored", (book(), before(20 * HOUR, cancel), before(19 * HOUR, restore)), (("form-1", E),)
    ),
    Scenario(
        "a hold that lapses and the next who takes the slot",
        (at(5 * MINUTE, hold(TUE, "form-0")), at(16 * MINUTE, lambda w: w.book(TUE))),
        (("form-0", L), ("form-1", E)),
    ),
    Scenario(
        "two want one slot",
        (book(form="form-1"), at(6 * MINUTE, hold(TUE, "form-2"))),
        (("form-1", E),),
    ),
    Scenario("staff book on their own calendar", (at(5 * MINUTE, mark()),), (), check=has_adopted(E)),
    Scenario(
        "staff book, the provider invites, the customer declines",
        (
            at(5 * MINUTE, mark(attendees=(SeenAttendee(CARL.email),))),
            before(
                20 * HOUR,
                lambda w: w.providers[DANA].save(
                    replace(w.providers[DANA].events["theirs"], attendees=(SeenAttendee(CARL.email, "", "DECLINED"),))
                ),
            ),
        ),
        (),
        check=has_adopted(C),
        provider_invites=True,
    ),
    Scenario(
        "an emptied calendar is held and restored",
        (
            *three(),
            before(5 * HOUR, switch(emptied=True)),
            before(5 * HOUR, lambda w: w.providers[DANA].lose_cursors()),
            before(4 * HOUR, switch(emptied=False)),
            before(4 * HOUR, answer(Choice.RESTORE, lambda w: calendar_key(DANA))),
        ),
        tuple((form, E) for form in FORMS3),
        until=TUE + 4 * HOUR,
    ),
    Scenario(
        "an outage is told once",
        (book(), before(6 * HOUR, switch(down=True)), before(5 * HOUR, switch(down=False))),
        (("form-1", E),),
        check=alerted_once,
    ),
    Scenario(
        "moved by staff while the cursor is lost",
        (
            book(),
            before(5 * HOUR, lambda w: w.providers[DANA].lose_cursors()),
            before(5 * HOUR, staff_move(TWO)),
        ),
        (("form-1", E),),
        check=stands_at(TWO),
    ),
    Scenario(
        "asleep over both reminders",
        (book(), before(29 * HOUR, lambda w: w.sleep_until(TUE - HOUR))),
        (("form-1", E),),
    ),
    Scenario(
        "edited on both sides at once",
        (
            book(),
            before(10 * HOUR, both_at_once),
        ),
        (("form-1", E),),
        until=TUE + 5 * HOUR,
        check=stands_at(TWO),  # within a minute of one another: staff's wins (K4)
    ),
    Scenario(
        "the plan lapses, the session stays; links are sent again",
        (
            book(),
            before(20 * HOUR, lambda w: w.list_company(plan=None)),
            before(19 * HOUR, lambda w: w.survive(lambda: w.door.send_links(CARL.email, "p"))),
        ),
        (("form-1", E),),
    ),
)


@dataclass(frozen=True)
class Place:
    """How far a script has come: in this step, waiting for its hour or, once that is there, acting."""

    step: int = 0
    acting: bool = False


LISTED: tuple[Step, ...] = (at(0 * MINUTE, lambda w: w.list_company()), at(0 * MINUTE, lambda w: w.list_contact()))
"""How every life begins; nothing runs before."""


def play(world: World, scenario: Scenario, since: Place | None = None, passing: Callable[[Place], object] = id) -> None:
    """To the scenario's end: from the empty desk, or from where a life was cut off. `passing` is told of each place."""
    steps = (*LISTED, *sorted(scenario.steps, key=lambda step: step[0]), (scenario.until, lambda w: None))
    if since is None:
        world.providers[DANA].invites = scenario.provider_invites
    begins = since or Place()
    for n, (when, act) in list(enumerate(steps))[begins.step :]:
        if n >= len(LISTED) and not (n == begins.step and begins.acting):
            passing(Place(n))
            world.run_until(when)
        passing(Place(n, acting=True))
        act(world)
