"""What may be set? One model a table of the configuration; config.example.toml shows each with its default.

A description says why one would set it: it is the hint when the value is wrong or missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syncd.config.problems import wrong
from syncd.config.values import (
    BaseUrl,
    Colour,
    Domain,
    Duration,
    Email,
    Hours,
    Id,
    Line,
    LongDuration,
    Name,
    Origin,
    Phone,
    Place,
    Text,
    Zone,
)
from syncd.domain.desk import Channel, Invitations, Marks
from syncd.domain.money import ReleaseState
from syncd.domain.people import Entitlement, Plan, Reinstatement
from syncd.domain.terms import Terms

STAFF_MAX = 500
TYPES_MAX = 100
TOPICS_MAX = 100
CONNECTORS_MAX = 100
READS_MAX = 20
HOLIDAYS_MAX = 2_000
REMINDERS_MAX = 10
Hour = Annotated[int, Field(ge=0, le=24)]
DOMAINS_MAX = 1_000
NUMBERS_MAX = 20
BOTS_MAX = 100
ACCOUNTS_MAX = 20

_TERMS = Terms()
_MARKS = Marks()
_INVITATIONS = Invitations()


class Table(BaseModel):
    """A table of the file: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class MarksSettings(Table):
    category: Line = Field(_MARKS.category, description="the category that makes an event of theirs a session (K7)")
    title_prefix: Line = Field(_MARKS.title_prefix, description="the beginning of a title that does the same")
    tag: Line = Field(_MARKS.tag, description="the word in title or text that does the same")


Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class InvitationsSettings(Table):
    """How the desk invites; the same as domain.desk.Invitations, which see."""

    file_copy: bool = Field(_INVITATIONS.file_copy, description="attach the invitation as a file, too")
    no_file_copy_for: Annotated[tuple[Domain, ...], Field(max_length=DOMAINS_MAX)] = Field(
        _INVITATIONS.no_file_copy_for, description="domains whose Exchange then shows it twice"
    )
    links_in_calendar: bool = Field(
        _INVITATIONS.links_in_calendar, description="false where others who see a customer's calendar must not cancel"
    )
    counters: Literal["ask", "refuse"] = Field("ask", description="refuse: calendar programs offer no other time (C6)")
    numbers: Annotated[tuple[Phone, ...], Field(max_length=NUMBERS_MAX)] = Field(
        _INVITATIONS.numbers, description="the numbers that every message prints; none: those nearest to the reader"
    )
    organizer: Literal["desk", "booking"] = Field(
        "desk", description="booking: a booking's own reply address, where customers' mail lacks DMARC"
    )


class DeskSettings(Table):
    name: Name = Field(description="how the desk is called on pages and in mails")
    organizer: Email = Field(description="the service mailbox that invites: From and ORGANIZER of every mail")
    organizer_name: Line = Field("", description="the name beside that address; empty: the desk's name")
    base_url: BaseUrl = Field(description="where visitors reach the pages; links in mails begin with it")
    zone: Zone = Field(description="the zone in which commands and operator mails print times")
    locale: Line = Field("en", description="the language of mails and pages where a contact has none of their own")
    support_email: Email | Literal[""] = Field("", description="whom customers write to where a page cannot help")
    operator_email: Email | Literal[""] = Field("", description="who gets alerts: a connector that needs a person")
    portal_hint: Text = Field("", description="where a customer finds the company code, in a sentence (E3)")
    texting_number: Phone | None = Field(None, description="the number that takes CANCEL and MOVE (C2); none: no texts")
    texting_countries: tuple[Country, ...] = Field(
        ("US", "CA"), description="whose numbers are texted, beside the texting number's own country (toll fraud)"
    )
    texts_per_number: Annotated[int, Field(ge=1, le=1_000)] = Field(20, description="texts to one number a day")
    texts_per_company: Annotated[int, Field(ge=1, le=100_000)] = Field(100, description="texts to one company a day")
    texts_per_staff: Annotated[int, Field(ge=1, le=1_000)] = Field(60, description="questions by text to one of staff")
    calling_number: Phone | None = Field(None, description="the number from which customers are called back (O3)")
    attestation: bool = Field(True, description="may staff attest by hand who came (CON-5, A13)?")
    dispatcher: Id | None = Field(None, description="staff id of who is told of requests at once (O1); none: a lead")
    deputy: Id | None = Field(None, description="staff id of who is told when the dispatcher does not press")
    bots: Annotated[tuple[Line, ...], Field(max_length=BOTS_MAX)] = Field(
        (), description="names by which recorders and note takers join: no attendance (A2)"
    )
    marks: MarksSettings = Field(MarksSettings(), description="how staff mark an event of theirs (K7)")
    invitations: InvitationsSettings = Field(InvitationsSettings(), description="how calendars are invited")


