"""What did the visitor type? A booking form as it came, kept word for word, and the details that it makes (E1-E3, E10).

The page and the API fill the same value, so that one inspection serves both and nothing typed is ever lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.domain.desk import Desk
from syncd.domain.people import Attendee, normal_email
from syncd.engine.door import Details
from syncd.web.forms import CODE_MAX, COLLEAGUES_MAX, ISSUE_MAX, NAME_MAX, Inspection
from syncd.web.places import country_of

CODE_MISSING = "Enter your company code."
COMPANY_MISSING = "Enter the name of your company."


@dataclass(frozen=True, slots=True)
class Typed:
    """All as typed; `zone` as chosen (N4). `mobile_waived`: the form had asked again for the number (E10)."""

    name: str = ""
    email: str = ""
    code: str = ""
    mobile: str = ""
    topic: str = ""
    issue: str = ""
    zone: str = ""
    locale: str = "en"
    colleagues: tuple[tuple[str, str], ...] = field(default=())
    mobile_waived: bool = False
    how: str = ""  # code | pay
    company: str = ""
    release: str = ""
    method: str = ""

    @staticmethod
    def of_form(form: Mapping[str, str], zone: str, locale: str) -> Typed:
        rows = range(1, COLLEAGUES_MAX + 1)
        return Typed(
            name=form.get("name", ""),
            email=form.get("email", ""),
            code=form.get("code", ""),
            mobile=form.get("mobile", ""),
            topic=form.get("topic", ""),
            issue=form.get("issue", ""),
            zone=zone,
            locale=locale,
            colleagues=tuple((form.get(f"colleague_name_{n}", ""), form.get(f"colleague_email_{n}", "")) for n in rows),
            mobile_waived=form.get("mobile_waived", "") == "yes",
            how=form.get("how", ""),
            company=form.get("company", ""),
            release=form.get("release", ""),
            method=form.get("method", ""),
        )

    @property
    def has_colleagues(self) -> bool:
        return any(name.strip() or email.strip() for name, email in self.colleagues)

    def fields(self) -> dict[str, str]:
        """As form fields, for the hidden inputs of a later step."""
        out = {name: getattr(self, name) for name in ("name", "email", "code", "mobile", "topic", "issue", "zone")}
        if self.how == "pay":
            out |= {name: getattr(self, name) for name in ("how", "company", "release", "method")}
        for n, (name, email) in enumerate(self.colleagues, 1):
            if name or email:
                out |= {f"colleague_name_{n}": name, f"colleague_email_{n}": email}
        return out | ({"mobile_waived": "yes"} if self.mobile_waived else {})


def inspect(typed: Typed, desk: Desk, type_id: str, slot: tuple[datetime, str], found: Inspection) -> Details:
    """The details that were meant, checked in the order of the page; they count only if `found` holds no mistake. A
    number that is typed as it is dialled at home is read in the country of the visitor's zone (SMS-10)."""
    zone = found.zone("zone", typed.zone)
    name = found.line("name", typed.name, "The name", NAME_MAX, "Enter your name.")
    email = found.address("email", typed.email)
    method = _method(typed, desk)
    code = found.line("code", typed.code, "The code", CODE_MAX, CODE_MISSING if method is None else None)
    company = found.line("company", typed.company, "The company", NAME_MAX, COMPANY_MISSING if method else None)
    booker = Attendee(name, email, zone, typed.locale, found.mobile("mobile", typed.mobile, country_of(zone)))
    topic = typed.topic.strip()
    if topic and desk.topic(topic) is None:
        found.wrong("topic", "Choose a topic from the list.")
    issue = found.paragraphs("issue", typed.issue, "The description", ISSUE_MAX)
    colleagues = _colleagues(typed, booker, found)
    return Details(
        type_id=type_id,
        starts_at=slot[0],
        staff_id=slot[1],
        code=code,
        booker=booker,
        topic_id=topic or None,
        colleagues=colleagues,
        issue=issue,
        release=found.line("release", typed.release, "The release", NAME_MAX) if method is not None else "",
        pays_by=method,
        company_name=company if method is not None else "",
    )


def _method(typed: Typed, desk: Desk) -> str | None:
    """How it is paid: the method that was chosen, or the desk's first; None: it is not, there is a code."""
    if typed.how != "pay" or not desk.payments:
        return None
    chosen = desk.payment_method(typed.method)
    return chosen.id if chosen is not None else desk.payments[0].id


def _colleagues(typed: Typed, booker: Attendee, found: Inspection) -> tuple[Attendee, ...]:
    """Each with an invitation of their own (E10), so no address twice."""
    taken = {normal_email(booker.email)}
    out: list[Attendee] = []
    for n, (typed_name, typed_email) in enumerate(typed.colleagues, 1):
        if not typed_name.strip() and not typed_email.strip():
            continue
        field_name = f"colleague_email_{n}"
        name = found.line(f"colleague_name_{n}", typed_name, "The name", NAME_MAX)
        email = found.address(field_name, typed_email, "Enter your colleague's e-mail address, or remove the name.")
        if email and normal_email(email) in taken:
            found.wrong(field_name, "This address is invited already. Each person needs their own.")
        taken.add(normal_email(email))
        out.append(Attendee(name or email.partition("@")[0], email, booker.zone, booker.locale))
    return tuple(out)
