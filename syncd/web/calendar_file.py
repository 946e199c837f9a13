"""How does the session get into a calendar without the mail? The invitation's own object, for download.

The same UID, SEQUENCE and DTSTAMP as in the mail (N6): whoever takes both has one entry.
"""

from __future__ import annotations

from starlette.responses import Response

from syncd.domain.effect import CustomerMail
from syncd.domain.letters import Cause, Letter, Method
from syncd.engine.compose import calendar_part, session_links
from syncd.messages import customer
from syncd.web.manage import Glance, of_session
from syncd.web.visit import NotThere


@of_session
def invite(glance: Glance) -> Response:
    """Only while there is something to attend: after a cancellation the mail takes it out again (N7)."""
    visit, session, keys = glance.visit, glance.session, glance.visit.services.keys
    if not glance.is_booked or session.dtstamp is None:
        raise NotThere
    mail = CustomerMail(
        Letter.INVITATION,
        Cause.BOOKED,
        glance.reader,
        glance.facts,
        session.dtstamp,
        Method.REQUEST,
        session.sequence,
        session.dtstamp,
    )
    words = customer.render(
        mail, session_links(visit.desk, keys, session.id, glance.reader.email, mailed=glance.via == "mail"), visit.desk
    )
    assert words.calendar is not None, "an invitation has a calendar object"
    return Response(
        calendar_part(mail, words.calendar, visit.desk, keys).content,
        media_type="text/calendar; charset=utf-8; method=REQUEST",
        headers={"content-disposition": 'attachment; filename="invite.ics"', "cache-control": "no-store"},
    )
