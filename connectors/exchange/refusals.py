"""What did the library mean by that? The exceptions of exchangelib, and of those it is made of, become failures.

It lets through what requests, oauthlib, spnego and the parser raise (EWS-8); whatever comes, one mailbox has failed,
and the others go on.
"""

from __future__ import annotations

from exchangelib.errors import (
    CASError,
    ErrorServerBusy,
    ErrorTimeoutExpired,
    EWSError,
    MalformedResponseError,
    ResponseMessageError,
    SOAPError,
    TransportError,
    UnauthorizedError,
)
from exchangelib.util import ParseError
from oauthlib.oauth2 import (
    InvalidGrantError,
    MissingTokenError,
    OAuth2Error,
)
from requests.exceptions import ConnectTimeout, RequestException, SSLError
from spnego.exceptions import SpnegoError
from urllib3.exceptions import NewConnectionError

from connectors.exchange.failures import Failure, limited

RAISED = (
    Failure,
    EWSError,
    RequestException,
    OAuth2Error,
    SpnegoError,
    ValueError,
    AttributeError,
    KeyError,
    TypeError,
)


def failure_of(error: Exception) -> Failure:
    """Names no more of it than its kind."""
    match error:
        case Failure():
            return error
        case UnauthorizedError():
            return Failure("unauthorized", 401)
        case ErrorServerBusy():
            return Failure("ErrorServerBusy", retry_after=limited(error.back_off))
        case ErrorTimeoutExpired() | RequestException():
            return _disconnected(error)
        case SOAPError() | MalformedResponseError() | ParseError() | CASError():
            return Failure("cut-off")
        case ResponseMessageError():
            return Failure(type(error).__name__)
        case TransportError():
            return _disconnected(error)
        case InvalidGrantError():
            return Failure("grant-refused", sent=False)
        case MissingTokenError():
            return Failure("disconnected", sent=False)
        case OAuth2Error():
            return Failure("client-refused", sent=False)
        case _:
            return Failure("not-understood")


def _disconnected(error: Exception) -> Failure:
    """Was there a connection at all? A server's own ErrorTimeoutExpired has no cause behind it."""
    cause = error if isinstance(error, RequestException) else error.__context__
    if cause is None:
        return Failure(type(error).__name__ if isinstance(error, ResponseMessageError) else "disconnected")
    if isinstance(cause, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(cause):
        return Failure("certificate", sent=False)
    reason = getattr(next(iter(cause.args), None), "reason", None)
    unsent = isinstance(cause, ConnectTimeout) or isinstance(reason, NewConnectionError)
    return Failure("disconnected", sent=not unsent)
