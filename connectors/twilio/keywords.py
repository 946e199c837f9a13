"""On which words does the carrier act itself? And what do its error codes say of a number? Data (SMS-5, SMS-9).

Whole messages of one word, in any case: help.twilio.com, "Twilio support for opt-out keywords (SMS STOP filtering)",
and for toll-free numbers "Opt-out keyword handling for Toll-Free SMS"; error codes: www.twilio.com/docs/api/errors.
"""

from __future__ import annotations

from collections.abc import Mapping

LONG_CODE: Mapping[str, str] = {
    **dict.fromkeys(("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"), "out"),
    **dict.fromkeys(("start", "yes", "unstop"), "in"),
    **dict.fromkeys(("help", "info"), "help"),
}

TOLL_FREE: Mapping[str, str] = {"stop": "out", "unstop": "in", "start": "in"}
"""Fixed, by the network: no other word does anything there, and nothing changes these."""

TOLL_FREE_CODES = ("800", "833", "844", "855", "866", "877", "888")

OPT_OUT_TYPES: Mapping[str, str] = {"STOP": "out", "START": "in", "HELP": "help"}
"""What a messaging service with Advanced Opt-Out says of an inbound message."""

MEANS: Mapping[int, str] = {
    21610: "out",  # the recipient opted out
    21211: "unusable",  # no valid number
    21214: "unusable",  # cannot be reached
    21408: "unusable",  # a country that this account may not text
    21612: "unusable",  # not reachable from this number
    21614: "unusable",  # no mobile number
    30005: "unusable",  # unknown destination
    30006: "unusable",  # a landline, or a carrier that cannot be reached
}

OURS = frozenset({20003, 20404, 21212, 21603, 21606, 21611, 21659, 21660, 21703, 21704, 63038})
"""Errors that concern the account or its number, not the recipient."""


def is_toll_free(number: str) -> bool:
    return number.startswith("+1") and len(number) == 12 and number[2:5] in TOLL_FREE_CODES


def keywords_of(number: str, further: Mapping[str, str]) -> Mapping[str, str]:
    """What this number's carrier acts on; `further` from an Advanced Opt-Out, which a toll-free number knows not."""
    if is_toll_free(number):
        return TOLL_FREE
    return {**LONG_CODE, **{word.strip().casefold(): deed for word, deed in further.items()}}


def deed_of(body: str, opt_out_type: str, keywords: Mapping[str, str]) -> str:
    """What the carrier did about an inbound message: out | in | help, or nothing. Its own word counts first."""
    said = OPT_OUT_TYPES.get(opt_out_type.strip().upper(), "")
    return said or keywords.get(body.strip().casefold(), "")
