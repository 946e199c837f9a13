"""Whom do we speak to at Microsoft? Sign-in and Graph, on the configured hosts alone, whatever a link says (CAL-30)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from connectors.msgraph import Settings
from syncd.https import Answer, Bounds, Https
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured

BOUNDS = Bounds(bytes_max=64_000_000, seconds_max=300, connections_max=8)


class Network:
    """One account's connections; may be used by several threads."""

    def __init__(self, settings: Settings, ca_file: str | None, clock: Clock) -> None:
        addresses = "`authority` and `base_url`"
        self._https = Https(addresses, ca_file, settings.timeout_seconds, clock, bounds=BOUNDS)
        self._hosts = frozenset(_host(url) for url in (settings.authority, settings.base_url))

    def exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None) -> Answer:
        """One request. Raises as Https.send, and Misconfigured off the hosts."""
        return self._https.send(method, self.check(url), headers, content=content)

    def check(self, url: str) -> str:
        """The same address, if it is on a configured host; raises Misconfigured."""
        if not self.serves(url):
            raise Misconfigured(
                f"an answer points to {urlsplit(url).netloc[:100] or 'nowhere'}, which is not configured",
                hint="In a national cloud set `authority` and `base_url` to its hosts; else do not trust this network.",
            )
        return url

    def serves(self, url: str) -> bool:
        try:
            return _host(url) in self._hosts
        except ValueError:
            return False


def _host(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ValueError("no address of ours holds a password")
    return parts.scheme, parts.hostname, parts.port or 443
