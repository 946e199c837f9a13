"""How does a value become text, and text a value again? One reflective codec over the domain's frozen dataclasses.

The text is JSON (RFC 8259) in ASCII, fields in the order of the class, instants in UTC: one value has one text, so a
replay can be compared byte for byte. A union is told by each member's literal `kind`, or else by a tag with the class's
name. A later version reads what an earlier one wrote: a field it does not find takes its default, one it does not know
is left out. Everything is derived from the type hints, once, when first used.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Any, Generic, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from syncd.domain.absence import Absence
from syncd.domain.case import Consulted
from syncd.domain.decision import Answer, CalendarState, Claim, Decision
from syncd.domain.desk import Desk
from syncd.domain.effect import EffectBody, EffectStatus
from syncd.domain.evidence import Payload
from syncd.domain.keys import CaseKind
from syncd.domain.money import Catalogue
from syncd.domain.people import Company, Contact
from syncd.domain.request import Request
from syncd.domain.session import Session
from syncd.domain.terms import Terms
from syncd.ports.errors import SyncdError

T = TypeVar("T")
Turn = Callable[[Any], Any]

_TAG = "is"
_TICK = timedelta(microseconds=1)


class Misfit(ValueError):
    """A value is not of its type's shape. Says what was expected, and nothing of the value, which may name people."""


