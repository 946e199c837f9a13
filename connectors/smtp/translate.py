"""What does the server's answer mean for us? Reply codes and failures as errors by what to do next (RFC 5321 4.2).

Pure. Texts of the server are cut short and shown to operators alone; they can name the recipient, so they go into no
log of ours.
"""

from __future__ import annotations

import ssl

from syncd.ports.errors import Misconfigured, Permanent, Retryable, SyncdError

REPLY_SHOWN_MAX = 300
_SIGN_IN = frozenset({530, 534, 535, 538})


def reply_text(code: int, text: bytes) -> str:
    """`250 2.0.0 Ok: queued as …`, printable and short."""
    words = " ".join(text.decode("utf-8", "replace").split())
    return f"{code} {''.join(c for c in words if c.isprintable())}"[:REPLY_SHOWN_MAX].strip()


def refused(stage: str, code: int, text: bytes) -> SyncdError:
    """What an answer other than success means at a stage: greeting, hello, sign-in, sender, recipient, message."""
    said = f"{stage}: {reply_text(code, text)}"
    if 400 <= code < 500:
        return Retryable(said)
    if code in _SIGN_IN or stage == "sign-in":
        return Misconfigured(said, hint="The mail server refused the sign-in: check username and credential.")
    if stage in ("greeting", "hello"):
        return Misconfigured(said, hint="The mail server does not talk to this machine: ask who runs it.")
    if stage == "sender" and code in (550, 553):
        return Misconfigured(
            said,
            hint="The mail server does not let this account send as the desk's address or its plus-addresses.",
        )
    return Permanent(said, hint=_HINTS.get(code, "The mail server refused it for good; its answer says why."))


_HINTS = {
    550: "The address does not take mail: ask the customer for another one.",
    551: "The address does not take mail: ask the customer for another one.",
    552: "The message is larger than the mail server allows, or the mailbox is full.",
    553: "The mail server does not accept this address: ask the customer for another one.",
}


def tls_failed(error: ssl.SSLError, host: str) -> Misconfigured:
    """Why the connection could not be made safe, and what fits that cause."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Misconfigured(f"TLS: {error.verify_message}", hint=_certificate_hint(error.verify_code, host))
    reason = str(error.reason or error)
    if "WRONG_VERSION" in reason or "RECORD_LAYER" in reason or "HTTP_REQUEST" in reason:
        return Misconfigured(
            f"TLS: {reason}",
            hint='The server does not begin with TLS on this port: write tls = "starttls", or use port 465.',
        )
    return Misconfigured(f"TLS: {reason}", hint=f"{host} and this machine share no way to secure the connection.")


def _certificate_hint(code: int, host: str) -> str:
    match code:
        case 10:  # X509_V_ERR_CERT_HAS_EXPIRED
            return f"The certificate of {host} has expired: it must be renewed there."
        case 62 | 63 | 64:  # X509_V_ERR_HOSTNAME_MISMATCH and its kin
            return f"The certificate is for another name than {host}: write the name that it carries as host."
        case 18 | 19 | 20 | 21:  # self-signed, or an issuer that nobody here knows
            return f"Nobody here knows who signed the certificate of {host}: give that authority's file as ca_file."
        case _:
            return f"The certificate of {host} is not to be trusted; ask who runs the server."
