"""What came without a booking? A request: a mail, text or call that staff sort with one press (O1, O3, E4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.domain.session import Question


class RequestKind(StrEnum):
    """What staff press it to be; UNSORTED until they do."""

    UNSORTED = "unsorted"
    EMERGENCY = "emergency"
    CLEARANCE = "clearance"
    RETURN_CALL = "return-call"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Request:
    """`channel`: mail | text | form | staff. `sender` is an address or an E.164 number, as received. `text` is plain
    words, shown and never acted on (O2). `company_id`, `contact_id`: whose the sender is, where known. `answer_by`: as
    the receipt promised. `told`: staff ids that were told, the dispatcher first. `session_id`: what it became,
    the latest. `phone`: the number to call back, E.164; `zone`, `locale`: as the form had them (O3)."""

    id: str
    channel: str
    sender: str
    received_at: datetime
    kind: RequestKind = RequestKind.UNSORTED
    sender_name: str = ""
    subject: str = ""
    text: str = ""
    company_id: str | None = None
    contact_id: str | None = None
    answer_by: datetime | None = None
    told: tuple[str, ...] = ()
    sorted_at: datetime | None = None
    sorted_by: str | None = None
    closed_at: datetime | None = None
    session_id: str | None = None
    phone: str = ""
    zone: str = ""
    locale: str = ""
    questions: tuple[Question, ...] = ()
