"""How does an operator describe a room? Its join link, conference ID, numbers and pages, checked when they are read.

Numbers are judged by the `phonenumbers` metadata (ITU-T E.164); CON-11 and CON-13 say what a room has.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ROOMS_MAX = 100
NUMBERS_MAX = 200
STEPS_MAX = 30
URL_MAX = 2_000
_CONFERENCE_ID = re.compile(r"[0-9*# -]{1,60}")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


def _https(text: str) -> str:
    if len(text) > URL_MAX or not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("is no web address: blanks and letters beyond ASCII are written percent-encoded")
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError("is no web address") from None
    if url.scheme != "https" or not host:
        raise ValueError("is no https address; customers and their calendars need one (INV-29)")
    if url.username or url.password:
        raise ValueError("holds a user name or password, and customers would see it")
    return text


def _line(text: str) -> str:
    if not _PRINTABLE.fullmatch(text) or len(text) > 500:
        raise ValueError("holds a control character, or is longer than 500")
    return text.strip()


def _conference_id(text: str) -> str:
    if not _CONFERENCE_ID.fullmatch(text) or not any(c.isdigit() for c in text):
        raise ValueError('is no conference ID as one types it: digits, blanks, #, *: "500 554 260#"')
    return " ".join(text.split())


Https = Annotated[str, AfterValidator(_https)]
Line = Annotated[str, AfterValidator(_line)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NumberSettings(_Table):
    """One number of the conference line; short form: the number alone, as a text."""

    number: str = Field(description="in full: +1 571 317 3122")
    kind: Literal["toll", "tollfree", "mobile"] = Field("toll", description="what calling it costs the caller")
    region: str = Field("", description="ISO region where the number itself does not tell, for example US")
    label: Line = Field("", description="how it is called, for example the city")


def _number(value: Any) -> Any:
    """A text stands for a number with nothing else said. What is wrong with it is said here, at its own place."""
    table = {"number": value} if isinstance(value, str) else value
    if not isinstance(table, dict) or not isinstance(table.get("number"), str):
        return table
    text = table["number"]
    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise ValueError(f"“{text:.40}” is no telephone number in full: +1 571 317 3122") from None
    if not phonenumbers.is_valid_number(parsed):
        raise ValueError(f"“{text:.40}” is no telephone number that exists")
    region = phonenumbers.region_code_for_number(parsed) or ""
    given = str(table.get("region") or region).upper()
    if given not in phonenumbers.SUPPORTED_REGIONS and given != "001":
        raise ValueError(f"“{given:.10}” is no region: two letters, for example US")
    if region not in ("", "001") and given != region:
        raise ValueError(f"“{text:.40}” is a number of {region}, not of {given}")
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return {**table, "number": e164, "region": given}


Number = Annotated[NumberSettings, BeforeValidator(_number)]


class RoomSettings(_Table):
    """One permanent room: it holds one session at a time (K10)."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="short and lasting: lower case, digits, - and _")
    join_url: Https = Field(description="the provider's own join link; it works when syncd is down")
    conference_id: Annotated[str, AfterValidator(_conference_id)] = Field(
        description='as a caller types it: "500 554 260#"'
    )
    numbers: Annotated[tuple[Number, ...], Field(max_length=NUMBERS_MAX)] = Field(
        (), description="the conference line's numbers, those to print first first (CON-12)"
    )
    call_in_page: Https | None = Field(None, description="the page that lists all numbers")
    room_code: Line | None = Field(None, description="what is typed into the desktop app")
    app_url: Https | None = Field(None, description="where to get the app")
    macos_url: Https | None = Field(None, description="how macOS is told to allow screen sharing")
    host_url: Https | None = Field(None, description="for staff alone; it never reaches a customer (INV-33)")
    steps: Annotated[tuple[Line, ...], Field(max_length=STEPS_MAX)] = Field(
        (), description="your own joining steps, one line each (N3)"
    )
    gap_minutes: int = Field(15, ge=0, le=240, description="time between two sessions in this room (K10)")


class RoomsSettings(_Table):
    room: Annotated[tuple[RoomSettings, ...], Field(min_length=1, max_length=ROOMS_MAX)] = Field(
        description="write [[connector.room]] beneath the connector, once a room"
    )
