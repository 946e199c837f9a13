"""Does this connector keep the contract of `Directory` (ports/directory.py, D1, D2)?

Subclass `DirectoryContract` and give it a fixture `world`: a portal that can be filled, spoiled and taken away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

import pytest

from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.domain.people import Plan
from syncd.ports.directory import Directory
from syncd.ports.errors import Misconfigured, Retryable

ACME = CompanyListed("Acme Ltd", "ACME-1", Plan.MAINTENANCE, date(2030, 12, 31), "America/New_York", "US")
BOLT = CompanyListed("Bolt & Söhne, “GmbH”", "BOLT-2", Plan.SUPPORT, None, "Europe/Berlin", "DE")
CLAY = CompanyListed("Clay; Inc", None, None, None, None, None, blocked=True)
COMPANIES = (("c1", ACME), ("c2", BOLT), ("c3", CLAY))
ANN = ContactListed("c1", "Ann O'Neil", "ann@acme.example", "+15713173122", "America/Chicago", "en")
BO = ContactListed("c2", "Bo Ünal", "bo@bolt.example", None, None, None)
CONTACTS = (("p1", ANN), ("p2", BO))


class PortalWorld(Protocol):
    """The customer portal behind the connector."""

    @property
    def directory(self) -> Directory: ...

    def fill(
        self, companies: Sequence[tuple[str, CompanyListed]], contacts: Sequence[tuple[str, ContactListed]]
    ) -> None:
        """Put exactly these into the portal."""
        ...

    def spoil(self, company_id: str) -> None:
        """Make that company's row unreadable, for example by a plan that does not exist."""
        ...

    def take_away(self) -> None:
        """Make the portal unreadable as a whole."""
        ...


class DirectoryContract:
    @pytest.fixture
    def world(self) -> PortalWorld:
        raise TypeError("give the suite your portal: override the fixture `world`")

    def test_everybody_comes_with_the_portals_own_id_and_every_field(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        listing = world.directory.read()
        assert dict(listing.companies) == dict(COMPANIES)
        assert dict(listing.contacts) == dict(CONTACTS)
        assert listing.problems == ()

    def test_reading_twice_says_the_same(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        assert world.directory.read() == world.directory.read()

    def test_a_change_in_the_portal_is_seen_at_the_next_reading(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        world.directory.read()
        world.fill((("c1", replace(ACME, plan=None, plan_until=None)), *COMPANIES[1:]), CONTACTS)
        assert dict(world.directory.read().companies)["c1"].plan is None

    def test_a_row_that_is_not_understood_says_whose_it_is_and_the_others_go_on(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, (("p2", BO),))
        world.spoil("c1")
        listing = world.directory.read()
        assert [company_id for company_id, _ in listing.companies] == ["c2", "c3"]
        (problem,) = listing.problems
        assert problem.row_id == "c1"
        assert problem.left_out
        assert problem.where
        assert problem.hint

    def test_a_problem_shows_nobodys_data(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        world.spoil("c1")
        told = " ".join(f"{p.where} {p.what} {p.hint}" for p in world.directory.read().problems)
        assert told
        assert not any(text in told for text in (ACME.name, ANN.email, ANN.name, "ACME-1"))

    def test_an_unreadable_directory_is_an_error_and_never_an_empty_one(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        world.take_away()
        for call in (world.directory.read, world.directory.probe):
            with pytest.raises((Misconfigured, Retryable)) as caught:
                call()
            assert caught.value.hint or isinstance(caught.value, Retryable)

    def test_a_probe_counts_and_names_nobody(self, world: PortalWorld) -> None:
        world.fill(COMPANIES, CONTACTS)
        facts = " ".join(world.directory.probe())
        assert "3" in facts
        assert "2" in facts
        assert ACME.name not in facts
        assert ANN.email not in facts
