"""What changes for companies and contacts? The directory's word, bookings, their ledgers (D1, D2, E2, E11, E12, B5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from syncd.domain.case import CompanyCase, ContactCase
from syncd.domain.correspondence import ConsentChanged
from syncd.domain.decision import AnswerCode, Decision
from syncd.domain.effect import CustomerMail, EffectKind, EffectState
from syncd.domain.evidence import (
    CodeRequested,
    CompanyDelisted,
    CompanyListed,
    ContactBooked,
    ContactDelisted,
    ContactListed,
    EffectDone,
    EffectParked,
    Evidence,
    LinksRequested,
    Payload,
    StaffAnswered,
)
from syncd.domain.keys import split_key
from syncd.domain.letters import Cause, Letter, StaffLetter
from syncd.domain.money import Clearance
from syncd.domain.paying import (
    ClearanceGranted,
    CompanyDeclared,
    PaymentAbandoned,
    PaymentNudged,
    PaymentOpened,
    PaymentSeen,
    ReinstatementAsked,
)
from syncd.domain.people import Company, Consent, Contact, Entitlement
from syncd.domain.session import Session
from syncd.domain.standing import (
    AddressProved,
    BlockDecided,
    NoShowConfirmed,
    NoShowContested,
    NoShowReversed,
    Reinstated,
    SameDayChanged,
    StrikeGiven,
    StrikeWithdrawn,
)
from syncd.policy import reinstatement, reinstating, same_day, standing
from syncd.policy.account import Account
from syncd.policy.eligibility import has_free_plan
from syncd.policy.facts import facts_of


def decide_company(case: CompanyCase, now: datetime) -> Decision:
    """Take the portal's word (D2); what lapses cancels nothing, but staff and contact are told (E12). Strikes, same-day
    changes and blocks go into the ledger (S2, C8)."""
    account: Account[Company] = Account(case, now, case.company)
    for evidence in case.fresh:
        _company_saw(account, evidence)
    company = account.owner
    if company is not None and case.company is not None:
        for session in _losing(case, case.company, company):
            account.found("E12", "a booked session has lost its entitlement; it stays", session=session.id)
            _tell_of_lapse(account, session)
    account.repeat(None)
    return account.decision(case.company)


def _company_saw(account: Account[Company], evidence: Evidence) -> None:
    company = account.owner
    match evidence.payload:
        case CompanyListed() as listed:
            account.owner = _listed(split_key(account.case.key)[1], company, listed)
            account.found("D2", "as the directory has it")
        case CompanyDeclared() as declared:
            company_id = split_key(account.case.key)[1]
            account.owner = company or Company(company_id, declared.name, country=declared.country, listed=False)
            account.found("E4", "named by somebody who pays; the directory knows nothing of it")
        case ClearanceGranted() as clearance:
            blank = Company(split_key(account.case.key)[1], "", listed=False)
            account.owner = _cleared(company or blank, clearance, account.now)
            account.found("E4", "staff say yes" if clearance.granted else "staff take their yes back")
            account.answer(evidence, AnswerCode.RECORDED, "E4")
        case CompanyDelisted():
            account.owner = replace(company, listed=False, plan=None, code=None) if company else None
            account.found("D2", "no longer in the directory: no plan, no code")
        case payload if company is None:
            account.found("D2", f"{payload.kind} about a company that nobody knows")
            _unanswered(account, evidence)
        case StrikeGiven() as struck:
            same_day.on_strike(account, evidence, struck)
        case StrikeWithdrawn() as withdrawn:
            same_day.on_withdrawn(account, withdrawn)
        case SameDayChanged() as changed:
            same_day.on_same_day(account, changed)
        case BlockDecided() as decided:
            same_day.on_block(account, evidence, decided)
        case StaffAnswered() as answered:
            _on_answer(account, evidence, answered)
        case EffectDone() | EffectParked():
            pass
        case payload:
            account.found("D2", f"{payload.kind} says nothing about a company")


def decide_contact(case: ContactCase, now: datetime) -> Decision:
    """The portal's word over the form's (D2); a new address with a valid code becomes a contact (E2); what follows
    from a no-show goes into the ledger (S1 to S6)."""
    account: Account[Contact] = Account(case, now, case.contact)
    for evidence in case.fresh:
        _contact_saw(account, evidence)
    if account.owner is not None:
        standing.prune(account)
        reinstating.watch(account)
        account.repeat(standing.attendee_of(account))
    return account.decision(case.contact)


def _contact_saw(account: Account[Contact], evidence: Evidence) -> None:
    contact, case = account.owner, account.case
    assert isinstance(case, ContactCase)
    match evidence.payload:
        case ContactListed() as listed:
            account.owner = _contact_listed(case.contact_id, contact, listed)
            account.found("D2", "as the directory has it")
        case ContactDelisted():
            account.owner = replace(contact, listed=False) if contact else None
            account.found("D2", "no longer in the directory; what was booked stays")
        case ContactBooked() as booked:
            account.owner = _booked(case.contact_id, contact, booked)
            account.found("E2", "a booking was made under this address")
            if contact is None:
                _show_new_face(account, case)
        case LinksRequested():
            account.answer(evidence, AnswerCode.LINKS_SENT, "B5")
            if contact is not None and not _waiting(case, Letter.LINKS):
                account.found("B5", "links are sent to the address on file")
                _links(account, case, contact)
        case CodeRequested() as asked:
            account.answer(evidence, AnswerCode.LINKS_SENT, "E9")
            if contact is not None and contact.listed and not _waiting(case, Letter.CODE):
                account.found("E9", "the code is sent to the address on file")
                _code(account, contact, asked)
        case payload if contact is None:
            account.found("E2", f"{payload.kind} about a contact that nobody knows")
            _unanswered(account, evidence)
        case payload:
            _ledger_saw(account, evidence, payload)


def _ledger_saw(account: Account[Contact], evidence: Evidence, payload: Payload) -> None:
    """What bears on a known contact's standing."""
    match payload:
        case NoShowConfirmed():
            standing.on_no_show(account, payload)
        case NoShowReversed():
            reinstatement.on_reversed(account, payload)
        case NoShowContested():
            standing.on_contested(account, payload)
        case AddressProved():
            standing.on_proved(account, payload)
        case ConsentChanged():
            account.owner = _consented(account.live, payload, evidence.received_at)
            account.found("SMS-9", f"a number of theirs: {payload.consent}")
        case Reinstated():
            reinstatement.on_reinstated(account, evidence, payload)
        case StaffAnswered():
            _on_answer(account, evidence, payload)
        case EffectDone():
            standing.on_receipt(account, evidence, payload)
        case ReinstatementAsked():
            reinstating.on_asked(account, evidence, payload)
        case PaymentOpened() | PaymentNudged() | PaymentSeen() | EffectParked():
            reinstating.on_processor(account, payload)
        case PaymentAbandoned():
            reinstating.on_abandoned(account, evidence)
        case _:
            account.found("E2", f"{payload.kind} says nothing about a contact")


