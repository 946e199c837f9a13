"""What follows for a contact from a no-show? Warning, suspension, reinstatement, reversal (S1-S11, E11, A9, A15).

The ledger is the contact's state. Each no-show is judged by the terms of its own session (S10), once, when it is
confirmed; what time alone changes (a suspension ends, a no-show grows old) is read from instants and needs no review.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.domain.case import ContactCase
from syncd.domain.effect import EffectKind, StandingMail
from syncd.domain.evidence import EffectDone, Evidence
from syncd.domain.keys import company_key, derived_key
from syncd.domain.letters import Letter
from syncd.domain.people import Attendee, Contact, Matter, NoShow, Reinstatement, Suspension
from syncd.domain.session import Choice
from syncd.domain.standing import (
    AddressProved,
    NoShowConfirmed,
    NoShowContested,
    StrikeGiven,
)
from syncd.domain.terms import Terms
from syncd.policy.account import Account, past_sessions
from syncd.policy.ledger import completed_by, end_of_day


def on_no_show(account: Account[Contact], payload: NoShowConfirmed) -> None:
    """Into the ledger; does it count, and is it the second? (S1, S9, E11)"""
    contact = account.live
    if any(n.session_id == payload.session_id and n.reversed_at is None for n in contact.no_shows):
        account.found("S3", "that no-show is in the ledger already", session=payload.session_id)
        return
    new = NoShow(
        payload.session_id,
        payload.starts_at,
        account.now,
        counts=payload.counts and contact.address_proved,
        company_id=payload.company_id,
        zone=payload.zone,
        terms_id=payload.terms_id,
    )
    account.owner = replace(contact, no_shows=(*contact.no_shows, new))
    if not payload.counts:
        account.found("S9", "a no-show of a session that counts toward no suspension", session=new.session_id)
    elif not new.counts:
        account.found("E11", "the booker's address was never proved theirs: it counts toward no suspension")
    else:
        consider(account, new)


def consider(account: Account[Contact], new: NoShow) -> None:
    """S1: the first is warned of, the second suspends; S6: a second before the warning arrived is a person's."""
    terms = terms_of(account, new.terms_id)
    group = completed_by(new, account.live.no_shows, terms)
    if not group:
        account.found("S6", "a first no-show: told what a second one means", session=new.session_id)
        _warn(account, new, terms)
        return
    latest, earlier = group[-1], group[:-1]
    warned = [n for n in account.live.no_shows if n.warned_at is not None and n.warned_at < latest.starts_at]
    if earlier and not any(n.open for n in warned):
        account.found("S1", "a second no-show before the first warning was handed over: put before staff")
        _ask_about_second(account, new, group)
        return
    suspend(account, group, new, terms)


def suspend(account: Account[Contact], group: tuple[NoShow, ...], by: NoShow, terms: Terms) -> None:
    """S1 to S3: one suspension, each no-show spent on it, and one strike on the company's account."""
    contact, ids = account.live, tuple(n.session_id for n in group)
    made_at = account.now.isoformat()
    made = Suspension(
        account.now,
        end_of_day(account.now, by.zone, terms.suspension_days),
        session_ids=ids,
        session_id=by.session_id,
        zone=by.zone,
        terms_id=terms.id,
        open_ended=terms.reinstatement is Reinstatement.PAYMENT,
    )
    spent = tuple(replace(n, spent_on=by.session_id) if n in group else n for n in contact.no_shows)
    account.owner = replace(contact, no_shows=spent, suspensions=(*contact.suspensions, made))
    account.found("S1", "suspended from free sessions", no_shows=", ".join(ids), until=made.ends_at)
    account.found("S2", "one strike on the company's account", company=by.company_id)
    account.tell_other(company_key(by.company_id), StrikeGiven(by.session_id, contact.id), by.session_id, made_at)
    _letter(account, Letter.SUSPENSION, terms, made, ids)


def on_contested(account: Account[Contact], payload: NoShowContested) -> None:
    """A15: while the objection is open, neither the no-show nor what rests on it counts; it ends no later for that."""
    before = next((n for n in account.live.no_shows if n.session_id == payload.session_id and n.held_at), None)
    _hold(account, payload.session_id, held=not payload.settled)
    if not payload.settled:
        account.found("A15", "an objection is open: what rests on this no-show waits", session=payload.session_id)
        return
    account.found("A15", "the objection was answered: the no-show stands", session=payload.session_id)
    if before is not None and before.spent_on is None and before.counts and before.reversed_at is None:
        again = next(n for n in account.live.no_shows if n.session_id == payload.session_id and n.open)
        if completed_by(again, account.live.no_shows, terms_of(account, again.terms_id)):
            consider(account, again)


