"""Which pages has the desk? Every one behind the sign-in but the sign-in itself."""

from __future__ import annotations

from syncd.web import (
    desk_absences,
    desk_health,
    desk_inbox,
    desk_people,
    desk_reports,
    desk_request,
    desk_session,
    desk_signin,
    desk_today,
)
from syncd.web.desk_board import Boards
from syncd.web.desk_person import DeskHandler, signed_in
from syncd.web.visit import Handler

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]


def desk_pages(boards: Boards) -> tuple[tuple[str, Handler, list[str]], ...]:
    today = desk_today.Today(boards)
    outside: tuple[tuple[str, Handler, list[str]], ...] = (
        ("/desk/sign-in", desk_signin.sign_in, BOTH),
        ("/desk/sign-on/go", desk_signin.depart, POST),
        ("/desk/sign-on", desk_signin.arrive, GET),
    )
    inside: tuple[tuple[str, DeskHandler, list[str]], ...] = (
        ("/desk/sign-out", desk_signin.sign_out, BOTH),
        ("/desk", today.page, GET),
        ("/desk/board", today.board, GET),
        ("/desk/press", desk_today.press, POST),
        ("/desk/s/{id}", desk_session.session_page, GET),
        ("/desk/s/{id}/outcome", desk_session.decide, POST),
        ("/desk/s/{id}/shift", desk_session.shift, POST),
        ("/desk/s/{id}/give", desk_session.give, POST),
        ("/desk/s/{id}/cancel", desk_session.cancel, BOTH),
        ("/desk/s/{id}/note", desk_session.note, POST),
        ("/desk/inbox", desk_inbox.inbox, GET),
        ("/desk/inbox/sort", desk_inbox.sort, POST),
        ("/desk/inbox/answer", desk_inbox.answer, POST),
        ("/desk/requests", desk_request.enter, BOTH),
        ("/desk/requests/{id}", desk_request.request_page, GET),
        ("/desk/requests/{id}/sort", desk_request.sort, POST),
        ("/desk/requests/{id}/squeeze", desk_request.squeeze, POST),
        ("/desk/requests/{id}/call", desk_request.call, POST),
        ("/desk/requests/{id}/clear", desk_request.clear, POST),
        ("/desk/requests/{id}/outcome", desk_request.outcome, POST),
        ("/desk/inbox/seen", desk_inbox.seen, POST),
        ("/desk/absences", desk_absences.absences, GET),
        ("/desk/absences/act", desk_absences.act, POST),
        ("/desk/companies", desk_people.companies, GET),
        ("/desk/companies/{id}", desk_people.company, GET),
        ("/desk/companies/{id}/block", desk_people.block, POST),
        ("/desk/contacts/{id}", desk_people.contact, GET),
        ("/desk/contacts/{id}/reinstate", desk_people.reinstate, POST),
        ("/desk/contacts/{id}/paid", desk_people.paid, POST),
        ("/desk/health", desk_health.health, GET),
        ("/desk/health/parked", desk_health.parked, POST),
        ("/desk/audit", desk_health.audit, GET),
        ("/desk/reports", desk_reports.reports, GET),
        ("/desk/reports.csv", desk_reports.as_file, GET),
    )
    return (*outside, *((path, signed_in(handler), methods) for path, handler, methods in inside))