def _share(value: float) -> float:
    if not 0 < value <= 1:
        raise wrong("is no share", "a number above 0 and at most 1: 0.25 is a quarter")
    return value


def _reminders(value: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if len(set(value)) != len(value):
        raise wrong("names one lead time twice", 'each once: ["24 h", "2 h"]')
    return tuple(sorted(value, reverse=True))


Count = Annotated[int, Field(ge=1, le=10_000)]


class TermsSettings(Table):
    """The rules' numbers; the same fields as domain.terms.Terms, which see."""

    free_plans: tuple[Plan, ...] = Field(_TERMS.free_plans, description="plans that bring free sessions (E1)")
    hold: LongDuration = Field(_TERMS.hold, description="how long a slot is kept while a form is filled in (B2)")
    holds_per_network: Count = Field(_TERMS.holds_per_network, description="slots kept for one network address (B2)")
    cancel_cutoff: Duration = Field(_TERMS.cancel_cutoff, description="last moment to change by link, before the start")
    text_cutoff: Duration = Field(_TERMS.text_cutoff, description="last moment to change by text message (C2)")
    short_notice: Duration = Field(_TERMS.short_notice, description="what staff set later can always be declined (C11)")
    reminders: Annotated[tuple[LongDuration, ...], Field(max_length=REMINDERS_MAX), AfterValidator(_reminders)] = Field(
        _TERMS.reminders, description="how long before the start contacts are reminded (N2)"
    )
    question_repeat: LongDuration = Field(_TERMS.question_repeat, description="when a question to staff is repeated")
    near_start: LongDuration = Field(
        _TERMS.near_start, description="so near the start a lost event is asked about (K9)"
    )
    near_answer: LongDuration = Field(_TERMS.near_answer, description="how long that question waits for staff (K9)")
    look_again: LongDuration = Field(_TERMS.look_again, description="pause before a doubtful event is looked up again")
    edit_tie: Duration = Field(_TERMS.edit_tie, description="edits on both sides within this time: staff's wins (K4)")
    deletions_held_min: Count = Field(_TERMS.deletions_held_min, description="so many deletions at once are held, and")
    deletions_held_share: Annotated[float, AfterValidator(_share)] = Field(
        _TERMS.deletions_held_share, description="more than this share of a calendar's coming sessions (CAL-7)"
    )
    deletions_within: LongDuration = Field(_TERMS.deletions_within, description="what counts as at once (CAL-7)")
    calendar_alert_after: Duration = Field(
        _TERMS.calendar_alert_after, description="so long unreadable, a calendar is an alert (CAL-26)"
    )
    busy_age_max: LongDuration = Field(_TERMS.busy_age_max, description="older busy times offer no slots (CAL-26)")
    suspension_days: Count = Field(_TERMS.suspension_days, description="how long a suspension lasts (S1)")
    no_show_months: Count = Field(_TERMS.no_show_months, description="no-shows within so many months add up (S1)")
    no_shows: Count = Field(_TERMS.no_shows, description="so many of them suspend the contact (S1)")
    counting: tuple[Entitlement, ...] = Field(
        _TERMS.counting, description="which sessions' no-shows count: plan, paid, courtesy (S9)"
    )
    strike_months: Count = Field(_TERMS.strike_months, description="how long a strike counts; it stays on record (S8)")
    reinstatement: Reinstatement = Field(
        _TERMS.reinstatement, description="what ends a suspension: wait, payment or either (S4)"
    )
    reinstatement_cents: Annotated[int, Field(ge=0, le=10_000_000)] = Field(
        _TERMS.reinstatement_cents, description="what lifting a suspension costs, in hundredths (S4)"
    )
    reinstatement_currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        _TERMS.reinstatement_currency, description="of which currency (ISO 4217)"
    )
    clearance_for: tuple[ReleaseState, ...] = Field(
        _TERMS.clearance_for, description="releases whose sessions are sold after staff's yes alone (E4)"
    )
    payment_within: LongDuration = Field(
        _TERMS.payment_within, description="so long a slot is kept for its payment; 30 min at least (PAY-5)"
    )
    payment_look: LongDuration = Field(
        _TERMS.payment_look, description="how often an open payment is looked at, besides webhooks (PAY-4)"
    )
    undo: Duration = Field(_TERMS.undo, description="so long after booking it can be undone without consequence (B4)")
    same_day_told: Count = Field(_TERMS.same_day_told, description="at so many same-day changes the company is told")
    same_day_days: Count = Field(_TERMS.same_day_days, description="within so many days; one more is a review (C8)")
    early: Duration = Field(_TERMS.early, description="so long before the start joining counts already (A1)")
    staff_missing_after: Duration = Field(
        _TERMS.staff_missing_after, description="a consultant not seen by then: the lead is told (A8)"
    )
    offer_press_after: Duration = Field(
        _TERMS.offer_press_after, description="from then on the consultant is offered “nobody is there” (A3)"
    )
    ask_after: Duration = Field(_TERMS.ask_after, description="when the customer is asked whether they are coming (A3)")
    answer_within: Duration = Field(_TERMS.answer_within, description="how long a later question waits (A5)")
    close_with_mobile: Duration = Field(
        _TERMS.close_with_mobile, description="the close where the customer could be asked by text (A5)"
    )
    close_without_mobile: Duration = Field(
        _TERMS.close_without_mobile, description="the close where there is no mobile number (A6)"
    )
    late_extension: Duration = Field(_TERMS.late_extension, description="“I am late” moves the close by so much (A4)")
    attest_within: Duration = Field(_TERMS.attest_within, description="so long after the close attesting counts (A13)")
    around_window: Duration = Field(
        _TERMS.around_window, description="unexplained presence so close to the window counts for the customer (ATT-7)"
    )
    skew_max: Duration = Field(_TERMS.skew_max, description="clocks further apart than this hold every verdict")
    feed_alert_after: Duration = Field(_TERMS.feed_alert_after, description="a feed so long without news is an alert")
    settle_max: LongDuration = Field(_TERMS.settle_max, description="the longest wait for a report after the close")
    answer_by: LongDuration = Field(_TERMS.answer_by, description="what a request's receipt promises (O1)")
    deputy_after: Duration = Field(_TERMS.deputy_after, description="when the deputy is told of a request (O1)")
    emergency_plans: tuple[Plan, ...] = Field(_TERMS.emergency_plans, description="plans that bring emergencies (O1)")
    squeeze_lead: Duration = Field(_TERMS.squeeze_lead, description="the nearest gap proposed begins so far ahead (O1)")
    emergencies_count: bool = Field(
        _TERMS.emergencies_count, description="no-shows of emergency sessions count toward a suspension (S9)"
    )
    call_plans: tuple[Plan, ...] = Field(_TERMS.call_plans, description="plans that bring return calls (E1, O3)")
    call_length: Duration = Field(_TERMS.call_length, description="how long a return call may take (O3)")
    call_lead: Duration = Field(_TERMS.call_lead, description="a return call is held so far ahead at the nearest (O3)")
    call_from_hour: Hour = Field(_TERMS.call_from_hour, description="calls begin at this hour of theirs (O3)")
    call_until_hour: Hour = Field(_TERMS.call_until_hour, description="and are over by this one")
    call_asked_after: Duration = Field(
        _TERMS.call_asked_after, description="so long after a call without an outcome staff are asked (O3)"
    )
    absence_reminder: Duration = Field(
        _TERMS.absence_reminder,
        description="so long before the first session of who is away the lead is reminded (K12)",
    )
    answers_per_day: Count = Field(_TERMS.answers_per_day, description="answers to the mails of one address in a day")
    resend_after: Duration = Field(_TERMS.resend_after, description="how soon a calendar may ask for its copy again")


