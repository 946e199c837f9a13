"""Why does Google give no access token? `invalid_grant` says too little, so what comes with it is told apart (GOO-6).

RFC 6749 5.2; Google Identity, "Using OAuth 2.0 for Server to Server Applications", error codes.
"""

from __future__ import annotations

import json
from datetime import datetime

from syncd.ports.errors import Misconfigured, Retryable, SyncdError

_DELEGATION = (
    "In the Workspace admin console, under API controls, domain-wide delegation: authorize the client id of this "
    "service account for exactly the permissions calendar.events and calendar.freebusy (and with "
    "`search_all_calendars` calendar.calendarlist.readonly)."
)
_CLOCK = "The clock of this machine is off by minutes: set it right (timedatectl, chrony)."
_KEY_GONE = "This key was deleted or replaced: make a new JSON key of the service account and store it."
_NOBODY = "No such person in the Workspace: check the staff member's e-mail address in the configuration."
_ACCOUNT_GONE = "The service account was deleted or disabled: restore it, or make a new one with a new key."
_REVOKED = (
    "The consent was taken back, the password changed, or the token was not used for six months: run `syncd connect` "
    "for this source again."
)
_TEST_MODE = (
    "The OAuth consent screen is in test mode, where a consent ends after 7 days: publish the app (or make it "
    "internal) in the Cloud console, then run `syncd connect` for this source again."
)
_SESSION = (
    "The Workspace asks people to sign in again after some time: exempt this app, then run `syncd connect` again."
)
_CLIENT = "The OAuth client was deleted or its secret replaced: store the new client, then run `syncd connect` again."
_SCOPES = "Run `syncd connect` for this source again and grant every permission that is asked for."
_POLICY = "The Workspace's administrator blocks this app: allow it under API controls, app access control."

# (error, a part of its description in small letters, what happened, what to do); the first that fits counts.
_DELEGATED = (
    ("invalid_grant", "signature", "the signature of the key is not accepted", _KEY_GONE),
    ("invalid_grant", "reasonable timeframe", "the request was signed at a wrong time", _CLOCK),
    ("invalid_grant", "iat", "the request was signed at a wrong time", _CLOCK),
    ("invalid_grant", "user id", "the staff member is not known", _NOBODY),
    ("invalid_grant", "account not found", "the service account is not known", _ACCOUNT_GONE),
    ("invalid_client", "", "the service account is not known", _ACCOUNT_GONE),
    ("unauthorized_client", "", "the service account may not act for staff", _DELEGATION),
    ("access_denied", "", "the service account may not act for staff", _DELEGATION),
    ("invalid_scope", "", "the service account has not been granted these permissions", _DELEGATION),
    ("admin_policy_enforced", "", "the administrator does not allow it", _POLICY),
)
_ONE_ACCOUNT = (
    ("invalid_grant", "reauth", "the account must sign in again", _SESSION),
    ("invalid_grant", "rapt", "the account must sign in again", _SESSION),
    ("invalid_grant", "", "the refresh token is no longer valid", _REVOKED),
    ("invalid_client", "", "the OAuth client is not known", _CLIENT),
    ("deleted_client", "", "the OAuth client was deleted", _CLIENT),
    ("unauthorized_client", "", "the refresh token belongs to another OAuth client", _CLIENT),
    ("invalid_scope", "", "not every permission was granted", _SCOPES),
    ("admin_policy_enforced", "", "the administrator does not allow it", _POLICY),
)
_BUSY = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})


def token_refused(body: bytes, delegated: bool, consent_ends: datetime | None, now: datetime) -> SyncdError:
    """The error for a refusal by the token endpoint. `consent_ends`: see identity.Key."""
    error, told = _said(body)
    if error in _BUSY:
        return Retryable(f"Google's sign-in is not available ({error})")
    for known, part, what, hint in _DELEGATED if delegated else _ONE_ACCOUNT:
        if error == known and part in told:
            if hint is _REVOKED and consent_ends is not None:
                hint = _TEST_MODE if now >= consent_ends else f"{hint} {_TEST_MODE}"
            return Misconfigured(f"Google gives no access token: {what} ({error})", hint=hint)
    return Misconfigured(
        f"Google gives no access token ({error or 'no reason given'})",
        hint=_DELEGATION if delegated else _SCOPES,
    )


def _said(body: bytes) -> tuple[str, str]:
    """The error code, and its description and subtype in small letters."""
    try:
        answer = json.loads(body)
        error = answer.get("error", "")
        told = f"{answer.get('error_description', '')} {answer.get('error_subtype', '')}".casefold()
    except (ValueError, AttributeError):
        return "", ""
    return (error if isinstance(error, str) and error.isidentifier() and len(error) <= 60 else ""), told
