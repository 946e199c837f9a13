"""What does a meeting's description say? XML of getMeetingInfo to who is there now, and what that means; pure (CON-9).

No join times are told, and who has left is simply gone: the first snapshot that shows somebody is when they came, the
first that does not is when they left. Guests who wait for approval are not listed at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from syncd.domain.attendance import Hints, Presence, Stage
from syncd.domain.attended import AttendanceSeen
from syncd.domain.desk import Channel
from syncd.domain.evidence import Evidence
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.feed import sighting

ATTENDEES_MAX = 1_000
TEXT_MAX = 500
OURS = "syncd."
"""Begins the `userID` of who came by an address of ours; the rest is the token. Others' ids are no tokens."""


class NotThere(Exception):
    """The meeting was not created, or has ended: it is not bound (ATT-5)."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """`user_id` is what the join address said."""

    user_id: str
    name: str
    viewer: bool
    by_phone: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who is in the meeting. `epoch`: the internal id, new at each creation; `numbers`: its number and voice bridge."""

    meeting_id: str
    epoch: str
    attendees: tuple[Attendee, ...]
    numbers: tuple[str, str]


def snapshot_of(body: bytes) -> Snapshot:
    """Raises NotThere; Retryable: not whole; Misconfigured: the checksum is not accepted."""
    root = _parsed(body)
    code, key = _text(root, "returncode"), _text(root, "messageKey")
    if code == "FAILED" and key == "notFound":
        raise NotThere
    if key == "checksumError":
        raise Misconfigured(
            "the server does not accept our checksum",
            hint="compare the secret with `bbb-conf --secret`, `hash` with the server's supportedChecksumAlgorithms",
        )
    if code != "SUCCESS":
        raise Retryable(f"the server answers {code[:40] or 'without a returncode'} {key[:40]}".rstrip())
    found = root.findall("attendees/attendee")
    count = _text(root, "participantCount")
    if not count.isdigit() or len(count) > 6 or int(count) > len(found) or len(found) > ATTENDEES_MAX:
        raise Retryable("the list of attendees is not whole")
    return Snapshot(
        meeting_id=_text(root, "meetingID"),
        epoch=_text(root, "internalMeetingID"),
        attendees=tuple(_attendee(each) for each in found),
        numbers=(_text(root, "dialNumber"), _text(root, "voiceBridge")),
    )


def told(
    feed: str, room_id: str, snapshot: Snapshot, before: Mapping[str, str], at: datetime
) -> tuple[tuple[Evidence, ...], dict[str, str]]:
    """The evidence of a snapshot taken at `at`, and who is there since when, for the next one. `before`: the same of
    the last one of this epoch, instants as ISO texts by `user_id`."""
    present = {each.user_id: each for each in snapshot.attendees}
    since = {who: before.get(who, at.isoformat()) for who in present}
    seen = [_seen(feed, room_id, snapshot.epoch, present[who], since[who], at, None) for who in present]
    gone = [Attendee(who, "", viewer=False, by_phone=_dialed(who, "")) for who in before if who not in present]
    left = [_seen(feed, room_id, snapshot.epoch, each, before[each.user_id], at, at) for each in gone]
    return (*seen, *left), since


def _seen(
    feed: str, room_id: str, epoch: str, who: Attendee, since: str, at: datetime, left_at: datetime | None
) -> Evidence:
    return sighting(
        AttendanceSeen(
            feed=feed,
            room_id=room_id,
            channel=Channel.PHONE if who.by_phone else Channel.ONLINE,
            stage=Stage.JOINED,
            presence=Presence.GUEST if who.viewer else Presence.UNKNOWN,  # a moderator need not be ours
            joined_at=datetime.fromisoformat(since),
            observed_at=at,
            left_at=left_at,
            hints=Hints(
                token=who.user_id.removeprefix(OURS) if who.user_id.startswith(OURS) else "",
                name=who.name,
                participant_id=who.user_id,
            ),
        ),
        epoch,
        hashlib.sha256(who.user_id.encode()).hexdigest()[:26],
    )


def _attendee(element: Any) -> Attendee:
    user_id = _text(element, "userID") or _text(element, "internalUserID") or _text(element, "fullName")
    dialed = _dialed(user_id, _text(element, "clientType"))
    return Attendee(user_id, _text(element, "fullName"), _text(element, "role") == "VIEWER", dialed)


def _dialed(user_id: str, client: str) -> bool:
    return client.casefold() == "dial-in-user" or user_id.startswith("v_")


def _parsed(body: bytes) -> Any:
    """Neither DTD nor entities: an answer with one is not BigBlueButton's."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root: Any = None
    with suppress(etree.XMLSyntaxError, ValueError):
        root = etree.fromstring(body, parser)
    if root is None or root.tag != "response" or root.getroottree().docinfo.doctype:
        raise Retryable("the answer is no whole XML of BigBlueButton", hint="is `url` that of the API?")
    return root


def _text(element: Any, name: str) -> str:
    return str(element.findtext(name) or "").strip()[:TEXT_MAX]
