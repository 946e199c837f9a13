"""How does a person let syncd into their calendar? The delegated sign-in by device code (GRA-1).

What `syncd connect SOURCE` calls: the person opens a page on any device, types a code, and the tokens come back to be
stored as the source's credential. msal keeps to the protocol and waits between its questions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msal

from connectors.msgraph import Settings
from connectors.msgraph.network import Network
from connectors.msgraph.tokens import LoginHttp, personal_scopes, public_application, refused_sign_in
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured


def sign_in(settings: Settings, folder: Path, clock: Clock, tell: Callable[[str, str], None]) -> str:
    """The tokens as JSON, to be stored as the credential. `tell(address, code)` shows the person what to do; this
    returns when they have done it. Raises Misconfigured (refused, or not done in time), Retryable."""
    if settings.sign_in != "delegated":
        raise Misconfigured(
            f"this source signs in by {settings.sign_in}, not as a person", hint='Set `sign_in = "delegated"` for it.'
        )
    ca_file = None if settings.ca_file is None else str(folder / settings.ca_file)
    cache = msal.SerializableTokenCache()
    application = public_application(settings, LoginHttp(Network(settings, ca_file, clock), clock), cache)
    flow = application.initiate_device_flow(scopes=personal_scopes(settings))
    if "user_code" not in flow:
        raise refused_sign_in(flow, settings)
    tell(str(flow["verification_uri"]), str(flow["user_code"]))
    result = application.acquire_token_by_device_flow(flow)
    if "access_token" not in result:
        raise refused_sign_in(result, settings)
    return str(cache.serialize())
