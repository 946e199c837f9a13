"""Is this call Twilio's, and what does it tell? Inbound messages and status callbacks (SMS-1, SMS-3).

The signature is checked by the vendor's own validator, over the public address and all parameters: those grow. Replies
are effects of ours, so the answer is empty TwiML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from twilio.request_validator import RequestValidator

from connectors.twilio.translate import received, report_evidence, reported, text_key
from syncd.domain.correspondence import TextReceived
from syncd.ports.errors import Misconfigured
from syncd.ports.hook import Answer, Call
from syncd.ports.source import Batch, Raw

BYTES_MAX = 64 * 1024
FIELDS_MAX = 200
UNREAD = "a text was told of, and has not been read yet"
TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class Fields(dict[str, str]):
    """A form whose fields may come twice, as the validator asks for them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__(pairs)
        self._pairs = pairs

    def getlist(self, name: str) -> list[str]:
        return [value for key, value in self._pairs if key == name]


@dataclass(slots=True)
class TwilioHook:
    """ports.hook.Hook. `hear` is told of each genuine message before the answer goes out. Its bytes are kept as put
    aside until a reading brings the message: acknowledged and not yet read, it stands against a no-show (ATT-7.6)."""

    id: str
    keywords: Mapping[str, str]
    token: Callable[[], str | None]
    hear: Callable[[TextReceived, datetime], None]

    def receive(self, call: Call) -> Answer:
        if len(call.raw) > BYTES_MAX:
            return Answer(413)
        form = form_of(call.raw)
        if call.method != "POST" or form is None or not self._genuine(call, form):
            return Answer(401)
        reference = dict(parse_qsl(urlsplit(call.url).query, max_num_fields=FIELDS_MAX)).get("ref", "")
        report = reported(form, reference)
        if report is not None:
            return _taken(Batch((report_evidence(self.id, report, call.at),)))
        text = received(form, self.keywords)
        if text is None:
            return _taken()
        self.hear(text, call.at)
        raw = Raw(text_key(self.id, text), call.at, call.raw, UNREAD)
        return _taken(Batch(raw=(raw,)), (self.id,))

    def _genuine(self, call: Call, form: Fields) -> bool:
        try:
            token = self.token()
        except Misconfigured:
            return False
        signature = call.headers.get("x-twilio-signature", "")
        return bool(token) and bool(RequestValidator(token).validate(call.url, form, signature))


def _taken(batch: Batch | None = None, wakes: tuple[str, ...] = ()) -> Answer:
    return Answer(200, TWIML, "text/xml", batch, wakes)


def form_of(raw: bytes) -> Fields | None:
    """The parameters of a call; None: it has none that could be read."""
    try:
        return Fields(parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        return None
