"""Who posts, and is it them? A hook that takes signed reports (CON-7); nothing is asked.

The signature covers the time of sending, so that a recorded post is good for five minutes; what is posted again brings
the same batch again, whose keys are known, and changes nothing. A watermark that falls means that the sender began
anew: from then on it is another epoch, which breaks continuity (ATT-2).
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.json_feed import Settings
from connectors.json_feed.translate import Report, Unreadable, batch_of, read_report
from syncd.domain.attendance import OpenWindow
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured
from syncd.ports.hook import Answer, Call, Hook
from syncd.ports.source import Batch

OFF_MAX = timedelta(minutes=5)
BODY_BYTES_MAX = 1_048_576
POSTS_REMEMBERED_MAX = 10_000
SECRET_CHARACTERS_MIN = 16


class ToldFeed:
    """ports.feed.Feed and ports.hook.Hook of one sender."""

    lane = ""

    def __init__(self, name: str, settings: Settings, tools: Tools) -> None:
        self.id = name
        self.rooms: Mapping[str, str] = settings.rooms
        self._settings = settings
        self._tools = tools
        self._lock = threading.Lock()
        self._epochs: OrderedDict[str, str] = OrderedDict()
        self._latest: dict[str, tuple[str, str, datetime | None]] = {}

    def hooks(self) -> tuple[Hook, ...]:
        return (self,)

    def poll(self, windows: Sequence[OpenWindow], cursor: str | None, now: datetime) -> Batch:
        """It is told, not asked."""
        return Batch(cursor=cursor)

    def probe(self) -> tuple[str, ...]:
        secret = self._tools.credential(self._settings.credential)
        if len(secret) < SECRET_CHARACTERS_MIN:
            raise Misconfigured(
                f"the credential “{self._settings.credential}” can be guessed",
                hint=f"use {SECRET_CHARACTERS_MIN} characters or more, drawn by lot, here and at the sender",
            )
        return (f"takes posts at /hooks/{self.id}", f"rooms {', '.join(sorted(self.rooms))}")

    def receive(self, call: Call) -> Answer:
        if call.method != "POST":
            return Answer(405)
        if len(call.raw) > BODY_BYTES_MAX:
            return Answer(413)
        try:
            secret = self._tools.credential(self._settings.credential)
        except Misconfigured:
            return Answer(503)  # kept by the sender, who comes again
        sent_at = signed_at(secret, call)
        if sent_at is None:
            return Answer(401)
        try:
            report = read_report(call.raw, self._settings)
        except Unreadable as unreadable:
            return Answer(422, f"{unreadable}\n".encode())
        digest = hashlib.sha256(call.raw).hexdigest()
        batch = batch_of(self.id, report, self._epoch(digest, report), digest, call, sent_at)
        return Answer(200, b"taken\n", batch=batch)

    def _epoch(self, digest: str, report: Report) -> str:
        """The sender's, or, once its watermark has fallen, one of our own; of a known post, the one it had."""
        with self._lock:
            if digest in self._epochs:
                return self._epochs[digest]
            said, epoch, latest = self._latest.get(report.room_id, (report.epoch, report.epoch, None))
            if said != report.epoch:
                epoch, latest = report.epoch, None
            if report.watermark is not None:
                if latest is not None and report.watermark < latest:
                    epoch = f"{report.epoch}@{report.watermark.isoformat()}"
                latest = report.watermark
            self._latest[report.room_id] = (report.epoch, epoch, latest)
            self._epochs[digest] = epoch
            while len(self._epochs) > POSTS_REMEMBERED_MAX:
                self._epochs.popitem(last=False)
            return epoch


def signed_at(secret: str, call: Call) -> datetime | None:
    """When it was signed: HMAC-SHA256 over `timestamp.rawbody`, in constant time, within five minutes of now. None: it
    was not."""
    stamp = call.headers.get("x-syncd-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return None
    sent_at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(call.at - sent_at) > OFF_MAX:
        return None
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + call.raw, hashlib.sha256).hexdigest()
    good = hmac.compare_digest(wanted.encode(), call.headers.get("x-syncd-signature", "").encode())
    return sent_at if good else None
