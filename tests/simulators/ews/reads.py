"""What does the server answer to those who read? GetFolder, FindFolder, FindItem, GetItem, SyncFolderItems, zones."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any

from tests.simulators.ews import series
from tests.simulators.ews.access import Caller
from tests.simulators.ews.faults import Faults
from tests.simulators.ews.render import asked_for, calendar_item, name_of
from tests.simulators.ews.series import Instance, in_span, parse_occurrence_id, single
from tests.simulators.ews.soap import M, Refused, T, answer, element, error, success
from tests.simulators.ews.state import Folder, Item, Mailbox, World
from tests.simulators.ews.windows_zones import NAMES

FIND_MAX = 1000


class Reads:
    """Reads of one world: the true one, or a replica of it (`faults` says which)."""

    def __init__(self, world: World, caller: Caller, faults: Faults) -> None:
        self.world = world
        self.caller = caller
        self.faults = faults

    # -- folders ---------------------------------------------------------------------------------------------------

    def get_folder(self, request: Any) -> Any:
        messages = []
        for asked in request.find(f"{M}FolderIds"):
            try:
                mailbox, folder = self.caller.folder(self.world, asked)
                shown = element("m:Folders", None, self._folder(mailbox, folder))
                messages.append(success("GetFolder", shown))
            except Refused as refused:
                messages.append(error("GetFolder", refused, element("m:Folders")))
        return answer("GetFolder", messages)

    def find_folder(self, request: Any) -> Any:
        try:
            mailbox, top = self.caller.folder(self.world, request.find(f"{M}ParentFolderIds")[0])
        except Refused as refused:
            return answer("FindFolder", [error("FindFolder", refused)])
        below = [folder for folder in mailbox.folders.values() if folder.folder_id != top.folder_id]
        root = element(
            "m:RootFolder",
            None,
            element("t:Folders", None, *(self._folder(mailbox, folder) for folder in below)),
            TotalItemsInView=str(len(below)),
            IncludesLastItemInRange="true",
            IndexedPagingOffset=str(len(below)),
        )
        return answer("FindFolder", [success("FindFolder", root)])

    def _folder(self, mailbox: Mailbox, folder: Folder) -> Any:
        kind = "CalendarFolder" if folder.kind == "IPF.Appointment" else "Folder"
        parts = [element("t:FolderId", None, Id=folder.folder_id, ChangeKey="AQAAAA==")]
        if folder.parent_id is not None:
            parts.append(element("t:ParentFolderId", None, Id=folder.parent_id, ChangeKey="AQAAAA=="))
        may = "true" if self.caller.may_write(mailbox) else "false"
        rights = ("CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify")
        parts += [
            element("t:FolderClass", folder.kind),
            element("t:DisplayName", folder.name),
            element("t:TotalCount", str(len(list(mailbox.in_folder(folder.folder_id))))),
            element("t:ChildFolderCount", "0"),
            element("t:EffectiveRights", None, *(element(f"t:{r}", may) for r in rights), element("t:Read", "true")),
        ]
        return element(f"t:{kind}", None, *parts)

    # -- items -----------------------------------------------------------------------------------------------------

    def get_item(self, request: Any) -> Any:
        uris, extended = asked_for(request.find(f"{M}ItemShape"), listing=False)
        messages = []
        for asked in request.find(f"{M}ItemIds"):
            try:
                shown = self._got(asked)
                found = element("m:Items", None, calendar_item(shown, uris, extended))
                messages.append(success("GetItem", found))
            except Refused as refused:
                messages.append(error("GetItem", refused, element("m:Items")))
        return answer("GetItem", messages)

    def _got(self, asked: Any) -> Instance:
        self.faults.check_message()
        if asked.tag == f"{T}RecurringMasterItemId":
            parsed = parse_occurrence_id(asked.get("OccurrenceId"))
            if parsed is None:
                raise Refused("ErrorItemNotFound")
            return single(found_item(self.world, self.caller, parsed[0])[1])
        shown = found_instance(self.world, self.caller, asked.get("Id"))
        if shown.item.corrupt:
            raise Refused("ErrorItemCorrupt")
        if shown.item.sensitivity == "Private" and not self.caller.sees_private(self.world, shown.item):
            raise Refused("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return shown

    def find_item(self, request: Any) -> Any:
        try:
            self.faults.check_message()
            mailbox, folder = self.caller.folder(self.world, request.find(f"{M}ParentFolderIds")[0])
            uris, extended = asked_for(request.find(f"{M}ItemShape"), listing=True)
            view = request.find(f"{M}CalendarView")
            if view is not None:
                root = self._in_view(mailbox, folder, view, uris, extended)
            else:
                root = self._page(mailbox, folder, request, uris, extended)
        except Refused as refused:
            return answer("FindItem", [error("FindItem", refused)])
        return answer("FindItem", [success("FindItem", root)])

    def _in_view(self, mailbox: Mailbox, folder: Folder, view: Any, uris: set[str], extended: Any) -> Any:
        begins, ends = (datetime.fromisoformat(view.get(name)) for name in ("StartDate", "EndDate"))
        entries_max = int(view.get("MaxEntriesReturned") or FIND_MAX)
        shown = [each for item in mailbox.in_folder(folder.folder_id) for each in in_span(item, begins, ends)]
        shown.sort(key=lambda each: each.starts_at)
        if len(shown) > self.faults.find_count_limit:
            raise Refused("ErrorExceededFindCountLimit")
        found = self.faults.repeated([calendar_item(e, uris, extended) for e in shown[:entries_max]])
        return _root(found, len(shown), len(shown) <= entries_max, None)

    def _page(self, mailbox: Mailbox, folder: Folder, request: Any, uris: set[str], extended: Any) -> Any:
        page = request.find(f"{M}IndexedPageItemView")
        restriction = request.find(f"{M}Restriction")
        items = [single(item) for item in mailbox.in_folder(folder.folder_id)]
        items = [each for each in items if restriction is None or _matches(restriction[0], each.item)]
        offset, wanted = int(page.get("Offset")), int(page.get("MaxEntriesReturned"))
        some = items[offset : offset + min(wanted, self.faults.page_items_max or FIND_MAX)]
        last = offset + len(some) >= len(items)
        found = self.faults.repeated([calendar_item(each, uris, extended) for each in some])
        return _root(found, len(items), last, offset + len(some))

    # -- changes ---------------------------------------------------------------------------------------------------

    def sync_folder_items(self, request: Any) -> Any:
        try:
            self.faults.check_message()
            mailbox, folder = self.caller.folder(self.world, request.find(f"{M}SyncFolderId"))
        except Refused as refused:
            return answer("SyncFolderItems", [error("SyncFolderItems", refused)])
        state = request.find(f"{M}SyncState")
        try:
            since, middle = self._parsed(folder, state.text) if state is not None and state.text else (0, False)
            if middle and self.faults.loses_middle:
                raise Refused("ErrorInvalidSyncStateData")
        except Refused as refused:
            bare = self.faults.bare_sync_errors
            more = [] if bare else [element("m:SyncState"), element("m:IncludesLastItemInRange", "true")]
            return answer("SyncFolderItems", [error("SyncFolderItems", refused, *more)])
        uris, extended = asked_for(request.find(f"{M}ItemShape"), listing=True)
        wanted = int(request.find(f"{M}MaxChangesReturned").text)
        changes, upto = self._changes(mailbox, folder, since, min(wanted, self.faults.page_items_max or wanted))
        last = upto >= max((line.seq for line in mailbox.log), default=0)
        told = [_change(what, shown, uris, extended) for what, shown in changes]
        if since and self.faults.phantom is not None:
            told.append(element("t:Delete", None, element("t:ItemId", None, Id=self.faults.phantom, ChangeKey="AQ==")))
            self.faults.phantom = None
        return answer(
            "SyncFolderItems",
            [
                success(
                    "SyncFolderItems",
                    element("m:SyncState", self._state(folder, upto, not last)),
                    element("m:IncludesLastItemInRange", "true" if last else "false"),
                    element("m:Changes", None, *self.faults.repeated(told)),
                )
            ],
        )

    def _changes(
        self, mailbox: Mailbox, folder: Folder, since: int, items_max: int
    ) -> tuple[list[tuple[str, Item | str]], int]:
        """Changes after `since`, each item once, by its last line; and up to where they tell."""
        lines = [line for line in mailbox.log if line.seq > since and line.folder_id == folder.folder_id]
        last_line = {line.item_id: line.seq for line in lines}
        created = {line.item_id for line in lines if line.what == "created"}
        changes: list[tuple[str, Item | str]] = []
        for line in lines:
            if last_line[line.item_id] != line.seq:
                continue
            if len(changes) == items_max:
                return changes, line.seq - 1
            if line.what != "deleted":
                changes.append(("Create" if line.item_id in created else "Update", mailbox.items[line.item_id]))
            elif line.item_id not in created:
                changes.append(("Delete", line.item_id))
        return changes, max((line.seq for line in mailbox.log), default=0)

    def _state(self, folder: Folder, upto: int, middle: bool) -> str:
        said = {"folder": folder.folder_id, "upto": upto, "middle": middle, "epoch": self.world.epoch}
        return b64encode(json.dumps(said).encode()).decode()

    def _parsed(self, folder: Folder, text: str) -> tuple[int, bool]:
        try:
            said = json.loads(b64decode(text, validate=True))
            ours = said["folder"] == folder.folder_id and said["epoch"] == self.world.epoch
            upto, middle = int(said["upto"]), bool(said["middle"])
        except (ValueError, KeyError, TypeError):
            ours = False
        if not ours:
            raise Refused("ErrorInvalidSyncStateData")
        return upto, middle

    def get_server_time_zones(self, request: Any) -> Any:
        wanted = [each.text for each in request.iterfind(f"{M}Ids/{T}Id")] or list(NAMES)
        zones = [element("t:TimeZoneDefinition", None, Id=name, Name=name) for name in wanted if name in NAMES]
        return answer(
            "GetServerTimeZones",
            [success("GetServerTimeZones", element("m:TimeZoneDefinitions", None, *zones))],
        )


def _change(what: str, shown: Item | str, uris: set[str], extended: Any) -> Any:
    if isinstance(shown, str):
        return element(f"t:{what}", None, element("t:ItemId", None, Id=shown, ChangeKey="AQ=="))
    return element(f"t:{what}", None, calendar_item(single(shown), uris, extended))


def _root(found: list[Any], total: int, last: bool, offset: int | None) -> Any:
    more = {} if offset is None else {"IndexedPagingOffset": str(offset)}
    return element(
        "m:RootFolder",
        None,
        element("t:Items", None, *found),
        TotalItemsInView=str(total),
        IncludesLastItemInRange="true" if last else "false",
        **more,
    )


def _matches(restriction: Any, item: Item) -> bool:
    """The filters that are simulated; another is an error of the test, not of the server."""
    kind = restriction.tag.removeprefix(T)
    if kind == "Or":
        return any(_matches(each, item) for each in restriction)
    if kind == "And":
        return all(_matches(each, item) for each in restriction)
    name = name_of(restriction.find(f"{T}ExtendedFieldURI"))
    if kind == "Exists":
        return name in item.props
    if kind == "IsEqualTo":
        return bool(item.props.get(name) == restriction.find(f"{T}FieldURIOrConstant/{T}Constant").get("Value"))
    raise AssertionError(f"the simulated server does not filter by {kind}")


def found_item(world: World, caller: Caller, item_id: str) -> tuple[Mailbox, Item]:
    found = world.find(item_id)
    if found is None:
        raise Refused("ErrorItemNotFound", "The specified object was not found in the store.")
    caller.check_read(found[0])
    return found


def found_instance(world: World, caller: Caller, item_id: str) -> Instance:
    """The item, or the one instance, of that id."""
    parsed = parse_occurrence_id(item_id)
    if parsed is None:
        return single(found_item(world, caller, item_id)[1])
    item = found_item(world, caller, parsed[0])[1]
    if item.pattern is None or parsed[1] in item.deleted:
        raise Refused("ErrorItemNotFound", "The specified object was not found in the store.")
    return series.instance(item, parsed[1])