def _on_answer(account: Account[Contact] | Account[Company], evidence: Evidence, answered: StaffAnswered) -> None:
    """An answer by signed link; one that comes after the matter was settled changes nothing and is told so (N8)."""
    matter = next((m for m in account.live.matters if m.id == answered.question_id), None)
    if matter is None or answered.choice.value not in matter.choices:
        account.too_late(evidence)
        return
    account.found("N8", f"staff answered: {answered.choice}", by=answered.staff_id)
    account.close(matter)
    if isinstance(account.owner, Company):
        same_day.on_review_answer(account, answered.choice, answered.staff_id)
    elif matter.about == "second-no-show":
        standing.on_second_answer(cast("Account[Contact]", account), matter, answered.choice)
    else:
        reinstatement.on_fee_answer(cast("Account[Contact]", account), matter, answered.choice)
    account.answer(evidence, AnswerCode.RECORDED, "N8")


def _unanswered(account: Account[Contact] | Account[Company], evidence: Evidence) -> None:
    """Every request has an answer (C4), also one about nobody."""
    if isinstance(evidence.payload, StaffAnswered):
        account.answer(evidence, AnswerCode.STALE_QUESTION, "N8")
    elif isinstance(evidence.payload, Reinstated | BlockDecided | ReinstatementAsked | PaymentAbandoned):
        account.answer(evidence, AnswerCode.UNCHANGED, "S4")


def _show_new_face(account: Account[Contact], case: ContactCase) -> None:
    """E11: a new contact at a company, or with the number, of somebody suspended is shown to staff, not refused."""
    lead = account.lead()
    if lead is None or not case.fellows:
        return
    mobile = account.live.mobile
    same = [f for f in case.fellows if mobile is not None and f.mobile == mobile]
    about = "with the number of somebody" if same else "at the company of somebody"
    names = ", ".join(f"{f.name} <{f.email}>" for f in same or case.fellows)
    account.found("E11", f"a new contact {about} who is suspended: shown to staff")
    account.tell_staff(StaffLetter.NEW_FACE, lead, standing.attendee_of(account), names)


