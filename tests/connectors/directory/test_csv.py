"""Two CSV files keep the contract of a directory, in every form in which portals write them (D1, D2)."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.directory import files
from connectors.directory.csv_rows import CsvFile, listing_of_files
from connectors.directory.files import CsvDirectory
from connectors.directory.settings import CsvSettings
from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.domain.people import Plan
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured
from syncd.testing.contracts.directory import DirectoryContract, PortalWorld

COMPANIES = "id,name,code,plan\n1,Acme,ACME-1,support\n"
CONTACTS = "id,company,name,email\n7,1,Ann,ann@acme.example\n"


class CsvWorld:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = CsvDirectory("portal", CsvSettings(), folder)

    def fill(
        self, companies: Sequence[tuple[str, CompanyListed]], contacts: Sequence[tuple[str, ContactListed]]
    ) -> None:
        with (self.folder / "companies.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["id", "name", "code", "plan", "plan_until", "zone", "country", "blocked"])
            for i, c in companies:
                out.writerow([i, c.name, c.code, c.plan, c.plan_until, c.zone, c.country, "yes" if c.blocked else "no"])
        with (self.folder / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["id", "company", "name", "email", "mobile", "zone", "locale"])
            for i, p in contacts:
                out.writerow([i, p.company_id, p.name, p.email, p.mobile, p.zone, p.locale])

    def spoil(self, company_id: str) -> None:
        path = self.folder / "companies.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        for row in rows:
            if row[0] == company_id:
                row[3] = "platinum"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        contacts = self.folder / "contacts.csv"
        lines = contacts.read_text(encoding="utf-8").splitlines(keepends=True)
        contacts.write_text("".join(line for line in lines if f",{company_id}," not in line), encoding="utf-8")

    def take_away(self) -> None:
        (self.folder / "companies.csv").unlink()


class TestCsvDirectory(DirectoryContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> PortalWorld:
        return CsvWorld(tmp_path)


def reading(companies: str | bytes, contacts: str | None = None, **settings: Any) -> DirectoryListing:
    raw = companies.encode() if isinstance(companies, str) else companies
    people = CsvFile("contacts.csv", contacts.encode()) if contacts is not None else None
    return listing_of_files(CsvFile("companies.csv", raw), people, CsvSettings.model_validate(settings))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_encoding_are_found_by_the_file_itself(delimiter: str, encoding: str) -> None:
    text = "ID,Name,CODE,plan,plan_until\r\n1,Öko Strøm,ACME-1,support,2030-01-31\r\n".replace(",", delimiter)
    ((company_id, company),) = reading(text.encode(encoding)).companies
    assert (company_id, company.name, company.code, company.plan) == ("1", "Öko Strøm", "ACME-1", Plan.SUPPORT)


def test_the_portals_own_headings_encoding_and_dates_are_settings() -> None:
    text = "Kundennr;Firma;Schlüssel;plan;plan_until\n1;Bär AG;B-1;maintenance;31.12.2030\n"
    listing = reading(
        text.encode("cp1252"),
        encoding="cp1252",
        date_format="%d.%m.%Y",
        company_columns={"id": "Kundennr", "name": "Firma", "code": "Schlüssel"},
    )
    ((_, company),) = listing.companies
    assert (company.name, str(company.plan_until)) == ("Bär AG", "2030-12-31")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        ("id,name,code,plan\n1,B\xe4r,X,support\n".encode("latin-1"), "companies.csv:2: is not utf-8"),
        (b"1,Acme,ACME-1,support\n2,Bolt,BOLT,support\n", "there is no column id, name, code, plan"),
        (b"id,name,plan\n1,Acme,support\n", "there is no column code"),
        (b'id,name,code,plan\n1,"Acme,X,support\n2,B,Y,support\n', "is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_whole_is_no_directory(raw: bytes, says: str) -> None:
    with pytest.raises(Misconfigured, match=says) as caught:
        reading(raw)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("row", "says", "left_out"),
    [
        ("1,Twice,T-1,support,,,,", "the id stands in an earlier row", True),
        (",Nameless,N-1,support,,,,", "id is empty", True),
        ("3,,N-1,support,,,,", "name is empty", True),
        ("3,Copy,acme 1,support,,,,", "the code is that of companies.csv:2 too", True),
        ("3,Gold,G-1,gold,,,,", "neither support nor maintenance", True),
        ("3,Late,L-1,support,31.12.2030,,,", "plan_until is no date", True),
        ("3,Maybe,M-1,support,,,,perhaps", "neither yes nor no", True),
        ("3,Zone,Z-1,support,,Mars/Olympus,,", "zone is no time zone", False),
        ("3,Land,Q-1,support,,,ZZ,", "country is no country", False),
    ],
)
def test_a_row_with_a_mistake_is_named_by_file_and_line(row: str, says: str, left_out: bool) -> None:
    head = "id,name,code,plan,plan_until,zone,country,blocked"
    listing = reading(f"{head}\n1,Acme,ACME-1,support,,,,\n\n{row}\n9,Last,LAST-9,,,,,\n")
    (problem,) = listing.problems
    assert problem.where == "companies.csv:4"
    assert says in problem.what
    assert problem.hint
    assert problem.left_out is left_out
    assert [i for i, _ in listing.companies] == (["1", "9"] if left_out else ["1", "3", "9"])


@pytest.mark.parametrize(
    ("row", "says", "left_out"),
    [
        ("8,2,Bo,bo@acme.example,", "its company is not in the file", True),
        ("8,1,Bo,bo at acme,", "no e-mail address", True),
        ("8,1,Bo,ANN@acme.example,", "the address is that of contacts.csv:2 too", True),
        ("7,1,Bo,bo@acme.example,", "the id stands in an earlier row", True),
        ("8,1,Bo,bo@acme.example,12", "mobile is no telephone number", False),
    ],
)
def test_a_contact_with_a_mistake_is_named_by_file_and_line(row: str, says: str, left_out: bool) -> None:
    listing = reading(COMPANIES, f"id,company,name,email,mobile\n7,1,Ann,ann@acme.example,\n{row}\n")
    (problem,) = listing.problems
    assert (problem.where, problem.left_out) == ("contacts.csv:3", left_out)
    assert says in problem.what


def test_a_mobile_number_is_read_as_dialled_in_the_companys_country() -> None:
    companies = "id,name,code,plan,country\n1,Acme,ACME-1,support,us\n"
    ((_, ann),) = reading(companies, "id,company,name,email,mobile\n7,1,Ann,ann@acme.example,(571) 317-3122\n").contacts
    assert ann.mobile == "+15713173122"


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    listing = reading('id,name,code,plan\n1,"two\nlines",A,support\n2,Bolt,B,gold\n')
    assert [p.where for p in listing.problems] == ["companies.csv:2", "companies.csv:4"]


def test_a_folder_a_missing_file_and_one_without_permission_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "companies.csv").mkdir()
    with pytest.raises(Misconfigured, match="cannot be read"):
        CsvDirectory("portal", CsvSettings(), tmp_path).read()
    with pytest.raises(Misconfigured) as caught:
        CsvDirectory("portal", CsvSettings(companies="none.csv"), tmp_path).read()
    assert "last known directory stays" in caught.value.hint


def test_an_export_that_is_replaced_while_it_is_read_is_read_again_later(tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text(COMPANIES)
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    version = files._version(tmp_path / "companies.csv")
    (tmp_path / "new.csv").write_text(COMPANIES)
    os.replace(tmp_path / "new.csv", tmp_path / "companies.csv")
    assert files._version(tmp_path / "companies.csv") != version


def test_a_directory_of_companies_alone_has_no_contacts(tmp_path: Path) -> None:
    (tmp_path / "companies.csv").write_text(COMPANIES)
    listing = CsvDirectory("portal", CsvSettings(contacts=None), tmp_path).read()
    assert (len(listing.companies), listing.contacts) == (1, ())


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(raw: bytes) -> None:
    with contextlib.suppress(Misconfigured):
        listing = reading(b"id,name,code,plan\n" + raw)
        assert len(listing.companies) + len(listing.problems) <= raw.count(b"\n") + raw.count(b"\r") + 1
