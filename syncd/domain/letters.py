"""Which messages are there, and why are they sent? Every letter to customers and staff, by name; wording follows it."""

from __future__ import annotations

from enum import StrEnum


class Letter(StrEnum):
    """Which mail to a customer. The first three are calendar mails (spec/invitations.md)."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    REMINDER_FIRST = "reminder-first"  # 24 h: leads with what to prepare (N2)
    REMINDER_LAST = "reminder-last"
    REFUSAL = "refusal"  # a change that was not accepted (C4)
    LINKS = "links"  # B5
    CODE = "code"  # E9
    LAPSED = "lapsed"  # E12
    TEXT_INSTEAD = "text-instead"  # the words of a text that does not reach its number (SMS-5, SMS-9)
    ARE_YOU_COMING = "are-you-coming"  # A3, and once more at the old close (A4)
    STAFF_LATE = "staff-late"  # A8: ours
    SHIFTED = "shifted"  # K13
    OUTCOME = "outcome"  # what it came to, where that changed or goes against them (A9, A10)
    OBJECTION_ANSWER = "objection-answer"  # A15
    COUNTER_DECLINED = "counter-declined"  # C6: a calendar mail too
    RECEIPT = "receipt"  # O1: until when a request is answered
    RETURN_CALL = "return-call"  # O3: when we call, and from which number
    CALL_OVER = "call-over"  # O3: not reached, or off; the booking page
    CLEARED = "cleared"  # E4: a release that can be bought now
    NO_MAINTENANCE = "no-maintenance"  # O1: fees, the way to a clearance, the booking page
    WARNING = "warning"  # S6: a first no-show, and what a second one means
    SUSPENSION = "suspension"  # S6, S5: until when, and how to lift it
    REINSTATED = "reinstated"  # S4: it is lifted
    REVERSAL = "reversal"  # A9: it was none; what came of it is gone
    SAME_DAY = "same-day"  # C8: the third same-day change in 30 days


STANDING_LETTERS = frozenset({Letter.WARNING, Letter.SUSPENSION, Letter.REINSTATED, Letter.REVERSAL, Letter.SAME_DAY})
"""Letters about somebody's standing: StandingMail carries them, CustomerMail the others."""


class TextLetter(StrEnum):
    """Which text to a customer (spec/attendance.md 4). Every one carries the short code (SMS-6)."""

    ARE_YOU_COMING = "are-you-coming"  # A3
    STILL_THERE = "still-there"  # A4: asked once more
    KEPT = "kept"  # the answer to keep, late, other words: until when we wait
    FREED = "freed"  # the answer to "not coming"
    CANCELLED = "cancelled"  # C2
    MOVE = "move"  # C2: cancelled, and a link that rebooks it
    TOO_LATE = "too-late"  # C4
    NOT_POSSIBLE = "not-possible"
    WHICH_ONE = "which-one"  # SMS-8: several sessions, name one by its code
    UNKNOWN = "unknown"  # nothing known of this number: write the code
    SHIFTED = "shifted"  # K13
    PASSED_ON = "passed-on"  # SMS-7: words that a person reads; nothing is changed
    WELCOME_BACK = "welcome-back"  # START: texts reach this number again
    OPTED_OUT = "opted-out"  # its words go by mail alone: the session stands, and until when it can be cancelled


class StaffLetter(StrEnum):
    """Which mail to staff."""

    QUESTION = "question"  # N8
    COLLISION = "collision"  # K6
    OVERRULED = "overruled"  # K4: a later change by the customer won
    LAPSED = "lapsed"  # E12
    UNKNOWN_SESSION = "unknown-session"  # CAL-12
    MARK_UNCLEAR = "mark-unclear"  # K7, CAL-13: nobody known, two companies, or a whole series
    MAIL_REFUSED = "mail-refused"  # a customer's address did not take our mail
    WORDS = "words"  # O2: plain words by mail
    CLAIM = "claim"  # section 4: a mail that nobody acts on, and why
    REQUEST_OPEN = "request-open"  # O2: what was made for it is off; it waits again
    PAYMENT = "payment"  # PAY-5: paid, and nothing to give for it
    REFUSED_WRITE = "refused-write"  # CAL-19
    STAFF_MISSING = "staff-missing"  # A8
    RELEASED = "released"  # A4 to A6: closed, they are free
    OVERTURNED = "overturned"  # A9
    FEED_DOWN = "feed-down"  # ATT-14: the sessions to attest
    FEED_BACK = "feed-back"
    NEW_FACE = "new-face"  # E11: a new contact at a company, or with a number, of somebody suspended
    OUTCOME_REVERSED = "outcome-reversed"  # A9: to staff who were asked about a no-show that is none any more


class Method(StrEnum):
    """iTIP methods that we send (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    DECLINECOUNTER = "DECLINECOUNTER"


class Cause(StrEnum):
    """Why a message is sent; the wording follows it."""

    BOOKED = "booked"
    BOOKED_BY_STAFF = "booked-by-staff"
    MOVED_BY_CUSTOMER = "moved-by-customer"
    MOVED_BY_STAFF = "moved-by-staff"
    GIVEN_TO_COLLEAGUE = "given-to-colleague"
    CANCELLED_BY_CUSTOMER = "cancelled-by-customer"
    MOVING = "moving"  # MOVE by text: cancelled, and its link rebooks it (C2)
    CANCELLED_BY_STAFF = "cancelled-by-staff"
    DECLINED = "declined"
    RESTORED = "restored"
    DUE = "due"
    ASKED = "asked"
    TOO_LATE = "too-late"
    NOT_POSSIBLE = "not-possible"
    ONCE_MORE = "once-more"  # A4
    ATTENDED = "attended"
    NO_SHOW = "no-show"
    EXCUSED = "excused"
    UNDETERMINED = "undetermined"
    NOT_REACHED = "not-reached"  # O3
    NEEDS_SESSION = "needs-session"  # O3