class CalendarAt(Table):
    connector: Name = Field(description="the name of a [[connector]] with the role calendar")
    address: Place = Field(description="what that connector calls the calendar: a path, a mailbox, a calendar id")


class StaffSettings(Table):
    id: Id = Field(description="short and lasting: sessions remember it")
    name: Name = Field(description="how customers know them")
    email: Email = Field(description="where questions to them go; their address in their own calendar")
    zone: Zone = Field(description="in which their hours are meant")
    calendar: CalendarAt = Field(description="the calendar on which their sessions stand (K1)")
    reads: Annotated[tuple[CalendarAt, ...], Field(max_length=READS_MAX)] = Field(
        (), description="calendars of theirs that are only read for busy time (K2)"
    )
    hours: Hours = Field((), description="weekly hours in which they can be booked; none: not bookable")
    holidays: Annotated[tuple[date, ...], Field(max_length=HOLIDAYS_MAX)] = Field(
        (), description="days on which they cannot be booked"
    )
    lead: bool = Field(False, description="a lead is told of what concerns the whole desk")
    accounts: Annotated[tuple[Line, ...], Field(max_length=ACCOUNTS_MAX)] = Field(
        (), description="addresses, numbers and names by which conferences show them: no attendance (A2)"
    )
    mobile: Phone | None = Field(None, description="questions reach them there by text, too; none: by mail alone (N8)")
    asked_by_mail: bool = Field(
        False, description="are they asked by mail, too, whether nobody came (A3)? the desk's page always shows it"
    )
    asked_by_text: bool = Field(False, description="the same by text, to their mobile")


