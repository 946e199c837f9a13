"""Standing by a press through the page: block, lift, record a payment, waive, restore (E6, C8, S4, PAY-6, A9, A10)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.domain.accounts import Role
from syncd.domain.attendance import Outcome
from syncd.domain.people import Contact
from syncd.engine.desk import DeskDoor
from tests.web import desk
from tests.web.house import House


def contact_of(house: House, contact_id: str) -> Contact:
    found = house.store.views.contact(contact_id)
    assert found is not None
    return found


def test_a_company_is_blocked_and_let_in_again_with_a_reason_each(house: House) -> None:
    house.enter("emil")
    assert 'action="/desk/companies/acme/block"' not in house.get("/desk/companies/acme").text, "a lead's press"
    house.enter("dana")
    page, path = house.get("/desk/companies/acme"), "/desk/companies/acme/block"
    assert page.press(to=path, reason="").status == 422
    for reason, blocked in (("Ten same-day moves.", True), ("They called and explained.", False)):
        done = house.get("/desk/companies/acme").press(to=path, reason=reason)
        assert done.status == 303
        company = house.store.views.company("acme")
        assert company is not None
        assert company.barred is blocked
        assert reason in done.follow().words, "the ledger says why"
        refused = house.at_check(9)
        assert ("is blocked" in refused.words or "cannot book" in refused.words) is blocked, refused.words
    stale = page.press(to=path, reason="Once more.")
    assert stale.status in (303, 409)


def test_a_suspension_is_lifted_by_a_lead_with_a_reason(house: House) -> None:
    contact_id = desk.twice_missed(house)
    path = f"/desk/contacts/{contact_id}/reinstate"
    house.enter()
    page = house.get(f"/desk/contacts/{contact_id}")
    assert "Suspended until" in page.words
    assert "went into a suspension" in page.words
    assert page.press(to=path, reason="").status == 422
    assert page.press(to=path, reason="Their line was down both times.").status == 303
    assert contact_of(house, contact_id).suspended_at(house.clock.now()) is None
    told = house.get(f"/desk/contacts/{contact_id}").words
    assert "Their line was down both times." in told
    assert "lifted" in told
    again = page.press(to=path, reason="Once more.")
    assert again.status == 303, "the same press is the same act"


@pytest.mark.parametrize(("amount", "lifts"), [("100.00", True), ("100", True), ("99,00", False)])
def test_a_recorded_payment_lifts_what_it_pays_for_and_nothing_else(house: House, amount: str, lifts: bool) -> None:
    contact_id = desk.twice_missed(house)
    path = f"/desk/contacts/{contact_id}/paid"
    house.enter()
    page = house.get(f"/desk/contacts/{contact_id}")
    assert "100.00\u00a0USD lifts it at once" in page.text
    wrong = page.press(to=path, reference="", amount="ten")
    assert (wrong.status, "Enter the amount as a number" in wrong.words) == (422, True)
    assert page.press(to=path, reference="INV-7", amount=amount).status == 303
    contact = contact_of(house, contact_id)
    assert (contact.suspended_at(house.clock.now()) is None) is lifts
    assert [fee.reference for fee in contact.fees] == ["INV-7"]
    assert len(contact.matters) == (0 if lifts else 1), "another amount is put before a lead"
    page.press(to=path, reference="INV-7", amount=amount)
    assert len(contact_of(house, contact_id).fees) == 1, "recorded once"
    if not lifts:
        inbox = house.get("/desk/inbox")
        assert "99.00 USD, reference INV-7: another amount than the terms ask for" in inbox.words
        what = next(w for w in desk.presses(inbox) if w.endswith(" reinstate"))
        assert inbox.press(to="/desk/inbox/answer", what=what).status == 303
        assert contact_of(house, contact_id).suspended_at(house.clock.now()) is None


def test_to_waive_a_no_show_undoes_all_that_came_of_it_and_to_restore_it_does_not_punish_twice(house: House) -> None:
    _, session = desk.contested(house)
    desk.settle_until(house, session, 60)
    contact_id = session.booking.contact_id if session.booking else ""
    sheet, path = f"/desk/s/{session.id}", f"/desk/s/{session.id}/outcome"
    ledger = house.get(f"/desk/contacts/{contact_id}")
    assert f'href="{sheet}#decide"' in ledger.text
    waived = house.get(sheet).press(to=path, outcome="excused", reason="The portal was down.")
    assert waived.status == 303
    desk.settle_until(house, session, 61)
    (no_show,) = contact_of(house, contact_id).no_shows
    assert no_show.reversed_at is not None
    assert "restore it" in house.get(f"/desk/contacts/{contact_id}").words
    sure = house.get(sheet).press(to=path, outcome="no-show", reason="It was not.")
    assert sure.press().status == 303
    desk.settle_until(house, session, 62)
    assert [n.reversed_at is None for n in contact_of(house, contact_id).no_shows] == [False, True]


def test_the_role_of_the_sign_in_says_who_leads_and_not_the_configuration(house: House) -> None:
    """Emil is no lead in the configuration. With the role of one he decides over the customer's "I am here" (A10)."""
    token = house.booked_quickly()
    assert DeskDoor(house.door).reassign(house.session(token).id, "give", "emil", None, "dana").accepted
    session = house.session(token)
    house.clock.advance_to(session.starts_at + 2 * desk.MINUTE)
    house.get(f"/s/{token}").press(to=f"/s/{token}/say", says="here")
    desk.settle_until(house, session, 40)
    user = house.store.accounts.user("emil")
    assert user is not None
    answers = []
    for role in (Role.STAFF, Role.LEAD):
        house.store.accounts.keep(replace(user, role=role))
        house.enter("emil")
        house.clock.advance(desk.MINUTE)
        path = f"/desk/s/{session.id}/outcome"
        sure = house.get(f"/desk/s/{session.id}").press(to=path, outcome="no-show", reason="I saw nobody.")
        answers.append(sure.press() if sure.status == 200 else sure)
    assert [answer.status for answer in answers] == [403, 303]
    assert answers[0].heading == "This takes a lead"
    verdict = house.session(token).attendance.verdict
    assert verdict is not None
    assert verdict.outcome is Outcome.NO_SHOW