def on_proved(account: Account[Contact], payload: AddressProved) -> None:
    if account.live.proved_at is None:
        account.owner = replace(account.live, proved_at=account.now)
        account.found("E11", f"the address is proved theirs: {payload.how}")


def on_receipt(account: Account[Contact], evidence: Evidence, done: EffectDone) -> None:
    """A warning was handed over (S6)."""
    no_shows = tuple(
        replace(n, warned_at=evidence.received_at) if n.warned_at is None and _is_warning(account, n, done) else n
        for n in account.live.no_shows
    )
    if no_shows != account.live.no_shows:
        account.owner = replace(account.live, no_shows=no_shows)
        account.found("S6", "the warning was handed over", at=evidence.received_at)


def on_second_answer(account: Account[Contact], matter: Matter, choice: Choice) -> None:
    """S1: what staff make of a second no-show whose first warning came too late."""
    group = tuple(n for n in account.live.no_shows if n.session_id in matter.sessions and n.open)
    if not group:
        account.found("S1", "these no-shows are none any more, or led to a suspension meanwhile")
        return
    by = next((n for n in group if n.session_id == matter.reference), group[-1])
    terms = terms_of(account, by.terms_id)
    if choice is Choice.SUSPEND and len(group) == len(matter.sessions):
        suspend(account, group, by, terms)
    else:
        account.found("S1", "staff leave it; told what a further one means")
        _warn(account, by, terms)


def prune(account: Account[Contact]) -> None:
    """Questions about no-shows that are spent, reversed or held are none any more."""
    for matter in account.live.matters:
        open_ids = {n.session_id for n in account.live.no_shows if n.open}
        if matter.about == "second-no-show" and not set(matter.sessions) <= open_ids:
            account.close(matter)


def attendee_of(account: Account[Contact]) -> Attendee:
    """The contact as a letter addresses them: on file, else the desk's zone and language."""
    contact, desk = account.live, account.case.desk
    zone, tag = contact.zone or desk.zone, contact.locale or desk.locale
    return Attendee(contact.name, contact.email, zone, tag, contact.mobile)


def _warn(account: Account[Contact], about: NoShow, terms: Terms) -> None:
    _letter(account, Letter.WARNING, terms, None, (about.session_id,))


def _letter(
    account: Account[Contact], letter: Letter, terms: Terms, made: Suspension | None, session_ids: tuple[str, ...]
) -> None:
    contact = account.live
    pays = terms.reinstatement is not Reinstatement.WAIT
    body = StandingMail(
        letter,
        replace(attendee_of(account), zone=made.zone) if made is not None else attendee_of(account),
        account.now,
        sessions=past_sessions(contact, session_ids),
        suspended_until=made.ends_at if made is not None and not made.open_ended else None,
        months=terms.no_show_months,
        days=terms.suspension_days,
        no_shows=terms.no_shows,
        fee_cents=terms.reinstatement_cents if pays else None,
        currency=terms.reinstatement_currency if pays else "",
    )
    name = f"{letter}:{session_ids[-1]}"
    account.mail(EffectKind.MAIL_CUSTOMER, name, contact.email, body, account.sent_as(name), lane=account.case.key)


def _ask_about_second(account: Account[Contact], new: NoShow, group: tuple[NoShow, ...]) -> None:
    lead = account.lead()
    if lead is None:
        return
    ids = tuple(n.session_id for n in group)
    matter = Matter(
        derived_key("second-no-show", new.session_id),
        "second-no-show",
        lead.id,
        account.now,
        sessions=ids,
        reference=new.session_id,
        choices=(Choice.SUSPEND.value, Choice.LEAVE.value),
    )
    account.ask(matter, attendee_of(account), past_sessions(account.live, ids))


def _hold(account: Account[Contact], session_id: str, *, held: bool) -> None:
    since = account.now if held else None
    contact = account.live
    no_shows = tuple(replace(n, held_at=since) if n.session_id == session_id else n for n in contact.no_shows)
    resting = tuple(replace(s, held_at=since) if session_id in s.session_ids else s for s in contact.suspensions)
    account.owner = replace(contact, no_shows=no_shows, suspensions=resting)


def _is_warning(account: Account[Contact], about: NoShow, done: EffectDone) -> bool:
    name = f"{EffectKind.MAIL_CUSTOMER}:{Letter.WARNING}:{about.session_id}"
    return done.effect_key.startswith(derived_key(name, account.case.key) + "/")


def terms_of(account: Account[Contact], terms_id: str) -> Terms:
    case = account.case
    assert isinstance(case, ContactCase)
    return case.terms_of(terms_id)
