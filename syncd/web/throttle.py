"""Too often? Counts of what was refused, by network and in total, in a sliding window (E3, spec/reliability.md 5).

It lives in memory: a restart forgives, and nothing else depends on it.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

NETWORKS_MAX = 10_000


class Throttle:
    """At most `each_max` marks by one network, and `total_max` by all, within `window`."""

    def __init__(self, each_max: int, total_max: int, window: timedelta) -> None:
        self._each_max, self._total_max, self._window = each_max, total_max, window
        self._marks: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._all: deque[datetime] = deque()
        self._lock = Lock()

    def closed_until(self, network: str, now: datetime) -> datetime | None:
        """When this network may try again; None: it may now."""
        with self._lock:
            own = self._marks.get(network, deque())
            waits = [
                self._fresh(marks, now)[-most] + self._window
                for marks, most in ((own, self._each_max), (self._all, self._total_max))
                if len(self._fresh(marks, now)) >= most
            ]
            return max(waits, default=None)

    def mark(self, network: str, now: datetime) -> None:
        with self._lock:
            marks = self._marks.setdefault(network, deque(maxlen=self._each_max))
            marks.append(now)
            self._marks.move_to_end(network)
            self._all.append(now)
            while len(self._all) > self._total_max:
                self._all.popleft()
            while len(self._marks) > NETWORKS_MAX:
                self._marks.popitem(last=False)

    def _fresh(self, marks: deque[datetime], now: datetime) -> deque[datetime]:
        while marks and marks[0] + self._window <= now:
            marks.popleft()
        return marks


def network_of(host: str | None) -> str:
    """Whom we count as one: an IPv4 address, an IPv6 /64 (what one household or office holds)."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return host or "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
