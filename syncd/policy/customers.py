"""What does the directory's word change? Companies and contacts (D1, D2, E2, E5, E12, B5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.domain.case import CompanyCase, ContactCase
from syncd.domain.correspondence import ConsentChanged
from syncd.domain.decision import Answer, AnswerCode, Decision, Finding
from syncd.domain.effect import (
    Cause,
    CustomerMail,
    Effect,
    EffectKind,
    EffectState,
    Letter,
    StaffLetter,
    StaffMail,
    effect_key,
)
from syncd.domain.evidence import (
    CompanyDelisted,
    CompanyListed,
    ContactBooked,
    ContactDelisted,
    ContactListed,
    Evidence,
    LinksRequested,
)
from syncd.domain.money import Clearance
from syncd.domain.paying import ClearanceGranted, CompanyDeclared
from syncd.domain.people import Attendee, Company, Consent, Contact, Entitlement
from syncd.domain.session import Session
from syncd.policy.eligibility import has_free_plan
from syncd.policy.facts import facts_of


def decide_company(case: CompanyCase, now: datetime) -> Decision:
    """Take the portal's word (D2); what lapses cancels nothing, but staff and contact are told (E12)."""
    company, findings = case.company, []
    effects: list[Effect] = []
    answers: list[Answer] = []
    for evidence in case.fresh:
        match evidence.payload:
            case CompanyListed() as listed:
                company = _listed(case.company_id, company, listed)
                findings.append(Finding("D2", "as the directory has it"))
            case CompanyDeclared() as declared:
                company = company or Company(case.company_id, declared.name, country=declared.country, listed=False)
                findings.append(Finding("E4", "named by somebody who pays; the directory knows nothing of it"))
            case ClearanceGranted() as clearance:
                company = _cleared(company or Company(case.company_id, "", listed=False), clearance, now)
                findings.append(Finding("E4", "staff say yes" if clearance.granted else "staff take their yes back"))
                answers.append(Answer(evidence.key, AnswerCode.RECORDED, "E4"))
            case CompanyDelisted():
                company = replace(company, listed=False, plan=None, code=None) if company else None
                findings.append(Finding("D2", "no longer in the directory: no plan, no code"))
            case _:
                findings.append(Finding("D2", f"{evidence.payload.kind} says nothing about a company"))
    if company is not None and case.company is not None:
        for session in _losing(case, case.company, company):
            findings.append(
                Finding("E12", "a booked session has lost its entitlement; it stays", (("session", session.id),))
            )
            effects += _tell_of_lapse(case, session, now)
    changed = company if company != case.company else None
    return Decision(case.key, now, tuple(findings), changed, effects=tuple(effects), answers=tuple(answers))


def decide_contact(case: ContactCase, now: datetime) -> Decision:
    """The portal's word over the form's (D2); a new address with a valid code becomes a contact (E2)."""
    contact = case.contact
    findings: list[Finding] = []
    answers: list[Answer] = []
    effects: list[Effect] = []
    for evidence in case.fresh:
        match evidence.payload:
            case ContactListed() as listed:
                base = contact or Contact(case.contact_id, listed.company_id, listed.name, listed.email)
                contact = replace(
                    base,
                    name=listed.name,
                    email=listed.email,
                    mobile=listed.mobile or base.mobile,
                    zone=listed.zone or base.zone,
                    locale=listed.locale or base.locale,
                    listed=True,
                )
                findings.append(Finding("D2", "as the directory has it"))
            case ContactDelisted():
                contact = replace(contact, listed=False) if contact else None
                findings.append(Finding("D2", "no longer in the directory; what was booked stays"))
            case ContactBooked() as booked:
                contact = _booked(case.contact_id, contact, booked)
                findings.append(Finding("E2", "a booking was made under this address"))
            case ConsentChanged() as consent:
                contact = _consented(contact, consent, evidence.received_at)
                findings.append(Finding("SMS-9", f"a number of theirs: {consent.consent}"))
            case LinksRequested():
                answers.append(Answer(evidence.key, AnswerCode.LINKS_SENT, "B5"))
                if contact is not None and not _links_waiting(case):
                    findings.append(Finding("B5", "links are sent to the address on file"))
                    effects.append(_links(case, contact, evidence, now))
            case _:
                findings.append(Finding("E2", f"{evidence.payload.kind} says nothing about a contact"))
    changed = contact if contact != case.contact else None
    return Decision(case.key, now, tuple(findings), changed, effects=tuple(effects), answers=tuple(answers))


