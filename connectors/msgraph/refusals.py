"""What does a refusal mean? The error codes of Entra and of Graph, each with its cause and what a person can do.

Entra: "AADSTS" numbers of the token endpoint. Graph: `error.code`; its texts are never quoted (CAL-10).
CAL-15, CAL-18, CAL-19, CAL-27, CAL-28, GRA-6.
"""

from __future__ import annotations

from datetime import timedelta

from syncd.ports.errors import CursorExpired, Misconfigured, OutcomeUnknown, Permanent, Retryable, SyncdError

NOT_FOUND = "ErrorItemNotFound"
CONFLICTS = frozenset({"ErrorIrresolvableConflict", "ErrorConflict", "ConflictingChangeKey"})
ALREADY_DELETED = frozenset({"ErrorCannotDeleteObject"})
LOST_CURSOR = frozenset(
    {"syncstatenotfound", "syncstateinvalid", "resyncrequired", "fullsyncrequired", "errorinvalidsyncstatedata"}
)

_CONNECT = "Sign in anew with `syncd connect`, and store what it gives as the credential “{credential}”."

_CLOUD = "`authority` and `base_url` must be of the same cloud; in the national ones both differ."

SIGN_IN_HINTS: dict[int, tuple[str, str]] = {
    90002: ("no such tenant", "`tenant` is the directory's id or one of its domains, as Entra shows them."),
    700016: (
        "the application is not known in this tenant",
        "Compare `client_id` and `tenant` with the registration in Entra, and let an administrator consent to it.",
    ),
    7000215: ("the client secret is wrong", "Store the secret's value, not its id, as the credential “{credential}”."),
    7000222: ("the client secret has lapsed", "Make a new one in Entra and store it as “{credential}”."),
    700027: (
        "the certificate is not that of the application",
        "Upload the certificate in “{credential}” to the registration, or store the key that belongs to it.",
    ),
    700024: ("the signed assertion is not valid now", "Set this machine's clock: it is off by minutes or more."),
    70011: ("`base_url` is not Graph's in this cloud", _CLOUD),
    500011: ("`base_url` is not Graph's in this cloud", _CLOUD),
    7000112: ("the application is disabled", "Enable it in Entra, under enterprise applications."),
    65001: ("nobody consented to the permissions", "Let an administrator grant Calendars.ReadWrite to it."),
    50020: ("the person is not of this tenant", "Use the tenant that the mailbox is in."),
    50057: ("the person's account is disabled", "Enable it, or sign in as somebody else. " + _CONNECT),
    50076: ("the person must prove more than a password", _CONNECT),
    50079: ("the person must set up a second factor", "They do so at their next sign-in. " + _CONNECT),
    50158: ("the person must meet a condition of access", _CONNECT),
    50173: ("the sign-in was revoked, as by a new password", _CONNECT),
    53003: ("a condition of access forbids it", "An administrator lets this application through, or signs in."),
    70008: ("the sign-in has lapsed", _CONNECT),
    70043: ("the sign-in has lapsed by the tenant's rule", _CONNECT),
    700082: ("the sign-in has lapsed for want of use", _CONNECT),
    7000218: (
        "the application is not registered for delegated sign-in",
        "Allow public client flows in its registration.",
    ),
}

_NO_MAILBOX = "Is the address right, and has the person a mailbox in Exchange Online?"
_GRANT = (
    "Grant the application Calendars.ReadWrite with an administrator's consent; where its access is limited to some "
    "mailboxes (an application access policy or role assignment), let this one be among them."
)

_GRAPH_HINTS: dict[str, str] = {
    "erroraccessdenied": _GRANT,
    "accessdenied": _GRANT,
    "authorization_requestdenied": _GRANT,
    "forbidden": _GRANT,
    "erroritemnotfound": "There is no such calendar in this mailbox: use its id, or the address of the mailbox alone.",
    "errorinvaliduser": _NO_MAILBOX,
    "resourcenotfound": _NO_MAILBOX,
    "request_resourcenotfound": _NO_MAILBOX,
    "mailboxnotenabledforrestapi": (
        "The mailbox is not in Exchange Online, or has no licence for it. On premises use the connector `exchange`."
    ),
    "mailboxnotsupportedforrestapi": "The mailbox is not in Exchange Online. On premises use the connector `exchange`.",
    "errornonprimarysmtpaddress": "Use the mailbox's primary address.",
    "errorinvalididmalformed": "The calendar's id is not one of Graph's: copy it from Graph, or leave it away.",
    "invalidauthenticationtoken": (
        "Graph does not accept the tokens of this sign-in: `authority` and `base_url` must be of the same cloud."
    ),
    "errorquotaexceeded": "The mailbox is full: make some room in it.",
}


def hint_for(status: int, code: str) -> str:
    """What a person can do about it."""
    known = _GRAPH_HINTS.get(code.casefold())
    if known is not None:
        return known
    if status == 403:
        return _GRANT
    return _NO_MAILBOX if status == 404 else "Compare `base_url`, mailbox and permissions with `syncd doctor`."


def refusal(method: str, status: int, code: str, wait: timedelta | None, *, throttled: bool) -> SyncdError:
    """What to do next about an answer that is no success. `throttled`: it carried a Retry-After."""
    said = f"Graph answered {method} with {status}" + (f" {code[:60]}" if code else "")
    writes = method != "GET"
    if status == 401:
        if writes:
            return OutcomeUnknown(said)
        return Misconfigured(f"{said}: the token was refused twice", hint=hint_for(status, code or _TOKEN))
    if status == 429 or (status in (503, 509) and throttled):
        return Retryable(f"{said}: too many requests", retry_after=wait)
    if status in (408, 423, 425):
        return Retryable(said, retry_after=wait)
    if writes and code.casefold() == "errorquotaexceeded":
        return Permanent(f"{said}: the mailbox is full", hint=hint_for(status, code))
    if status >= 500:
        return OutcomeUnknown(said) if writes else Retryable(said)
    if writes:
        return Permanent(f"{said}: refused", hint=hint_for(status, code))
    if status == 410 or code.casefold() in LOST_CURSOR:
        return CursorExpired(said)
    return Misconfigured(said, hint=hint_for(status, code))


_TOKEN = "InvalidAuthenticationToken"  # noqa: S105 - the name of an error
