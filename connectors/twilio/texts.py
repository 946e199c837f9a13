"""One number at Twilio: texts out, looked for, and texts in, by poll and by webhook (SMS-1 to SMS-5; ports/texts.py).

A webhook has no time of its own, and the time at which the message was made is what a cutoff is judged by (SMS-4). So a
genuine webhook makes us read the list at once, where that time stands; should the list not answer, the webhook's own
words count, from the instant that they came, and the list stays unread: no watermark moves by a webhook (ATT-3).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import quote

from connectors.twilio import TextSettings
from connectors.twilio.client import Client, Missing
from connectors.twilio.hook import TwilioHook, form_of
from connectors.twilio.keywords import is_toll_free, keywords_of
from connectors.twilio.translate import instant, listed, read_mark, received, text_evidence
from syncd.domain.correspondence import TextReceived
from syncd.domain.evidence import Evidence
from syncd.ports.connector import Tools
from syncd.ports.errors import Misconfigured, OutcomeUnknown, Retryable
from syncd.ports.hook import Hook
from syncd.ports.source import Batch, Raw
from syncd.ports.texts import Text

LAG = timedelta(seconds=10)
"""So long until the list surely shows a message."""

BACK = timedelta(hours=2)
"""How far before the watermark is read again: the list goes by days, and messages may be listed late."""

HEARD_MAX = 1_000
HTTP_NOTHING = "there is no such account"


class TwilioTexts:
    """ports.texts.Texts."""

    def __init__(self, name: str, settings: TextSettings, tools: Tools) -> None:
        self.id = name
        self.lane = name
        self.keywords: Mapping[str, str] = keywords_of(settings.number, settings.keywords)
        self._settings = settings
        self._tools = tools
        self._client = Client(settings, tools)
        self._heard: OrderedDict[str, tuple[TextReceived, datetime]] = OrderedDict()
        self._lock = Lock()

    def hooks(self) -> tuple[Hook, ...]:
        return (TwilioHook(self.id, self.keywords, self._client.token, self._hear),)

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, text: Text) -> str:
        form = {"To": text.to, "Body": text.body}
        if self._settings.service:
            form["MessagingServiceSid"] = self._settings.service
        else:
            form["From"] = self._settings.number
        if self._settings.callback_url:
            form["StatusCallback"] = f"{self._settings.callback_url}?ref={quote(text.effect_key, safe='')}"
        sid = self._client.post("/Messages.json", form).values.get("sid")
        if not isinstance(sid, str) or not sid:
            raise OutcomeUnknown("Twilio's answer names no message")
        return sid

    def look(self, text: Text, since: datetime) -> str | None:
        """By its words, which hold the reference, among all that went to this number since then (SMS-2)."""
        query = {"To": text.to, "DateSent>": _day(since), "PageSize": str(self._settings.page_items_max)}
        if not self._settings.service:
            query["From"] = self._settings.number
        wanted = " ".join(text.body.split())
        for row in self._pages(query)[0]:
            made = instant(row.get("date_created"))
            same = " ".join(str(row.get("body") or "").split()) == wanted and text.reference in wanted
            if same and row.get("direction") != "inbound" and (made is None or made >= since):
                return str(row["sid"])
        return None

    # -- in ------------------------------------------------------------------------------------------------------------

    def observe(self, cursor: str | None, now: datetime) -> Batch:
        """All that came to our number since the watermark, less some overlap: keys make the rest no news."""
        upto = datetime.fromisoformat(cursor) if cursor else now - timedelta(days=1)
        query = {
            "To": self._settings.number,
            "DateSent>": _day(upto - BACK),
            "PageSize": str(self._settings.page_items_max),
        }
        with self._lock:
            heard = dict(self._heard)
        try:
            rows, at = self._pages(query)
        except Retryable:
            if not heard:
                raise
            self._forget(heard)  # the list brings them again, under the same keys
            told = [text_evidence(self.id, text, came) for text, came in heard.values()]
            return Batch(tuple(told), cursor=cursor, last=False, raw=_marks(told))  # the list is still to be read
        evidence = []
        for row in rows:
            found = listed(row, self.keywords)
            if found is None:
                continue
            text, made = found
            said, came = heard.pop(text.message_id, (None, now))
            evidence.append(text_evidence(self.id, said or text, min(made, came) if made else came))
        evidence += [text_evidence(self.id, text, came) for text, came in heard.values()]
        self._forget({text.payload.message_id for text in evidence if isinstance(text.payload, TextReceived)})
        read_at = (at or now) - LAG
        return Batch(tuple(evidence), cursor=_hour(read_at), read_at=read_at, raw=_marks(evidence))

    def recall(self, raw: Raw) -> Batch:
        """The words of a kept webhook, which the list never showed: they count from its arrival (SMS-4)."""
        form = form_of(raw.body)
        text = received(form, self.keywords) if form is not None else None
        if text is None:
            return Batch(raw=(raw,))
        told = text_evidence(self.id, text, raw.received_at)
        return Batch((told,), raw=(read_mark(told),))

    def _hear(self, text: TextReceived, at: datetime) -> None:
        with self._lock:
            self._heard.setdefault(text.message_id, (text, at))
            while len(self._heard) > HEARD_MAX:
                self._heard.popitem(last=False)

    def _forget(self, ids: Mapping[str, object] | set[str]) -> None:
        with self._lock:
            for message_id in ids:
                self._heard.pop(message_id, None)

    def _pages(self, query: Mapping[str, str]) -> tuple[list[Mapping[str, object]], datetime | None]:
        try:
            return self._client.pages("/Messages.json", query, "messages")
        except Missing:
            raise Misconfigured(HTTP_NOTHING, hint="`account` is the SID of your console's first page.") from None

    # -- doctor --------------------------------------------------------------------------------------------------------

    def probe(self) -> tuple[str, ...]:
        self._pages({"To": self._settings.number, "PageSize": "1"})
        kind = "toll-free" if is_toll_free(self._settings.number) else "a long code"
        signed = "webhooks are verified" if self._client.token() else "no webhooks: token_credential is not set"
        told = "Twilio reports to us" if self._settings.callback_url else "no reports: callback_url is not set"
        return (f"signed in; {self._settings.number} is {kind}", signed, told)


def _marks(evidence: Iterable[Evidence]) -> tuple[Raw, ...]:
    return tuple(read_mark(each) for each in evidence)


def _day(at: datetime) -> str:
    """The filter goes by days, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d}T00:00:00Z"


def _hour(at: datetime) -> str:
    """A cursor that seldom changes, so that a quiet poll writes nothing."""
    return at.replace(minute=0, second=0, microsecond=0).isoformat()
