"""How do we ask a BigBlueButton server? Signed GETs, bounded, on its host alone (CAL-28, CAL-30).

What goes wrong is told by what to do next. The address of a call is a key to the server for whoever reads it, so it
stands in no error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from connectors.bigbluebutton import Settings
from syncd.https import Answer, Bounds, Https
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable

BOUNDS = Bounds(bytes_max=4_000_000, seconds_max=30)
RETRY_AFTER_MAX = timedelta(hours=1)


def signed(call: str, query: Mapping[str, str], secret: str, algorithm: str) -> str:
    """`call?query&checksum=`: the hash is over call, query and secret, without a separator."""
    text = urlencode(query)
    mark = hashlib.new(algorithm, f"{call}{text}{secret}".encode()).hexdigest()
    return f"{call}?{text}&checksum={mark}" if text else f"{call}?checksum={mark}"


class Client:
    """One server's connections; may be used by several threads."""

    def __init__(self, settings: Settings, credential: Callable[[str], str], clock: Clock) -> None:
        self._settings = settings
        self._credential = credential
        self._https = Https("`url`", settings.ca_file, settings.timeout_seconds, clock, bounds=BOUNDS)

    def address(self, call: str, query: Mapping[str, str]) -> str:
        settings = self._settings
        return settings.url + signed(call, query, self._credential(settings.credential), settings.hash)

    def ask(self, call: str, query: Mapping[str, str]) -> Answer:
        """A whole answer. Raises Retryable, Misconfigured."""
        answer = self._https.send("GET", self.address(call, query))
        if answer.status == 429 or answer.status >= 500:
            wait = answer.wait()
            raise Retryable(f"the server answers {answer.status}", retry_after=wait and min(wait, RETRY_AFTER_MAX))
        if answer.status != 200:
            raise Misconfigured(
                f"the server answers {answer.status}",
                hint="is `url` what `bbb-conf --secret` prints, ending in /bigbluebutton/?",
            )
        return answer
