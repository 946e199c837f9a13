"""What does the details form stand on? The slot it holds, what was typed, how it is shown again (PAGE-3, PAGE-4)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from starlette.responses import Response

from syncd.domain.desk import SessionType
from syncd.domain.session import Session, SessionState
from syncd.engine.door import Details
from syncd.web import forms
from syncd.web.forms import Mistake
from syncd.web.places import north_american
from syncd.web.selling import can_be_bought, releases
from syncd.web.tokens import open_form
from syncd.web.typed import Typed
from syncd.web.visit import Visit
from syncd.web.words import REFUSED_CODES, Said

TYPED_FIELDS = ("name", "email", "code", "mobile", "topic", "issue", "company")


class Notice(StrEnum):
    """What the form says beside its mistakes."""

    MOBILE = "mobile"  # E10: asked once more


@dataclass(frozen=True, slots=True)
class BookingForm:
    """`session` holds (or held, once lapsed) the slot."""

    visit: Visit
    kind: SessionType
    id: str
    token: str
    session: Session
    typed: Typed

    @staticmethod
    def of(visit: Visit, kind: SessionType) -> BookingForm | None:
        """The form of this visit; None where it is not ours, holds nothing, or is about another session type."""
        token = visit.form.get("form") or visit.query.get("form", "")
        form_id = open_form(visit.services.keys, token)
        if form_id is None:
            return None
        session = visit.services.views.session(visit.services.door.session_of_form(form_id))
        if session is None or session.type_id != kind.id:
            return None
        return BookingForm(
            visit, kind, form_id, token, session, Typed.of_form(visit.form, visit.zone, visit.mail_locale)
        )

    @property
    def session_id(self) -> str:
        return self.session.id

    @property
    def slot(self) -> tuple[datetime, str]:
        return self.session.starts_at, self.session.staff_id

    @property
    def held_until(self) -> datetime | None:
        """Until when the slot is kept; None once it is not."""
        until = self.session.hold_until
        held = self.session.state is SessionState.HELD and until is not None and until > self.visit.now
        return until if held else None

    def should_ask_for_mobile(self, details: Details) -> bool:
        """Once more, where numbers begin with +1 (E10)."""
        return details.booker.mobile is None and not self.typed.mobile_waived and north_american(self.typed.zone)

    def ask(
        self,
        mistakes: tuple[Mistake, ...] = (),
        refusal: Said | None = None,
        *,
        notice: Notice | None = None,
        status: int = 200,
    ) -> Response:
        """The form with all that was typed. A booked session's form is over: it says so."""
        wrong = defaultdict(str, {m.field: m.says for m in reversed(mistakes)})
        if refusal is not None and refusal.code in REFUSED_CODES:
            wrong["code"] = refusal.title
        return self.show(
            "book_details.html", status, mistakes=mistakes, wrong=wrong, refusal=refusal, notice=notice, limits=forms
        )

    def show(self, template: str, status: int = 200, **values: object) -> Response:
        if self.session.state not in (SessionState.HELD, SessionState.LAPSED):
            template, status = "book_over.html", 409
        visit = self.visit
        answer = visit.show(
            template,
            status,
            kind=self.kind,
            form=self.token,
            typed=self.typed,
            session=self.session,
            member=visit.desk.member(self.session.staff_id),
            held_until=self.held_until,
            buyable=can_be_bought(visit, self.kind),
            releases=releases(visit),
            **values,
        )
        answer.headers["cache-control"] = "private, no-cache"  # Back restores what was typed; no-store would not
        return answer


def carried(visit: Visit) -> dict[str, str]:
    """What was typed on a later step, to be carried through this one; empty where nothing was."""
    typed = Typed.of_form(visit.form, visit.zone, visit.mail_locale)
    something = any(getattr(typed, name).strip() for name in TYPED_FIELDS) or any(a or b for a, b in typed.colleagues)
    return typed.fields() if something else {}
