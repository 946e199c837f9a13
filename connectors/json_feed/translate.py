"""What does a report say? Posted JSON to evidence and a reading (CON-7, ATT-1); pure.

Unknown fields, unknown words and empty strings are normal (CON-10); what cannot be placed counts for the customer. A
report that is not understood is refused whole, with every reason: its sender is known and can mend it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.json_feed import Settings
from syncd.domain.attendance import FeedReading, Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.domain.keys import derived_key
from syncd.ports.feed import sighting
from syncd.ports.hook import Call
from syncd.ports.source import Batch, Raw

RECORDS_MAX = 5_000
TEXT_MAX = 500
REASONS_MAX = 20

Word = TypeVar("Word", bound=StrEnum)


class Unreadable(Exception):
    """Why; one line each."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class PostedHints(_Table):
    """By what somebody may be known; each can be empty."""

    token: str = Field("", max_length=TEXT_MAX)
    email: str = Field("", max_length=TEXT_MAX)
    phone_e164: str = Field("", max_length=TEXT_MAX)
    phone_masked: str = Field("", max_length=TEXT_MAX)
    name: str = Field("", max_length=TEXT_MAX)
    participant_id: str = Field(max_length=TEXT_MAX, min_length=1)


class PostedRecord(_Table):
    """One stay of one participant; a rejoin is another record."""

    channel: str = Field("online", max_length=TEXT_MAX)
    stage: str = Field("joined", max_length=TEXT_MAX)
    role: str = Field("unknown", max_length=TEXT_MAX)
    joined_at: AwareDatetime
    left_at: AwareDatetime | None = None
    hints: PostedHints

    @model_validator(mode="after")
    def _forwards(self) -> PostedRecord:
        if self.left_at is not None and self.left_at < self.joined_at:
            raise ValueError("left_at lies before joined_at")
        return self


class PostedReport(_Table):
    """What is posted; docs/json_feed.schema.json is made from it."""

    room: str = Field(max_length=TEXT_MAX)
    epoch: str = Field("", max_length=TEXT_MAX)
    watermark: AwareDatetime | None = None
    since: AwareDatetime | None = None
    complete: bool = False
    records: tuple[PostedRecord, ...] = Field((), max_length=RECORDS_MAX)


@dataclass(frozen=True, slots=True)
class Report:
    """A report about one of our rooms, as the sender means it."""

    room_id: str
    epoch: str
    watermark: datetime | None
    since: datetime | None
    complete: bool
    lag: timedelta
    max_gap: timedelta
    records: tuple[PostedRecord, ...]


def read_report(raw: bytes, settings: Settings) -> Report:
    """Raises Unreadable, naming all that is wrong and nobody's data."""
    try:
        posted = PostedReport.model_validate(json.loads(raw))
    except ValidationError as error:
        told = (f"{'.'.join(str(part) for part in each['loc']) or 'report'}: {each['msg']}" for each in error.errors())
        raise Unreadable("\n".join(list(told)[:REASONS_MAX])) from None
    except (ValueError, RecursionError):
        raise Unreadable("the body is no JSON") from None
    room_id = next((ours for ours, theirs in settings.rooms.items() if theirs == posted.room), None)
    if room_id is None:
        raise Unreadable("room: it stands in no `rooms` of this connector's settings")
    return Report(
        room_id=room_id,
        epoch=posted.epoch,
        watermark=_utc(posted.watermark),
        since=_utc(posted.since),
        complete=posted.complete,
        lag=timedelta(seconds=settings.lag_seconds),
        max_gap=timedelta(seconds=settings.max_gap_seconds),
        records=posted.records,
    )


def batch_of(feed: str, report: Report, epoch: str, digest: str, call: Call, sent_at: datetime) -> Batch:
    """`sent_at`: by the sender's clock. The same report gives the same keys; without a watermark and `complete` it is
    evidence, and covers nothing.
    """
    seen = tuple(_seen(feed, report, epoch, record, call.at) for record in report.records)
    readings: tuple[FeedReading, ...] = ()
    if report.watermark is not None and report.complete:
        upto = min(report.watermark, call.at) - report.lag  # nobody knows what is still to come
        readings = (
            FeedReading(feed, report.room_id, upto, report.max_gap, report.since, epoch, skew=call.at - sent_at),
        )
    raw = Raw(derived_key(feed, "post", digest), call.at, call.raw)
    return Batch(seen, read_at=report.watermark, readings=readings, raw=(raw,))


def _seen(feed: str, report: Report, epoch: str, record: PostedRecord, at: datetime) -> Evidence:
    hints = record.hints
    return sighting(
        AttendanceSeen(
            feed=feed,
            room_id=report.room_id,
            channel=_word(Channel, record.channel, Channel.ONLINE),
            stage=_word(Stage, record.stage, Stage.JOINED),
            presence=_word(Presence, record.role, Presence.UNKNOWN),
            joined_at=record.joined_at.astimezone(UTC),
            observed_at=report.watermark or at,
            left_at=_utc(record.left_at),
            hints=Hints(**hints.model_dump()),
        ),
        epoch,
        hints.participant_id,
    )


def _word(kind: type[Word], said: str, otherwise: Word) -> Word:
    try:
        return kind(said)
    except ValueError:
        return otherwise


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
