"""Who is in the sample? Three staff in three zones (one with a half hour), five companies, one room. All invented."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.domain.money import ReleaseState

SERVICE = "syncd"
"""The account by which syncd reads and writes all sample calendars."""


@dataclass(frozen=True, slots=True)
class SampleStaff:
    id: str
    name: str
    zone: str
    hours: str
    lead: bool = False


STAFF = (
    SampleStaff("dana", "Dana Whitfield", "America/New_York", '{ mon-fri = "08:30-12:30, 13:30-17:30" }', lead=True),
    SampleStaff(
        "jonas", "Jonas Brandt", "Europe/Berlin", '{ mon-thu = "09:00-12:00, 13:00-18:00", fri = "09:00-15:00" }'
    ),
    SampleStaff("asha", "Asha Raman", "Asia/Kolkata", '{ mon-sat = "10:00-13:30, 14:30-18:30" }'),
)

COMPANIES_CSV = """\
id,name,code,plan,plan_until,zone,country,blocked
harbor,Harbor Lane Clinic,HARB-4711,maintenance,,America/Chicago,US,no
birke,Birke & Söhne,BIRK-2208,support,,Europe/Berlin,DE,no
kaveri,Kaveri Textiles,KAVE-9350,maintenance,,Asia/Kolkata,IN,no
oldmill,Old Mill Press,MILL-1024,support,2024-12-31,Europe/London,GB,no
grey,Greyfield Partners,GREY-6066,support,,America/Denver,US,yes
"""

CONTACTS_CSV = """\
id,company,name,email,mobile,zone,locale
p1,harbor,Maria Lopez,maria@harborlane.example,+1 212 555 0123,America/Chicago,en
p2,birke,Tomas Birke,tomas@birke.example,,Europe/Berlin,en
p3,kaveri,Nila Iyer,nila@kaveri.example,,Asia/Kolkata,en
"""

CODES = (
    ("HARB-4711", "Harbor Lane Clinic", "maintenance: books free sessions"),
    ("BIRK-2208", "Birke & Söhne", "support: books free sessions"),
    ("KAVE-9350", "Kaveri Textiles", "maintenance: books free sessions"),
    ("MILL-1024", "Old Mill Press", "its plan has lapsed"),
    ("GREY-6066", "Greyfield Partners", "blocked"),
)

RELEASES = (
    ("2026", "Lantern 2026", ReleaseState.ACTIVE),
    ("2025", "Lantern 2025", ReleaseState.ACTIVE),
    ("2023", "Lantern 2023", ReleaseState.DEPRECATED),
    ("2019", "Lantern 2019", ReleaseState.END_OF_LIFE),
)
FEES = (("screen", "99.00 USD"), ("call", "59.00 USD"))

_HEAD = """\
# The sample desk. `syncd run --demo` wrote this file once; change it as you like, it is kept.
# Every setting with its default: config.example.toml.

[desk]
name = "Lantern Software Support"
organizer = "support@lantern.example"
base_url = "{web}"
zone = "Europe/Berlin"
support_email = "help@lantern.example"
operator_email = "operator@lantern.example"
portal_hint = "You find the company code on your profile page in the customer portal."
texting_number = "+1 571 317 3122"

[web]
port = {port}

[[type]]
id = "screen"
name = "Screen sharing session"
about = "We look at your screen together. Thirty minutes."

[[type]]
id = "call"
name = "Telephone session"
channel = "phone"
length = "20 min"
about = "You call in, no computer needed. Twenty minutes."

[[topic]]
id = "install"
name = "Installation on several computers"
preparation = "Have the installer on each computer, and a telephone beside you."
phone_first = true

[[topic]]
id = "question"
name = "A question or a problem"
preparation = "Have the app open at the place where it happens."

[[connector]]
name = "calendars"
kind = "caldav"
url = "{calendars}"
username = "{service}"
credential = "calendars"

[[connector]]
name = "mail"
kind = "smtp"
host = "127.0.0.1"
port = {smtp}
tls = "none"

[[connector]]
name = "texts"
kind = "text_sink"
number = "+15713173122"

[[connector]]
name = "portal"
kind = "directory_csv"

[[connector]]
name = "invoice"
kind = "invoice"

[[connector]]
name = "rooms"
kind = "room"
{rooms}{staff}"""

_ROOM = """
[[connector.room]]
id = "{id}"
join_url = "https://meet.lantern.example/{id}"
conference_id = "{conference}#"
numbers = [
    {{ number = "+1 571 317 3122", label = "Washington" }},
    {{ number = "+49 30 23125 012", label = "Berlin" }},
    {{ number = "+44 20 7946 0018", label = "London" }},
]
call_in_page = "https://meet.lantern.example/numbers"
room_code = "{code}"
app_url = "https://meet.lantern.example/app"
macos_url = "https://meet.lantern.example/macos"
host_url = "https://meet.lantern.example/{id}/host"
steps = ["Open the link; it shows the screen and carries no sound.", "Call in, and type the conference ID."]
"""

_STAFF = """
[[staff]]
id = "{id}"
name = "{name}"
email = "{id}@lantern.example"
zone = "{zone}"
lead = {lead}
calendar = {{ connector = "calendars", address = "/{id}/support/" }}
reads = [{{ connector = "calendars", address = "/{id}/private/" }}]
hours = {hours}
"""

ROOMS = (
    ("lantern", "500 554 260", "500-554-260"),
    ("beacon", "500 554 261", "500-554-261"),
    ("harbor", "500 554 262", "500-554-262"),
)
CALENDARS = (("support", "Support sessions"), ("private", "Private"))


def configuration(web: str, port: int, calendars: str, smtp: int) -> str:
    """The sample's syncd.toml for these addresses."""
    rooms = "".join(_ROOM.format(id=i, conference=conference, code=code) for i, conference, code in ROOMS)
    staff = "".join(
        _STAFF.format(id=s.id, name=s.name, zone=s.zone, hours=s.hours, lead=str(s.lead).lower()) for s in STAFF
    )
    return _HEAD.format(web=web, port=port, calendars=calendars, smtp=smtp, service=SERVICE, rooms=rooms, staff=staff)
