"""C7: whoever opens a link of a mail has changed nothing, however they open it; only a press on the page does."""

from __future__ import annotations

from pathlib import Path

from tests.web.house import House
from tests.web.scanners import contents, eventful, links

HEADERS: dict[str, dict[str, str]] = {
    "a mail program": {},
    "a prefetch": {"purpose": "prefetch", "sec-purpose": "prefetch;prerender", "x-moz": "prefetch"},
    "a preview": {"x-purpose": "preview", "accept": "*/*", "sec-fetch-dest": "empty", "sec-fetch-site": "cross-site"},
    "a scanner": {"user-agent": "Mozilla/5.0 (compatible; LinkScanner/1.0)", "accept": "*/*", "range": "bytes=0-1023"},
}


def test_opening_every_link_of_every_mail_changes_nothing(house: House, own_database: Path) -> None:
    eventful(house)
    paths, before = links(house), contents(own_database)
    assert {path.rpartition("/")[2].partition("?")[0] for path in paths} >= {"cancel", "reschedule", "restore", "book"}
    assert any(path.startswith("/q/") for path in paths)
    for path in paths:
        for method, headers in [("HEAD", {}), *(("GET", headers) for headers in HEADERS.values())]:
            assert house.client.request(method, path, headers=headers).status_code in (200, 303), f"{method} {path}"
        for other in (f"{path}{'&' if '?' in path else '?'}utm_source=mail", f"{path}/", path.upper()):
            assert house.client.get(other).status_code in (200, 303, 404), other
    assert contents(own_database) == before


def test_a_press_does_change_something(house: House, own_database: Path) -> None:
    """So the comparison sees what it must."""
    token = house.booked(30)
    before = contents(own_database)
    house.get(f"/s/{token}/cancel").press()
    assert contents(own_database) != before
