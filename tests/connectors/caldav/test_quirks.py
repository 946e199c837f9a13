"""Each row of the quirk table, against the real server (DAV-7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from connectors.caldav.quirks import RADICALE, ROWS, XANDIKOS, Quirks
from syncd.testing.contracts.calendar_setting import entry
from tests.connectors.caldav import staff_ics
from tests.connectors.caldav.world import DavWorld

KINDS = {"radicale": RADICALE, "xandikos": XANDIKOS}
TEXT = staff_ics.event("quirk", entry(1))
ICS = "text/calendar; charset=utf-8"
XML = "application/xml"
SYNC = (
    '<D:sync-collection xmlns:D="DAV:"><D:sync-token>{}</D:sync-token><D:sync-level>1</D:sync-level>'
    "<D:prop><D:getetag/></D:prop></D:sync-collection>"
)
ABOUT = (
    '<D:propfind xmlns:D="DAV:" xmlns:S="http://calendarserver.org/ns/"><D:prop><D:supported-report-set/>'
    "<S:getctag/></D:prop></D:propfind>"
)


@pytest.fixture(params=["radicale", pytest.param("xandikos", marks=pytest.mark.slow)])
def world(request: pytest.FixtureRequest, make_world: Callable[..., DavWorld]) -> DavWorld:
    return make_world(request.param)


@pytest.fixture
def row(world: DavWorld) -> Quirks:
    return KINDS[world.server.kind]


def test_there_is_a_row_for_each_server_that_is_tested_and_for_no_other() -> None:
    assert set(ROWS) == set(KINDS.values())


def test_the_server_is_recognised_and_does_as_its_row_says(world: DavWorld, row: Quirks) -> None:
    facts = world.calendar().probe()
    assert f"server: {row.server}" in facts
    assert not [fact for fact in facts if "differs" in fact]


def test_it_announces_what_the_row_says(world: DavWorld, row: Quirks) -> None:
    about = etree.fromstring(world.staff_http.ask("PROPFIND", world.path, ABOUT, Depth="0", Content_Type=XML).content)
    assert (about.find(".//{DAV:}sync-collection") is not None) is row.sync_collection
    assert bool(about.findtext(".//{http://calendarserver.org/ns/}getctag")) is row.ctag
    announced = world.staff_http.ask("OPTIONS", world.path).headers["dav"]
    assert ("calendar-auto-schedule" in announced) is row.auto_schedule


def test_it_refuses_an_unknown_sync_token_as_the_row_says(world: DavWorld, row: Quirks) -> None:
    refused = world.staff_http.ask("REPORT", world.path, SYNC.format("urn:never-given"), Depth="1", Content_Type=XML)
    assert refused.status_code == row.expired_status
    assert "valid-sync-token" in refused.text


def test_it_answers_a_write_as_the_row_says(world: DavWorld, row: Quirks) -> None:
    put = world.staff_http.ask("PUT", f"{world.path}quirk.ics", TEXT, Content_Type=ICS)
    got = world.staff_http.ask("GET", f"{world.path}quirk.ics")
    assert (put.headers.get("etag") == got.headers["etag"]) is row.etag_on_put
    assert (got.content == TEXT.encode()) is row.bytes_stand


def test_it_refuses_a_second_resource_of_one_uid_as_the_row_says(world: DavWorld, row: Quirks) -> None:
    world.staff_http.put(f"{world.path}quirk.ics", TEXT)
    twin = world.staff_http.ask("PUT", f"{world.path}twin.ics", TEXT, Content_Type=ICS)
    assert twin.status_code == row.uid_conflict_status


def test_its_etags_are_of_the_kind_the_row_says(world: DavWorld, row: Quirks) -> None:
    path = f"{world.path}quirk.ics"
    etags = []
    for text in (TEXT, TEXT.replace("Dentist", "Lunch"), TEXT):
        world.staff_http.put(path, text)
        etags.append(world.staff_http.ask("GET", path).headers["etag"])
    assert etags[0] != etags[1]
    assert (etags[0] == etags[2]) is row.etag_by_content


def test_it_refuses_what_another_version_was_meant_for(world: DavWorld) -> None:
    path = f"{world.path}quirk.ics"
    world.staff_http.put(path, TEXT)
    for headers in ({"If_Match": '"another"'}, {"If_None_Match": "*"}):
        refused = world.staff_http.ask("PUT", path, TEXT, Content_Type=ICS, **headers)
        assert refused.status_code == 412
    assert world.staff_http.ask("DELETE", path, If_Match='"another"').status_code == 412
