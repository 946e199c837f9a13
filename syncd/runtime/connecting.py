"""How does a person let syncd into their account? The sign-in of one connector, and its credential stored.

The connector knows the way (ports/connector.py, SignIn); nothing of the installation is opened but its configuration.
"""

from __future__ import annotations

from pathlib import Path

from syncd.config.problems import did_you_mean
from syncd.ports.connector import Operator
from syncd.ports.errors import Misconfigured, Permanent
from syncd.runtime.clock import SystemClock
from syncd.runtime.configuration import Configuration, keys_of_nobody
from syncd.runtime.outside import tools_of


def connect(configuration: Configuration, name: str, operator: Operator) -> Path:
    """Sign in for the connector `name`; where its credential lies now.

    Raises Permanent (no such connector, or none that is signed in to), Misconfigured, Retryable; nothing is stored
    then.
    """
    connectors = {connector.name: connector for connector in configuration.settings.connectors}
    kinds = {each: configuration.registry.manifest(connector.kind) for each, connector in connectors.items()}
    able = sorted(each for each, manifest in kinds.items() if manifest.sign_in is not None)
    if name not in connectors:
        hint = did_you_mean(name, able or connectors) or "name a [[connector]] of the configuration"
        raise Permanent(f"there is no connector “{name:.80}”", hint=hint)
    sign_in = kinds[name].sign_in
    if sign_in is None:
        hint = f"{', '.join(able)} can be connected" if able else "its credential is written by hand, if it needs one"
        raise Permanent(f"{name} is of kind {kinds[name].kind}, which nobody signs in to", hint=hint)
    if not configuration.credentials.writable:
        raise Misconfigured(
            "the credentials are systemd's, and cannot be replaced from here",
            hint="run this from a shell without CREDENTIALS_DIRECTORY, then add the file to the unit by LoadCredential",
        )
    granted = sign_in(connectors[name].settings, tools_of(configuration, SystemClock(), keys_of_nobody()), operator)
    return configuration.credentials.write(granted.credential, granted.text)