class TypeSettings(Table):
    id: Id = Field(description="short and lasting: links and sessions remember it")
    name: Name = Field(description="what a visitor picks")
    channel: Channel = Field(Channel.ONLINE, description="online (screen share and line) or phone (the line alone)")
    staff: tuple[Id, ...] = Field((), description="who holds it; none: all staff")
    rooms: tuple[Id, ...] = Field((), description="rooms it may use; none: all rooms")
    length: LongDuration = Field(timedelta(minutes=30), description="how long a session lasts (B1)")
    step: LongDuration = Field(timedelta(minutes=15), description="slots begin so far apart (B1)")
    buffer: Duration = Field(timedelta(minutes=10), description="time between two sessions of one person (B1)")
    notice: Duration = Field(timedelta(hours=2), description="how soon a session can be booked (B1)")
    horizon: LongDuration = Field(timedelta(days=30), description="how far ahead sessions can be booked (B1)")
    about: Text = Field("", description="a sentence beneath the name")
    free: bool = Field(True, description="free with a plan (E1); false: paid by everybody (E7)")


class TopicSettings(Table):
    id: Id = Field(description="short and lasting")
    name: Name = Field(description="what a visitor picks")
    preparation: Text = Field("", description="what to prepare; stands first in the first reminder (B3)")
    phone_first: bool = Field(False, description="numbers before the join link (B3)")


class ConnectorHeader(Table):
    """What every `[[connector]]` has; its other keys belong to its kind."""

    name: Id = Field(description="how the rest of the configuration calls it")
    kind: Name = Field(description="which connector it is: caldav, smtp, room, directory_csv …")


