"""Where does this installation lie? Its folder, its database, its secret and its lock, as [store] says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from syncd.config.settings import StoreSettings
from syncd.ports.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Place:
    """Where this installation lies: its folder, its database, its secret and its lock."""

    folder: Path
    url: str
    file: Path | None  # None: no SQLite

    @property
    def secret(self) -> Path:
        return self.folder / "installation.secret"

    @property
    def lock(self) -> Path:
        return self.folder / "syncd.lock"

    @property
    def new(self) -> bool:
        """Nothing bears a name of ours yet: neither database nor secret is there."""
        return self.file is not None and not self.file.exists()


def place_of(store: StoreSettings, beside: Path) -> Place:
    """Raises Misconfigured for a URL that cannot be read, or a database in memory."""
    folder = (beside / store.folder).absolute()
    try:
        url = make_url(store.url)
    except ArgumentError:
        hint = "sqlite:///syncd.db, or postgresql+psycopg://…"
        raise Misconfigured("store.url is no address of a database", hint=hint) from None
    if url.get_backend_name() != "sqlite":
        return Place(folder, store.url, None)
    if not url.database or url.database == ":memory:":
        raise Misconfigured("store.url names no file", hint="sqlite:///syncd.db lies in store.folder")
    file = (folder / url.database).absolute()
    return Place(folder, url.set(database=str(file)).render_as_string(hide_password=False), file)