class UnreadableRow(SyncdError):
    """A stored row is not what this version wrote or can read: its case is set aside, the rest goes on."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="The row is damaged, or was written by a later version: see `syncd doctor`.")


class Codec(Generic[T]):
    """Text of one type and back. Built lazily: importing this costs nothing."""

    def __init__(self, of: Any) -> None:
        self._of = of

    @cached_property
    def _encode(self) -> Turn:
        return _encoder(self._of)

    @cached_property
    def _decode(self) -> Turn:
        return _decoder(self._of)

    def dump(self, value: T) -> str:
        return json.dumps(self._encode(value), separators=(",", ":"))

    def load(self, text: str) -> T:
        """Raises UnreadableRow, which says nothing of what stands in the row."""
        try:
            return self.of(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise self._unreadable(error) from None

    def of(self, data: Any) -> T:
        """The same from JSON that was parsed already."""
        try:
            value: T = self._decode(data)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise self._unreadable(error) from None
        return value

    def _unreadable(self, error: Exception) -> UnreadableRow:
        what = str(error) if isinstance(error, Misfit) else type(error).__name__
        return UnreadableRow(f"cannot be read as {getattr(self._of, '__name__', 'stored')}: {what}")


SESSION: Codec[Session] = Codec(Session)
COMPANY: Codec[Company] = Codec(Company)
CONTACT: Codec[Contact] = Codec(Contact)
CALENDAR: Codec[CalendarState] = Codec(CalendarState)
REQUEST: Codec[Request] = Codec(Request)
CATALOGUE: Codec[Catalogue] = Codec(Catalogue)
ABSENCE: Codec[Absence] = Codec(Absence)
STATES: dict[CaseKind, Codec[Any]] = {
    CaseKind.SESSION: SESSION,
    CaseKind.COMPANY: COMPANY,
    CaseKind.CONTACT: CONTACT,
    CaseKind.CALENDAR: CALENDAR,
    CaseKind.REQUEST: REQUEST,
    CaseKind.CATALOGUE: CATALOGUE,
    CaseKind.STAFF: ABSENCE,
}
PAYLOAD: Codec[Payload] = Codec(Payload)
EFFECT_BODY: Codec[EffectBody] = Codec(EffectBody)
DECISION: Codec[Decision] = Codec(Decision)
ANSWER: Codec[Answer] = Codec(Answer)
CLAIM: Codec[Claim] = Codec(Claim)
DESK: Codec[Desk] = Codec(Desk)
TERMS: Codec[Terms] = Codec(Terms)
CONSULTED: Codec[Consulted] = Codec(Consulted)
EFFECT_STATUSES: Codec[tuple[EffectStatus, ...]] = Codec(tuple[EffectStatus, ...])


# -- values to JSON ----------------------------------------------------------------------------------------------------


def _as_is(value: Any) -> Any:
    return value


def _instant_text(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} names no zone, so it is no instant")
    return value.astimezone(UTC).isoformat()


_ENCODERS: dict[Any, Turn] = {
    datetime: _instant_text,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: lambda value: value // _TICK,
    **dict.fromkeys((str, int, float, bool, NoneType), _as_is),
}


@cache
def _encoder(of: Any) -> Turn:
    if of in _ENCODERS:
        return _ENCODERS[of]
    if isinstance(of, NewType):
        return _encoder(of.__supertype__)
    if isinstance(of, type) and issubclass(of, Enum):
        return lambda value: value.value
    origin = get_origin(of)
    if origin is Literal:
        return _as_is
    if origin is tuple:
        return _tuple_encoder(get_args(of))
    if origin in (Union, UnionType):
        return _union_encoder(get_args(of))
    if is_dataclass(of):
        return _class_encoder(of)
    raise TypeError(f"no codec for {of!r}")


def _tuple_encoder(args: tuple[Any, ...]) -> Turn:
    if args[1:] == (...,):
        each = _encoder(args[0])
        return lambda value: [each(item) for item in value]
    parts = [_encoder(arg) for arg in args]
    return lambda value: [part(item) for part, item in zip(parts, value, strict=True)]


def _union_encoder(args: tuple[Any, ...]) -> Turn:
    members = [arg for arg in args if arg is not NoneType]
    if len(members) == 1:
        only = _encoder(members[0])
        return lambda value: None if value is None else only(value)
    turns = {member: _encoder(member) for member in members}
    tagged = not all(_kind_of(member) for member in members)

    def turn(value: Any) -> Any:
        if value is None:
            return None
        encoded = turns[type(value)](value)
        return {_TAG: type(value).__name__, **encoded} if tagged else encoded

    return turn


def _class_encoder(of: Any) -> Turn:
    hints = get_type_hints(of)
    parts = [(f.name, _encoder(hints[f.name])) for f in fields(of)]
    return lambda value: {name: part(getattr(value, name)) for name, part in parts}


# -- JSON to values ----------------------------------------------------------------------------------------------------


def _exactly(of: type) -> Turn:
    def turn(data: Any) -> Any:
        if type(data) is not of:
            raise Misfit(f"{of.__name__} expected, {type(data).__name__} found")
        return data

    return turn


def _number(data: Any) -> float:
    if type(data) not in (int, float):
        raise Misfit(f"a number expected, {type(data).__name__} found")
    return float(data)


def _instant(data: Any) -> datetime:
    instant = datetime.fromisoformat(data)
    if instant.tzinfo is None:
        raise Misfit("an instant without a zone")
    return instant if instant.tzinfo is UTC else instant.astimezone(UTC)


_DECODERS: dict[Any, Turn] = {
    datetime: _instant,
    date: date.fromisoformat,
    time: time.fromisoformat,
    timedelta: lambda data: _exactly(int)(data) * _TICK,
    float: _number,
    **{plain: _exactly(plain) for plain in (str, int, bool, NoneType)},
}


@cache
def _decoder(of: Any) -> Turn:
    if of in _DECODERS:
        return _DECODERS[of]
    if isinstance(of, NewType):
        return _decoder(of.__supertype__)
    if isinstance(of, type) and issubclass(of, Enum):
        return of
    origin = get_origin(of)
    if origin is Literal:
        return _literal_decoder(get_args(of))
    if origin is tuple:
        return _tuple_decoder(get_args(of))
    if origin in (Union, UnionType):
        return _union_decoder(get_args(of))
    if is_dataclass(of):
        return _class_decoder(of)
    raise TypeError(f"no codec for {of!r}")


def _literal_decoder(allowed: tuple[Any, ...]) -> Turn:
    def turn(data: Any) -> Any:
        if data not in allowed:
            raise Misfit(f"one of {allowed} expected")
        return data

    return turn


def _tuple_decoder(args: tuple[Any, ...]) -> Turn:
    rows = _exactly(list)
    if args[1:] == (...,):
        each = _decoder(args[0])
        return lambda data: tuple([each(item) for item in rows(data)]) if data else tuple(rows(data))
    parts = [_decoder(arg) for arg in args]
    return lambda data: tuple(part(item) for part, item in zip(parts, rows(data), strict=True))


def _union_decoder(args: tuple[Any, ...]) -> Turn:
    members = [arg for arg in args if arg is not NoneType]
    optional = len(members) < len(args)
    if len(members) == 1:
        only = _decoder(members[0])
        return lambda data: None if data is None else only(data)
    kinds = {_kind_of(member): _decoder(member) for member in members}
    tag = "kind"
    if "" in kinds:
        tag, kinds = _TAG, {member.__name__: _decoder(member) for member in members}

    def turn(data: Any) -> Any:
        if data is None and optional:
            return None
        return kinds[data[tag]](data)

    return turn


def _class_decoder(of: Any) -> Turn:
    hints = get_type_hints(of)
    parts = [(f.name, _decoder(hints[f.name]), _required(f)) for f in fields(of)]
    whole = [(name, part) for name, part, _ in parts]

    def turn(data: Any) -> Any:
        if type(data) is not dict:
            raise Misfit(f"{of.__name__} expected, {type(data).__name__} found")
        try:  # as written by this version: every field is there
            return of(*[part(data[name]) for name, part in whole])
        except KeyError:
            found = {name: part(data[name]) for name, part, required in parts if required or name in data}
            return of(**found)

    return turn


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _kind_of(of: Any) -> str:
    """The literal `kind` by which a union's members are told apart, or nothing."""
    hint = get_type_hints(of).get("kind") if is_dataclass(of) else None
    return str(get_args(hint)[0]) if get_origin(hint) is Literal else ""
