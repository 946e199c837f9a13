"""A package of somebody else's: two connectors with a dist-info of their own, put on the path of a process.

It stands for what `pip install` of a third party leaves behind (packaging.python.org: entry points, dist-info).
"""

from __future__ import annotations

import textwrap
from pathlib import Path

MODULE = '''
"""Connectors of a stranger: a directory from one text file, and mail into a folder."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from syncd.domain.evidence import CompanyListed
from syncd.domain.people import Plan
from syncd.ports.connector import Manifest, Role
from syncd.ports.directory import DirectoryListing


class Book(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: str


class Post(BaseModel):
    model_config = ConfigDict(extra="forbid")
    folder: str
    credential: str | None = None


class BookDirectory:
    def __init__(self, name, path):
        self.id = name
        self._path = path

    def read(self):
        lines = self._path.read_text("utf-8").split()
        return DirectoryListing(
            tuple((line.lower(), CompanyListed(line, f"{line}-1", Plan.SUPPORT, None)) for line in lines), ()
        )

    def probe(self):
        return (f"{len(self.read().companies)} companies",)


class PostBox:
    lane = ""

    def __init__(self, folder):
        self._folder = folder

    def send(self, envelope):
        self._folder.mkdir(exist_ok=True)
        name = f"{len(list(self._folder.iterdir()))}.eml"
        (self._folder / name).write_bytes(envelope.message)
        return name

    def probe(self):
        return ("the folder is there",)


def build_book(name, settings, tools):
    return BookDirectory(name, tools.folder / settings.file)


def build_post(name, settings, tools):
    return PostBox(tools.folder / settings.folder)


book = Manifest("book", Role.DIRECTORY, Book, build_book, "a directory in a text file")
post = Manifest("post", Role.MAIL_OUT, Post, build_post, "mail into a folder")
'''

ENTRY_POINTS = """\
[syncd.connectors]
book = stranger_connectors:book
post = stranger_connectors:post
"""


def install(site: Path) -> Path:
    """Put the package into `site`, a folder for PYTHONPATH."""
    facts = site / "stranger_connectors-1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger-connectors\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "stranger_connectors.py").write_text(MODULE)
    return site


CONFIGURATION = textwrap.dedent(
    """\
    [desk]
    name = "Test desk"
    organizer = "support@desk.example"
    base_url = "http://127.0.0.1:8000"
    zone = "Europe/Berlin"
    operator_email = "ops@desk.example"
    portal_hint = "On your profile page."

    [[staff]]
    id = "dana"
    name = "Dana"
    email = "dana@desk.example"
    zone = "America/New_York"
    calendar = { connector = "calendars", address = "/dana/support/" }
    hours = { mon-fri = "09:00-17:00" }

    [[type]]
    id = "online"
    name = "Screen share"

    [[connector]]
    name = "calendars"
    kind = "caldav"
    url = "http://127.0.0.1:9/"

    [[connector]]
    name = "mail"
    kind = "post"
    folder = "sent"

    [[connector]]
    name = "portal"
    kind = "book"
    file = "book.txt"

    [[connector]]
    name = "rooms"
    kind = "room"

    [[connector.room]]
    id = "red"
    join_url = "https://meet.example.com/red"
    conference_id = "500 554 260#"
    """
)


def desk(folder: Path) -> Path:
    """A configuration that uses them; port 9 is discard, nobody listens there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "book.txt").write_text("Acme Bolt Clay")
    path = folder / "syncd.toml"
    path.write_text(CONFIGURATION)
    return path