class StoreSettings(Table):
    folder: Place = Field(".", description="where database, secret and lock lie; relative to the configuration")
    url: Place = Field("sqlite:///syncd.db", description="the database; a relative file lies in that folder")


class WebSettings(Table):
    enabled: bool = Field(True, description="false: a daemon without pages, for calendars and mail alone")
    host: Name = Field("127.0.0.1", description="where the pages listen; behind a reverse proxy: this machine alone")
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(8000, description="0 takes any free port")
    proxies: tuple[Name, ...] = Field(("127.0.0.1",), description="reverse proxies whose word on the visitor counts")
    accent: Colour = Field("#2f56c6", description="the one colour of the pages (PAGE-2)")
    accent_dark: Colour = Field("#9db8ff", description="the same on a dark screen")
    embedded_by: tuple[Origin, ...] = Field((), description="sites that may show /book in a frame of theirs")
    codes_per_network_max: Count = Field(10, description="wrong company codes from one network address, each window")
    codes_total_max: Count = Field(300, description="wrong company codes of everybody, each window (E3)")
    links_per_network_max: Count = Field(10, description="requests for links from one network address, each window")
    links_total_max: Count = Field(300, description="requests for links of everybody, each window (B5)")
    window: LongDuration = Field(timedelta(hours=1), description="the time over which these are counted")


class LoginSettings(Table):
    """How staff come in to the desk: by a local password, by an OpenID provider, or by either."""

    local: bool = Field(True, description="may staff sign in by a password of their own (`syncd user`)?")
    idle: LongDuration = Field(timedelta(hours=10), description="a sign-in ends when it was left alone so long")
    total: LongDuration = Field(timedelta(days=7), description="and so long after it began in any case")
    failures_per_network_max: Count = Field(10, description="failed sign-ins from one network, each web.window")
    failures_per_name_max: Count = Field(20, description="failed sign-ins under one name, each window")
    failures_total_max: Count = Field(300, description="failed sign-ins of everybody, each window")
    issuer: Line = Field("", description="the OpenID provider's issuer address; empty: none")
    client_id: Line = Field("", description="what the provider calls this desk")
    credential: Line = Field("", description="the name of the credential with the client secret; empty: PKCE alone")
    claim: Line = Field("email", description="which claim holds a user's sign-in name, at the first sign-in")
    label: Line = Field("your company account", description="how the button calls the provider")


class LogSettings(Table):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is worth a line")
    format: Literal["auto", "console", "json"] = Field("auto", description="auto: console on a terminal, else json")


class EngineSettings(Table):
    poll: LongDuration = Field(timedelta(seconds=60), description="how often calendars are asked for changes (CAL-29)")
    texts_poll: LongDuration = Field(timedelta(seconds=15), description="how often texts are read (SMS-4)")
    watched_poll: LongDuration = Field(
        timedelta(minutes=10), description="how often a calendar is asked that tells of changes itself (GOO-11)"
    )
    directory_poll: LongDuration = Field(timedelta(minutes=15), description="how often directories are read (D2)")
    mail_poll: LongDuration = Field(
        timedelta(seconds=60), description="how often mailboxes are read; news wake earlier"
    )
    sweep: LongDuration = Field(timedelta(seconds=1), description="how often the tables are asked for what is due")
    pool: Annotated[int, Field(ge=1, le=128)] = Field(8, description="calls to the outside world at the same time")
    lease: LongDuration = Field(timedelta(minutes=2), description="longer than any call; then its outcome is unknown")


@dataclass(frozen=True, slots=True)
class Connector:
    """One `[[connector]]` with its own settings, as the manifest's model understood them."""

    name: str
    kind: str
    settings: BaseModel


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration, understood and consistent."""

    desk: DeskSettings
    terms: TermsSettings
    store: StoreSettings
    web: WebSettings
    login: LoginSettings
    log: LogSettings
    engine: EngineSettings
    staff: tuple[StaffSettings, ...]
    types: tuple[TypeSettings, ...]
    topics: tuple[TopicSettings, ...]
    connectors: tuple[Connector, ...]
