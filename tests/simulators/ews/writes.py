"""What does the server do for those who write? CreateItem, UpdateItem, DeleteItem, with the rules the schema omits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lxml import etree

from tests.simulators.ews.access import Caller
from tests.simulators.ews.reads import found_instance, found_item
from tests.simulators.ews.render import name_of
from tests.simulators.ews.series import exception, parse_occurrence_id
from tests.simulators.ews.soap import M, Refused, T, answer, element, error, success
from tests.simulators.ews.state import DELETED, Item, Mailbox, World


class Writes:
    def __init__(self, world: World, caller: Caller) -> None:
        self.world = world
        self.caller = caller

    # -- create ----------------------------------------------------------------------------------------------------

    def create_item(self, request: Any) -> Any:
        messages = []
        for given in request.find(f"{M}Items"):
            try:
                item = self._create(request, given)
                shown = element(
                    "t:CalendarItem", None, element("t:ItemId", None, Id=item.item_id, ChangeKey=item.change_key)
                )
                messages.append(success("CreateItem", element("m:Items", None, shown)))
            except Refused as refused:
                messages.append(error("CreateItem", refused, element("m:Items")))
        return answer("CreateItem", messages)

    def _create(self, request: Any, given: Any) -> Item:
        send = request.get("SendMeetingInvitations")
        if send is None:
            raise Refused("ErrorSendMeetingInvitationsRequired", "SendMeetingInvitations is required.")
        mailbox, folder = self.caller.folder(self.world, request.find(f"{M}SavedItemFolderId"))
        self.caller.check_write(mailbox)
        if folder.kind != "IPF.Appointment":
            raise Refused("ErrorCannotCreateCalendarItemInNonCalendarFolder")
        starts_at, ends_at = (datetime.fromisoformat(given.findtext(f"{T}{name}")) for name in ("Start", "End"))
        item = Item("", folder.folder_id, given.findtext(f"{T}UID") or "", starts_at, ends_at, reminder_minutes=None)
        for part in given:
            _set(item, part)
        _check_times(item)
        made = self.world.add(mailbox, folder.folder_id, item)
        if send != "SendToNone":
            made.request_sent = bool(made.attendees)
            self.world.mail_attendees(made)
        return made

    # -- update ----------------------------------------------------------------------------------------------------

    def update_item(self, request: Any) -> Any:
        messages = []
        for change in request.find(f"{M}ItemChanges"):
            try:
                item_id, change_key = self._update(request, change)
                shown = element("t:CalendarItem", None, element("t:ItemId", None, Id=item_id, ChangeKey=change_key))
                conflicts = element("m:ConflictResults", None, element("t:Count", "0"))
                messages.append(success("UpdateItem", element("m:Items", None, shown), conflicts))
            except Refused as refused:
                messages.append(error("UpdateItem", refused, element("m:Items")))
        return answer("UpdateItem", messages)

    def _update(self, request: Any, change: Any) -> tuple[str, str]:
        send = request.get("SendMeetingInvitationsOrCancellations")
        if send is None:
            raise Refused("ErrorSendMeetingInvitationsOrCancellationsRequired")
        asked = change.find(f"{T}ItemId")
        if not asked.get("ChangeKey"):
            raise Refused("ErrorChangeKeyRequired")
        found_instance(self.world, self.caller, asked.get("Id"))
        parsed = parse_occurrence_id(asked.get("Id"))
        mailbox, item = found_item(self.world, self.caller, parsed[0] if parsed else asked.get("Id"))
        self.caller.check_write(mailbox)
        if asked.get("ChangeKey") != item.change_key and request.get("ConflictResolution") == "NeverOverwrite":
            text = "The change key passed in the request does not match the current change key for the item."
            raise Refused("ErrorIrresolvableConflict", text)
        _apply(exception(item, parsed[1]) if parsed else item, change)
        self.world.touch(item, mailbox)
        if send != "SendToNone":
            self.world.mail_attendees(item)
        return asked.get("Id"), item.change_key

    # -- delete ----------------------------------------------------------------------------------------------------

    def delete_item(self, request: Any) -> Any:
        messages = []
        for asked in request.find(f"{M}ItemIds"):
            try:
                self._delete(request, asked.get("Id"))
                messages.append(success("DeleteItem"))
            except Refused as refused:
                messages.append(error("DeleteItem", refused))
        return answer("DeleteItem", messages)

    def _delete(self, request: Any, item_id: str) -> None:
        """The change key is not looked at here, as little as the true server does."""
        send = request.get("SendMeetingCancellations")
        if send is None:
            raise Refused("ErrorSendMeetingCancellationsRequired")
        found_instance(self.world, self.caller, item_id)
        parsed = parse_occurrence_id(item_id)
        mailbox, item = found_item(self.world, self.caller, parsed[0] if parsed else item_id)
        self.caller.check_write(mailbox)
        if send != "SendToNone":
            self.world.mail_attendees(item)
        if parsed:
            item.deleted.add(parsed[1])
            self.world.touch(item, mailbox)
        else:
            discard(self.world, mailbox, item, request.get("DeleteType"))


def discard(world: World, mailbox: Mailbox, item: Item, how: str = "MoveToDeletedItems") -> None:
    if how == "MoveToDeletedItems":
        world.move(mailbox, item, mailbox.folder(DELETED).folder_id)
    else:
        world.touch(item, mailbox, "deleted")
        del mailbox.items[item.item_id]


def _apply(item: Item, change: Any) -> None:
    for update in change.find(f"{T}Updates"):
        if update.tag == f"{T}SetItemField":
            for part in update.find(f"{T}CalendarItem"):
                _set(item, part)
        elif update.tag == f"{T}DeleteItemField":
            _clear(item, update[0])
        else:
            raise AssertionError(f"the simulated server does not know {etree.QName(update).localname}")
    _check_times(item)


def _check_times(item: Item) -> None:
    if item.ends_at < item.starts_at:
        raise Refused("ErrorCalendarEndDateIsEarlierThanStartDate")


def _set(item: Item, part: Any) -> None:
    name, text = etree.QName(part).localname, part.text or ""
    match name:
        case "Subject":
            item.subject = text
        case "Location":
            item.place = text
        case "Body":
            item.body, item.body_kind = text, part.get("BodyType")
        case "Start":
            item.starts_at = datetime.fromisoformat(text)
        case "End":
            item.ends_at = datetime.fromisoformat(text)
        case "IsAllDayEvent":
            item.all_day = text in ("1", "true")
        case "LegacyFreeBusyStatus":
            item.free_busy = text
        case "StartTimeZone":
            item.zone = part.get("Id")
        case "ReminderMinutesBeforeStart":
            item.reminder_minutes = int(text)
        case "ExtendedProperty":
            item.props[name_of(part.find(f"{T}ExtendedFieldURI"))] = part.findtext(f"{T}Value")
        case "EndTimeZone" | "UID" | "Sensitivity" | "Importance" | "ReminderIsSet":
            pass  # written once, or of no consequence here
        case _:
            raise AssertionError(f"the simulated server does not set {name}")


def _clear(item: Item, field: Any) -> None:
    if field.get("FieldURI") != "calendar:Location":
        raise AssertionError(f"the simulated server does not delete {field.get('FieldURI')}")
    item.place = ""
