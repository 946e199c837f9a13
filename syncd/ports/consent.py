"""What did the browser bring back from a sign-in? The answer to OAuth's code flow, as a person copied it."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import parse_qs, urlsplit

from syncd.ports.errors import Misconfigured

ADDRESS_MAX = 8_000


def code_in(address: str, state: str, vendor: str) -> str:
    """The code to redeem (RFC 6749 4.1.2). Raises Misconfigured: another sign-in's answer, or refused."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(address[:ADDRESS_MAX]).query).items()}
    if not compare_digest(given.get("state", "").encode(), state.encode()):
        raise Misconfigured(
            "the address belongs to another sign-in", hint="Copy the whole address that the browser ended at."
        )
    if "code" not in given:
        raise Misconfigured(
            f"{vendor} answered {given.get('error', 'nothing')[:60]}", hint="Sign in again, and allow the access."
        )
    return given["code"]