def _listed(company_id: str, known: Company | None, listed: CompanyListed) -> Company:
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


def _consented(contact: Contact | None, said: ConsentChanged, at: datetime) -> Contact | None:
    """One row a number, the latest word of its carrier or its owner; what arrives late changes nothing newer."""
    if contact is None or any(c.number == said.number and c.since > at for c in contact.consents):
        return contact
    others = tuple(c for c in contact.consents if c.number != said.number)
    return replace(contact, consents=(*others, Consent(said.number, said.consent, said.source, at)))


def _losing(case: CompanyCase, before: Company, after: Company) -> list[Session]:
    """Booked sessions that the plan carried before and would not carry now."""
    lost = []
    for session in case.sessions:
        if session.booking is None or session.booking.entitlement is not Entitlement.PLAN:
            continue
        zone = session.booking.booker.zone
        carried = has_free_plan(before, case.terms, session.starts_at, zone) and not before.blocked
        carries = has_free_plan(after, case.terms, session.starts_at, zone) and not after.blocked
        if carried and not carries:
            lost.append(session)
    return lost


def _tell_of_lapse(case: CompanyCase, session: Session, now: datetime) -> list[Effect]:
    assert session.booking is not None
    facts = facts_of(session, case.desk, case.terms, now)
    booker, told = session.booking.booker, sum(1 for e in case.effects if e.letter == Letter.LAPSED)
    customer = CustomerMail(Letter.LAPSED, Cause.DUE, booker, facts, now)
    out = [_mail(case, EffectKind.MAIL_CUSTOMER, f"lapsed:{session.id}", booker.email, customer, now, told)]
    member = case.desk.member(session.staff_id)
    if member is not None:
        staff = StaffMail(
            StaffLetter.LAPSED, member.id, member.name, member.email, member.zone, now, facts, subject_key=case.key
        )
        out.append(_mail(case, EffectKind.MAIL_STAFF, f"lapsed:{session.id}", member.email, staff, now, told))
    return out


def _links_waiting(case: ContactCase) -> bool:
    """A mail with the links is still on its way: a second request adds nothing."""
    waiting = (EffectState.PENDING, EffectState.CLAIMED)
    return any(e.letter == Letter.LINKS and e.state in waiting for e in case.effects)


def _links(case: ContactCase, contact: Contact, evidence: Evidence, now: datetime) -> Effect:
    to = Attendee(
        contact.name, contact.email, contact.zone or case.desk.zone, contact.locale or case.desk.locale, contact.mobile
    )
    sessions = tuple(facts_of(s, case.desk, case.terms, now) for s in case.sessions if s.booking is not None)
    mail = CustomerMail(Letter.LINKS, Cause.ASKED, to, None, now, sessions=sessions)
    sent = sum(1 for e in case.effects if e.letter == Letter.LINKS)
    return _mail(case, EffectKind.MAIL_CUSTOMER, "links", contact.email, mail, now, sent)


def _mail(
    case: CompanyCase | ContactCase,
    kind: EffectKind,
    name: str,
    to: str,
    body: CustomerMail | StaffMail,
    now: datetime,
    ordinal: int,
) -> Effect:
    key = effect_key(f"{kind}:{name}", case.key, 0, to, ordinal)
    return Effect(key, kind, case.key, 0, "", to, body, now, None)
