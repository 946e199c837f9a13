"""A database keeps the contract of a directory: SQLite, and a real PostgreSQL (D1, D2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Column, Date, Engine, MetaData, Table, Text, create_engine, insert, make_url, text, update

from connectors.directory.database import SqlDirectory
from connectors.directory.settings import SqlSettings
from syncd.domain.evidence import CompanyListed, ContactListed
from syncd.ports.errors import Misconfigured
from syncd.testing.contracts.directory import COMPANIES, CONTACTS, DirectoryContract, PortalWorld
from tests.store.postgres import new_database, server

QUERIES = {"companies": "SELECT * FROM companies ORDER BY id", "contacts": "SELECT * FROM people ORDER BY id"}
portal = MetaData()
companies = Table(
    "companies",
    portal,
    *(Column(name, Text) for name in ("id", "name", "code", "plan", "zone", "country", "blocked")),
    Column("plan_until", Date),
)
people = Table(
    "people", portal, *(Column(name, Text) for name in ("id", "company", "name", "email", "mobile", "zone", "locale"))
)


class SqlWorld:
    def __init__(self, engine: Engine, directory: SqlDirectory) -> None:
        self.engine, self.directory = engine, directory
        portal.drop_all(engine)
        portal.create_all(engine)

    def fill(self, listed: Sequence[tuple[str, CompanyListed]], contacts: Sequence[tuple[str, ContactListed]]) -> None:
        with self.engine.begin() as connection:
            connection.execute(companies.delete())
            connection.execute(people.delete())
            for i, c in listed:
                row = {"id": i, "name": c.name, "code": c.code, "plan": c.plan, "plan_until": c.plan_until}
                more = {"zone": c.zone, "country": c.country, "blocked": "yes" if c.blocked else "no"}
                connection.execute(insert(companies), [{**row, **more}])
            for i, p in contacts:
                row = {"id": i, "company": p.company_id, "name": p.name, "email": p.email}
                connection.execute(insert(people), [{**row, "mobile": p.mobile, "zone": p.zone, "locale": p.locale}])

    def spoil(self, company_id: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(companies).where(companies.c.id == company_id).values(plan="platinum"))
            connection.execute(people.delete().where(people.c.company == company_id))

    def take_away(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(text("DROP TABLE companies"))


def sqlite_world(folder: Path, **settings: Any) -> SqlWorld:
    given = SqlSettings.model_validate({"url": "sqlite:///portal.db", **QUERIES, **settings})
    return SqlWorld(create_engine(f"sqlite:///{folder / 'portal.db'}"), SqlDirectory("portal", given, folder, None))


class TestSqlite(DirectoryContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[PortalWorld]:
        made = sqlite_world(tmp_path)
        yield made
        made.engine.dispose()


@pytest.fixture(scope="module")
def portal_url() -> Iterator[URL]:
    with server() as server_url:
        yield make_url(new_database(server_url))


@pytest.mark.slow
@pytest.mark.xdist_group("postgres")
class TestPostgres(DirectoryContract):
    @pytest.fixture
    def world(self, portal_url: URL, tmp_path: Path) -> Iterator[PortalWorld]:
        engine = create_engine(portal_url)
        url = portal_url._replace(password=None).render_as_string()
        given = SqlSettings.model_validate({"url": url, **QUERIES})
        password = str(portal_url.password) if portal_url.password is not None else None
        yield SqlWorld(engine, SqlDirectory("portal", given, tmp_path, password))
        engine.dispose()


def test_the_portals_own_headings_are_settings(tmp_path: Path) -> None:
    world = sqlite_world(
        tmp_path, companies="SELECT id AS number, name, code, plan FROM companies", company_columns={"id": "Number"}
    )
    world.fill(COMPANIES[:1], ())
    assert [company_id for company_id, _ in world.directory.read().companies] == ["c1"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT id, name FROM companies", "there is no column code, plan"),
        ("SELECT nonsense FROM companies", "refused"),
        ("SELECT * FROM nowhere", "refused"),
        ("DELETE FROM companies", "refused|gives no rows"),
    ],
)
def test_a_query_that_does_not_fit_is_told_and_changes_nothing(tmp_path: Path, query: str, says: str) -> None:
    world = sqlite_world(tmp_path, companies=query)
    world.fill(COMPANIES, CONTACTS)
    with pytest.raises(Misconfigured, match=says) as caught:
        world.directory.read()
    assert caught.value.hint
    with world.engine.connect() as connection:
        assert len(connection.execute(companies.select()).all()) == len(COMPANIES)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    given = SqlSettings.model_validate({"url": "sqlite:///none.db", **QUERIES})
    with pytest.raises(Misconfigured, match="unable to open"):
        SqlDirectory("portal", given, tmp_path, None).read()
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql+psycopg://reader:secret@localhost/portal", "a password stands in the url"),
        ("oracle+nodriver://reader@localhost/portal", "no driver"),
        ("what is this", "is none"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_its_secret(tmp_path: Path, url: str, says: str) -> None:
    given = SqlSettings.model_validate({"url": url, **QUERIES})
    with pytest.raises(Misconfigured, match=says) as caught:
        SqlDirectory("portal", given, tmp_path, None)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