def _listed(company_id: str, known: Company | None, listed: CompanyListed) -> Company:
    """The directory's word on everything but the ledger, which is ours."""
    return replace(
        known or Company(company_id, listed.name),
        listed=True,
        name=listed.name,
        code=listed.code,
        plan=listed.plan,
        plan_until=listed.plan_until,
        zone=listed.zone,
        country=listed.country,
        blocked=listed.blocked,
    )


def _contact_listed(contact_id: str, known: Contact | None, listed: ContactListed) -> Contact:
    base = known or Contact(contact_id, listed.company_id, listed.name, listed.email)
    return replace(
        base,
        name=listed.name,
        email=listed.email,
        mobile=listed.mobile or base.mobile,
        zone=listed.zone or base.zone,
        locale=listed.locale or base.locale,
        listed=True,
    )


def _cleared(company: Company, clearance: ClearanceGranted, now: datetime) -> Company:
    others = tuple(c for c in company.clearances if c.release_id != clearance.release_id)
    mine = (Clearance(clearance.release_id, now, clearance.staff_id),) if clearance.granted else ()
    return replace(company, clearances=(*others, *mine))


def _booked(contact_id: str, known: Contact | None, booked: ContactBooked) -> Contact:
    if known is None:
        return Contact(
            contact_id, booked.company_id, booked.name, booked.email, booked.mobile, booked.zone, booked.locale
        )
    if known.listed:  # the portal's name and zone win; what it lacks, the form may add (D2)
        return replace(known, mobile=known.mobile or booked.mobile, zone=known.zone or booked.zone)
    return replace(known, name=booked.name, mobile=booked.mobile or known.mobile, zone=booked.zone)


def _consented(contact: Contact, said: ConsentChanged, at: datetime) -> Contact:
    """One row a number, the latest word of its carrier or its owner; what arrives late changes nothing newer."""
    if any(c.number == said.number and c.since > at for c in contact.consents):
        return contact
    others = tuple(c for c in contact.consents if c.number != said.number)
    return replace(contact, consents=(*others, Consent(said.number, said.consent, said.source, at)))


def _losing(case: CompanyCase, before: Company, after: Company) -> list[Session]:
    """Booked sessions that the plan carried before and would not carry now."""
    lost = []
    for session in case.sessions:
        if session.booking is None or session.call or session.booking.entitlement is not Entitlement.PLAN:
            continue
        zone = session.booking.booker.zone
        carried = has_free_plan(before, case.terms, session.starts_at, zone) and not before.barred
        carries = has_free_plan(after, case.terms, session.starts_at, zone) and not after.barred
        if carried and not carries:
            lost.append(session)
    return lost


def _tell_of_lapse(account: Account[Company], session: Session) -> None:
    assert session.booking is not None
    case, now = account.case, account.now
    facts = facts_of(session, case.desk, case.terms, now)
    booker, told = session.booking.booker, sum(1 for e in case.effects if e.letter == Letter.LAPSED)
    customer = CustomerMail(Letter.LAPSED, Cause.DUE, booker, facts, now)
    account.mail(EffectKind.MAIL_CUSTOMER, f"lapsed:{session.id}", booker.email, customer, told)
    member = case.desk.member(session.staff_id)
    if member is not None:
        staff = replace(account.staff_mail(StaffLetter.LAPSED, member), facts=facts)
        account.mail(EffectKind.MAIL_STAFF, f"lapsed:{session.id}", member.email, staff, told)


def _waiting(case: ContactCase, letter: Letter) -> bool:
    """Such a mail is still on its way: a second request adds nothing."""
    waiting = (EffectState.PENDING, EffectState.CLAIMED)
    return any(e.letter == letter and e.state in waiting for e in case.effects)


def _links(account: Account[Contact], case: ContactCase, contact: Contact) -> None:
    now = account.now
    sessions = tuple(facts_of(s, case.desk, case.terms, now) for s in case.sessions if s.booking and not s.call)
    mail = CustomerMail(Letter.LINKS, Cause.ASKED, standing.attendee_of(account), None, now, sessions=sessions)
    sent = sum(1 for e in case.effects if e.letter == Letter.LINKS)
    account.mail(EffectKind.MAIL_CUSTOMER, "links", contact.email, mail, sent)


def _code(account: Account[Contact], contact: Contact, asked: CodeRequested) -> None:
    to = standing.attendee_of(account)
    mail = CustomerMail(
        Letter.CODE, Cause.ASKED, to, None, account.now, about=asked.company_name, company_code=asked.code
    )
    account.mail(EffectKind.MAIL_CUSTOMER, "code", contact.email, mail, account.sent(Letter.CODE))
