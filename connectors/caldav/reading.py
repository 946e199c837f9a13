"""How is a calendar read? One page of changes at a time, by token or by ETags, each resource fetched and understood.

CAL-1 to CAL-5, DAV-1 to DAV-4. A page is what `observe` returns; the cursor in it says how to go on, also after a
restart in the middle: the listing is asked for again and continued after the last name that was taken in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.caldav import multistatus, quirks, translate
from connectors.caldav.client import Wire
from connectors.caldav.cursor import TEXT, Cursor, window_from
from connectors.caldav.listing import XML, Changes, Listing, describe, etags
from connectors.caldav.multistatus import NotUnderstood, Part, href_of
from connectors.caldav.translate import Moment, Understood
from syncd.domain.evidence import Evidence
from syncd.ports.calendar import CalendarBinding
from syncd.ports.cursors import fingerprint
from syncd.ports.errors import Retryable
from syncd.ports.source import Batch

PAGES_MAX = 10_000
MULTIGETS_MAX = 40  # for one page
SINGLES_MAX = 20  # resources of one page that a multiget left out and that are fetched one by one
QUIET_TOKEN_KEPT = timedelta(days=1)
ETAGS_EVERY = timedelta(minutes=5)  # DAV-3: without a ctag
_OF_ONE_ITEM = (200, 400, 403, 404, 406, 410, 415, 451, 500, 501)  # answers that speak of one resource alone


@dataclass(frozen=True, slots=True)
class Fetched:
    """`raw` None: the server cannot serve this one resource."""

    name: str
    etag: str | None
    raw: bytes | None


class Reading:
    """The reading side of one calendar."""

    def __init__(self, wire: Wire, path: str, binding: CalendarBinding, page_items_max: int) -> None:
        self._wire = wire
        self._path = path
        self._binding = binding
        self._page_items_max = page_items_max
        self._print = fingerprint(binding, "caldav", path)
        self._changes = Changes(wire, path)
        self._listed: tuple[str | None, Listing] | None = None
        self._looked_at: datetime | None = None
        self._server_invites: bool | None = None

    def page(self, text: str | None, now: datetime) -> Batch:
        if text is not None:
            cursor = TEXT.read(text, self._print, now, self._binding.horizon_days)
        else:
            about = describe(self._wire, self._path)
            window = window_from(now, self._binding.horizon_days)
            cursor = Cursor(window, now, by_token=about.syncs, full=True)
        if cursor.pages > PAGES_MAX:
            raise Retryable(f"a round of more than {PAGES_MAX} pages")
        batch, after = self._by_token(cursor, now) if cursor.by_token else self._by_etags(cursor, now)
        return replace(batch, cursor=text if text is not None and after == cursor else TEXT.write(after, self._print))

    # -- by token (DAV-1, DAV-2) -----------------------------------------------------------------------------------

    def _by_token(self, cursor: Cursor, now: datetime) -> tuple[Batch, Cursor]:
        listing = self._listing(cursor)
        gone = listing.gone if cursor.token is not None else frozenset()  # a first listing knows of nothing gone
        names = sorted(name for name in {*listing.changed, *gone} if cursor.place is None or name > cursor.place)
        if not names and not listing.truncated and not cursor.full and cursor.next_token is None:
            kept = cursor if now - cursor.seen_at < QUIET_TOKEN_KEPT else self._done(cursor, listing.token, now)
            return Batch(read_at=listing.read_at), kept
        page, rest = names[: self._page_items_max], names[self._page_items_max :]
        moment = self._moment(cursor, now)
        found = [translate.vanished(self._binding, n, cursor.token or "", now) for n in page if n in gone]
        found += [self._understood(each, moment) for each in self._fetch([n for n in page if n not in gone], listing)]
        token = cursor.next_token or listing.token
        if rest:
            after = replace(cursor, next_token=token, place=page[-1], pages=cursor.pages + 1)
        elif listing.truncated:
            after = replace(cursor, token=token, next_token=None, place=None, pages=cursor.pages + 1)
        else:
            after = self._done(cursor, token, now)
        return self._batch(found, listing, last=not rest and not listing.truncated), after

    def _listing(self, cursor: Cursor) -> Listing:
        """Asked for again unless this process has it still; the token to go on from stays the first answer's, so that
        what changed in between comes with the next round."""
        if cursor.next_token is not None and self._listed is not None:
            since, listing = self._listed
            if since == cursor.token and listing.token == cursor.next_token:
                return listing
        listing = self._changes.since(cursor.token)
        self._listed = (cursor.token, listing)
        return listing

    def _done(self, cursor: Cursor, token: str | None, now: datetime) -> Cursor:
        self._listed = None
        return Cursor(cursor.window, now, token=token)

    # -- by ETags (DAV-3) ------------------------------------------------------------------------------------------

    def _by_etags(self, cursor: Cursor, now: datetime) -> tuple[Batch, Cursor]:
        begins = cursor.pages == 0
        if begins and not cursor.full and cursor.ctag is None and self._recently(now):
            return Batch(), cursor
        ctag = describe(self._wire, self._path).ctag if begins else cursor.ctag
        if begins and not cursor.full and ctag is not None and ctag == cursor.ctag:
            return Batch(), cursor
        listing = etags(self._wire, self._path)
        self._looked_at = now
        known = cursor.etags
        names = sorted(n for n, etag in listing.changed.items() if etag is None or known.get(n) != etag)
        names += sorted(known.keys() - listing.changed.keys())
        page, rest = names[: self._page_items_max], names[self._page_items_max :]
        moment = self._moment(cursor, now)
        fetched = self._fetch(page, listing)
        found = [self._understood(each, moment) for each in fetched]
        taken = dict(known) | {each.name: listing.changed.get(each.name) or each.etag or "" for each in fetched}
        for name in sorted(set(page) - {each.name for each in fetched}):  # each answered 404 itself (DAV-4)
            found.append(translate.vanished(self._binding, name, known.get(name, ""), now))
            taken.pop(name, None)
        after = replace(cursor, etags=taken, ctag=ctag, pages=cursor.pages + 1)
        if not rest:
            unchanged = not page and not cursor.full
            after = replace(after, pages=0, full=False, seen_at=cursor.seen_at if unchanged else now)
        return self._batch(found, listing, last=not rest), after

    def _recently(self, now: datetime) -> bool:
        return self._looked_at is not None and timedelta() <= now - self._looked_at < ETAGS_EVERY

    # -- either way ------------------------------------------------------------------------------------------------

    def _moment(self, cursor: Cursor, now: datetime) -> Moment:
        since = None if cursor.full else cursor.seen_at
        return Moment(now, cursor.window, since, full=cursor.full)

    def _batch(self, found: Iterable[Understood], listing: Listing, *, last: bool) -> Batch:
        found = list(found)
        evidence: list[Evidence] = [e for each in found for e in each.evidence]
        busy = tuple(each.busy for each in found if each.busy is not None)
        return Batch(tuple(evidence), busy, last=last, read_at=listing.read_at)

    def _understood(self, each: Fetched, moment: Moment) -> Understood:
        if each.raw is None:
            return translate.not_served(self._binding, each.name, each.etag, moment)
        found = translate.understand(self._binding, each.name, each.etag, each.raw, moment)
        if translate.may_be_invited(found):
            invited = replace(moment, server_invites=self.server_invites())
            found = translate.understand(self._binding, each.name, each.etag, each.raw, invited)
        return found

    def _fetch(self, names: list[str], listing: Listing) -> list[Fetched]:
        """Each with its bytes; those that answer 404 themselves are left out, and come as removed in a later round.

        Raises Retryable for an answer that leaves out more than a few (CAL-3)."""
        if not names:
            return []
        parts = self._parts(names)
        found: list[Fetched] = []
        singles = 0
        for name in names:
            part = parts.get(name)
            if part is not None and part.status in (404, 410):
                continue
            if part is not None and part.status == 200 and part.data is not None:
                found.append(Fetched(name, part.etag or listing.changed.get(name), part.data))
                continue
            singles += 1
            if singles > SINGLES_MAX:
                raise Retryable("the answer leaves out resources that were asked for")
            single = self._single(name)
            found += [single] if single is not None else []
        return found

    def _parts(self, names: list[str]) -> dict[str, Part]:
        """By multiget. One resource can make the whole answer no XML (CAL-9): then by halves, until it is alone and
        left out. Where every answer is broken, Retryable."""
        parts: dict[str, Part] = {}
        asked, waiting = 0, [names]
        while waiting:
            asked += 1
            if asked > MULTIGETS_MAX:
                raise Retryable("the answers with the resources were not understood")
            some = waiting.pop()
            try:
                parts |= self._multiget(some)
            except NotUnderstood:
                half = len(some) // 2
                waiting += [some[:half], some[half:]] if half else []
        return parts

    def _multiget(self, names: list[str]) -> dict[str, Part]:
        body = multistatus.ask_for_these(href_of(self._path, name) for name in names)
        answer = self._wire.send("REPORT", self._path, body, {**XML, "Depth": "1"}, ok=(207,))
        return {part.name: part for part in multistatus.parse(answer.body)}

    def _single(self, name: str) -> Fetched | None:
        answer = self._wire.send("GET", href_of(self._path, name), ok=_OF_ONE_ITEM)
        if answer.status in (404, 410):
            return None
        return Fetched(name, answer.etag, answer.body if answer.status == 200 else None)

    def server_invites(self) -> bool:
        """Does the server mail attendees itself (RFC 6638 2, DAV-6)?"""
        if self._server_invites is None:
            answer = self._wire.send("OPTIONS", self._path, ok=(200, 204))
            self._server_invites = quirks.announces_scheduling(answer)
        return self._server_invites
