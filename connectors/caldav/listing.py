"""What has changed since? By sync token (RFC 6578, through the caldav library, DAV-1 and DAV-2), else by ETags (DAV-3).

Either way: names with their ETags, names that the server says are gone, and how to go on from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from caldav.collection import Calendar
from caldav.davclient import DAVClient

from connectors.caldav import multistatus
from connectors.caldav.client import Wire
from connectors.caldav.multistatus import DAV, SERVER, NotUnderstood, name_of
from syncd.ports.errors import CursorExpired, Misconfigured, Retryable, SyncdError

XML = {"Content-Type": 'application/xml; charset="utf-8"'}
_SYNC_REPORT = f"{DAV}sync-collection"


@dataclass(frozen=True, slots=True)
class Listing:
    """`changed`: ETags by name, None where the server tells none. `truncated`: more follows after `token`."""

    changed: Mapping[str, str | None]
    gone: frozenset[str]
    token: str | None
    truncated: bool = False
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """What a calendar says of itself. `writable` None: it does not say. `said`: by what a server can be told apart."""

    syncs: bool
    ctag: str | None
    name: str
    writable: bool | None
    read_at: datetime | None
    said: str = ""


def describe(wire: Wire, path: str) -> Collection:
    """Raises Misconfigured where there is something else than a calendar."""
    body = multistatus.ask_for(
        "D:resourcetype",
        "D:displayname",
        "D:supported-report-set",
        "D:current-user-privilege-set",
        "D:sync-token",
        "S:getctag",
    )
    answer = wire.send("PROPFIND", path, body, {**XML, "Depth": "0"}, ok=(207,))
    with understood():
        parts = multistatus.parse(answer.body)
    if not parts or multistatus.CALENDAR not in parts[0].inside.get(_TYPE, ()):
        raise Misconfigured(
            f"at {path} there is no calendar", hint="Give the path of a calendar; `syncd doctor` lists those it sees."
        )
    about = parts[0]
    rights = about.inside.get(f"{DAV}current-user-privilege-set")
    return Collection(
        syncs=_SYNC_REPORT in about.inside.get(f"{DAV}supported-report-set", ()),
        ctag=about.props.get(f"{SERVER}getctag") or None,
        name=about.props.get(f"{DAV}displayname", ""),
        writable=None if not rights else bool(_WRITE.intersection(rights)),
        read_at=answer.read_at,
        said=" ".join((answer.headers.get("server", ""), about.props.get(f"{DAV}sync-token", ""))),
    )


_TYPE = f"{DAV}resourcetype"
_WRITE = frozenset({f"{DAV}write", f"{DAV}write-content", f"{DAV}all"})


def etags(wire: Wire, path: str) -> Listing:
    """Every resource with its ETag (RFC 4918 9.1, depth 1)."""
    answer = wire.send("PROPFIND", path, multistatus.ask_for("D:getetag"), {**XML, "Depth": "1"}, ok=(207,))
    with understood():
        parts = multistatus.parse(answer.body)
    found = {part.name: part.etag for part in parts if part.name and part.status == 200}
    return Listing(found, frozenset(), None, read_at=answer.read_at)


class Changes:
    """The sync-collection reports of one calendar."""

    def __init__(self, wire: Wire, path: str) -> None:
        self._session = _Session(wire)
        url = f"{wire.root.scheme}://{wire.root.netloc}{path}"
        # No features: the library shall guess nothing of the server. No discovery: the address is configured.
        client: Any = DAVClient(url, features={}, enable_rfc6764=False, rate_limit_handle=False)
        client.session = self._session
        self._calendar = Calendar(client, url=url)
        self._calendar.sync_max_pages = 1  # a page is a batch of ours (CAL-1, CAL-3)

    def since(self, token: str | None) -> Listing:
        """One page of changes, all there is for None. A resource is gone only by a 404 of its own (DAV-4).

        Raises CursorExpired, Retryable, Misconfigured.
        """
        if token is not None and token.startswith("fake-"):
            raise CursorExpired("no token of the server's")
        try:
            found: Any = self._calendar.get_objects_by_sync_token(token, disable_fallback=True)
        except SyncdError:
            raise
        except Exception as error:  # noqa: BLE001 - the library raises whatever it meets; none of it is a deletion
            raise Retryable(f"the listing of changes was not understood: {type(error).__name__}") from None
        if not found.sync_token or (found.truncated and found.sync_token == token):
            raise Retryable("the listing of changes does not say how to go on")
        gone = frozenset(name_of(url.path) for url in found.deleted_urls)
        changed = {name: _etag(each) for each in found if (name := name_of(each.url.path)) and name not in gone}
        return Listing(changed, gone - {""}, found.sync_token, found.truncated, self._session.read_at)


def _etag(found: Any) -> str | None:
    etag = found.props.get(f"{DAV}getetag")
    return str(etag) if etag else None


class _Session:
    """Wire, in the shape in which the library calls its HTTP session."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.read_at: datetime | None = None

    def request(self, method: str, url: str, data: bytes, headers: Mapping[str, str], **_: object) -> _Response:
        answer = self._wire.send(method, urlsplit(url).path, data, dict(headers), ok=(207,))
        with understood():
            multistatus.parse(answer.body)  # half an answer never reaches the library, which would log it
        self.read_at = answer.read_at
        return _Response(answer.status, httpx2.Headers(dict(answer.headers)), answer.body)


@dataclass(frozen=True, slots=True)
class _Response:
    status_code: int
    headers: httpx2.Headers
    content: bytes
    reason: str = ""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


class understood:  # noqa: N801 (reads as a phrase)
    """A context in which an answer that is not understood becomes Retryable."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NotUnderstood):
            raise Retryable(str(error)) from None
