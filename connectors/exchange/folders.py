"""Which calendars does a person have? Folders of a mailbox, and which of them are calendars still in use.

[MS-OXWSFOLD]. "That person's calendars" (CAL-6) are those outside Deleted Items (EWS-7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchangelib.fields import FieldPath
from exchangelib.folders import Folder
from exchangelib.items import ID_ONLY

from connectors.exchange import services
from connectors.exchange.failures import Failure
from connectors.exchange.items import TYPES

FOLDERS_MAX = 2000
CALENDAR_CLASS = "IPF.Appointment"
DEEP = "Deep"
_FIELDS = ("name", "folder_class", "parent_folder_id", "total_count")


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """`kind` is its class; `may_create`: the account may put items into it, None where that was not told."""

    folder_id: str
    parent_id: str = ""
    name: str = ""
    kind: str = ""
    items: int = 0
    may_create: bool | None = None

    @property
    def is_calendar(self) -> bool:
        return self.kind == CALENDAR_CLASS or self.kind.startswith(f"{CALENDAR_CLASS}.")


def one(account: Any, folder: Any) -> FolderFacts:
    """One folder, with the account's rights in it."""
    found = list(
        services.OneFolder(account=account).call(
            folders=[folder], additional_fields=_paths((*_FIELDS, "effective_rights")), shape=ID_ONLY
        )
    )
    if len(found) != 1:
        raise Failure("not-understood")
    if isinstance(found[0], Exception):
        raise found[0]
    return _facts(found[0])


def everything(account: Any) -> dict[str, FolderFacts]:
    """All folders below the top of the mailbox, by id."""
    found = services.Folders(account=account, page_size=FOLDERS_MAX).call(
        folders=[services.top(account)],
        additional_fields=_paths(_FIELDS),
        restriction=None,
        shape=ID_ONLY,
        depth=DEEP,
        max_items=FOLDERS_MAX,
        offset=0,
    )
    folders: dict[str, FolderFacts] = {}
    for element in found:
        if isinstance(element, Exception):
            raise element
        facts = _facts(element)
        folders[facts.folder_id] = facts
    return folders


def calendars(folders: Mapping[str, FolderFacts], thrown_away_id: str) -> dict[str, FolderFacts]:
    """Those that are calendars, without what lies in Deleted Items at whatever depth."""

    def in_use(facts: FolderFacts) -> bool:
        above: FolderFacts | None = facts
        for _ in range(len(folders) + 1):
            if above is None:
                return True
            if thrown_away_id in (above.folder_id, above.parent_id):
                return False
            above = folders.get(above.parent_id)
        return False

    return {folder_id: facts for folder_id, facts in folders.items() if facts.is_calendar and in_use(facts)}


def named(account: Any, name: str) -> FolderFacts:
    """The calendar of that name, wherever it is. Raises Failure where there is none."""
    wanted = " ".join(name.split()).casefold()
    thrown_away = one(account, services.deleted_items(account)).folder_id
    for facts in calendars(everything(account), thrown_away).values():
        if " ".join(facts.name.split()).casefold() == wanted:
            return facts
    raise Failure("ErrorFolderNotFound", sent=False)


def _paths(names: tuple[str, ...]) -> Any:
    return [FieldPath(field=Folder.get_field_by_fieldname(name)) for name in names]


def _facts(element: Any) -> FolderFacts:
    def text(name: str) -> str:
        found = element.find(f"{TYPES}{name}")
        return "" if found is None else found.text or ""

    identity, parent = element.find(f"{TYPES}FolderId"), element.find(f"{TYPES}ParentFolderId")
    if identity is None:
        raise Failure("not-understood")
    create = text(f"EffectiveRights/{TYPES}CreateContents").strip()
    count = text("TotalCount")
    return FolderFacts(
        folder_id=identity.get("Id") or "",
        parent_id="" if parent is None else parent.get("Id") or "",
        name=text("DisplayName"),
        kind=text("FolderClass"),
        items=int(count) if count.isdigit() else 0,
        may_create=None if not create else create in ("true", "1"),
    )
