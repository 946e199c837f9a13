"""Which operations of EWS do we use, and what do they bring? The library's services, with elements as they came.

Each is sent once: the library would post an unknown version's request ten times over, a create too (EWS-8). An item is
taken by its own reading (items.py), so that one that is not understood stops no other (CAL-9).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from exchangelib import errors
from exchangelib.errors import ErrorServerBusy, ResponseMessageError
from exchangelib.extended_properties import ExtendedProperty
from exchangelib.fields import FieldPath
from exchangelib.folders import Calendar, DeletedItems, MsgFolderRoot, Root
from exchangelib.items import CalendarItem
from exchangelib.properties import DistinguishedFolderId, FolderId, Mailbox
from exchangelib.services import (
    CreateItem,
    DeleteItem,
    FindFolder,
    FindItem,
    GetFolder,
    GetItem,
    SyncFolderItems,
    UpdateItem,
)
from exchangelib.services.common import EWSService
from exchangelib.util import ENS, MNS

from connectors.exchange.failures import Failure
from connectors.exchange.items import (
    EVENT_PROPERTY,
    GLOBAL_ID_NUMBER,
    GLOBAL_ID_SET,
    PROPERTY_SET,
    SESSION_PROPERTY,
    TYPES,
)

IDENTITY = ("syncd_session", "syncd_event", "global_id", "uid", "type")
TIMES = ("start", "_start_timezone", "end", "is_all_day", "original_start")
FLAGS = ("legacy_free_busy_status", "is_cancelled", "my_response_type")
FOR_SYNC = (*IDENTITY, "start", "end")
FOR_SEARCH = (*IDENTITY, "datetime_created")
FOR_VIEW = (*IDENTITY, *TIMES, *FLAGS)
WORDS = ("subject", "location", "text_body", "categories", "required_attendees", "optional_attendees")
FOR_READING = (
    *FOR_VIEW,
    *WORDS,
    "datetime_created",
    "last_modified_time",
    "meeting_request_was_sent",
    "parent_folder_id",
)
FOR_WRITING = (*FOR_READING, "body")


class SyncdSession(ExtendedProperty):  # type: ignore[misc]  # the library has no types
    """Whose: installation and session (CAL-11, EWS-7)."""

    property_set_id = PROPERTY_SET
    property_name = SESSION_PROPERTY
    property_type = "String"


class SyncdEvent(ExtendedProperty):  # type: ignore[misc]
    """The event's own id (items.Item.own_id): a copy has another (CAL-12)."""

    property_set_id = PROPERTY_SET
    property_name = EVENT_PROPERTY
    property_type = "String"


class GlobalId(ExtendedProperty):  # type: ignore[misc]
    distinguished_property_set_id = GLOBAL_ID_SET
    property_id = GLOBAL_ID_NUMBER
    property_type = "Binary"


for _name, _property in (("global_id", GlobalId), ("syncd_session", SyncdSession), ("syncd_event", SyncdEvent)):
    if _name not in CalendarItem.FIELDS:
        CalendarItem.register(_name, _property)


class _AllOfIt:
    """An answer as the library reads it, but at once: it would take it byte by byte."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def iter_content(self) -> bytes:
        return self._content


class _Once(EWSService):  # type: ignore[misc]
    """No other API version is tried. What cannot stand in XML is left out, for it stands in a text (CAL-9). Codes that
    the library does not know are told as they are, and how long to wait is read wherever it stands (CAL-28)."""

    @classmethod
    def _get_soap_parts(cls, response: Any) -> Any:
        return super()._get_soap_parts(_AllOfIt(response.content))

    @classmethod
    def _raise_soap_errors(cls, fault: Any) -> None:
        _raise_unknown(fault.findtext(f"detail/{{{ENS}}}ResponseCode"))
        super()._raise_soap_errors(fault)

    @staticmethod
    def _get_exception(code: str, text: str, msg_xml: Any = None, rule_errors: Any = None) -> Any:
        _raise_unknown(code)
        if code == "ErrorServerBusy":
            return ErrorServerBusy(code, back_off=_back_off(msg_xml))
        return EWSService._get_exception(code, text or "", msg_xml, rule_errors)

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)


def _raise_unknown(code: str | None) -> None:
    code = (code or "").strip()
    if code and not hasattr(errors, code):
        raise Failure(code if code.isascii() and code.isalpha() else "unexpected")


def _back_off(msg_xml: Any) -> float | None:
    """Seconds, as a busy server asks for them in milliseconds."""
    for value in () if msg_xml is None else msg_xml.iterfind(f"{TYPES}Value"):
        text = (value.text or "").strip()
        if value.get("Name") == "BackOffMilliseconds" and text.isascii() and text.isdigit():
            return int(text) / 1000
    return None


class _AsItCame(_Once):
    """Elements are not parsed by the library."""

    def _elem_to_obj(self, elem: Any) -> Any:
        return elem


class Create(_Once, CreateItem):  # type: ignore[misc]
    pass


class Update(_Once, UpdateItem):  # type: ignore[misc]
    pass


class Delete(_Once, DeleteItem):  # type: ignore[misc]
    pass


class Find(_AsItCame, FindItem):  # type: ignore[misc]
    """`in_view`: a view has no pages; of one that is not whole the library would ask the same again and again."""

    in_view = False

    def _get_paging_values(self, elem: Any) -> Any:
        if not self.in_view:
            return super()._get_paging_values(elem)
        if (elem.get("IncludesLastItemInRange") or "").casefold() not in ("true", "1"):
            raise Failure("ErrorExceededFindCountLimit")
        return int(elem.get("TotalItemsInView")), None


class Get(_AsItCame, GetItem):  # type: ignore[misc]
    """What is wrong with one item is answered in its place."""

    ERRORS_TO_CATCH_IN_RESPONSE = ResponseMessageError


class Folders(_AsItCame, FindFolder):  # type: ignore[misc]
    pass


class OneFolder(_AsItCame, GetFolder):  # type: ignore[misc]
    def _elems_to_objs(self, elems: Any) -> Any:
        return elems


class Sync(_Once, SyncFolderItems):  # type: ignore[misc]
    """One page of changes: (create | update | delete, element)."""

    def _elem_to_obj(self, elem: Any) -> Any:
        return self.change_types_map[elem.tag], elem

    def _get_element_container(self, message: Any, name: str | None = None) -> Any:
        """An error without a sync state is an error first; the library would stumble over what is missing."""
        if message.get("ResponseClass") == "Error" or message.find(f"{{{MNS}}}SyncState") is None:
            return EWSService._get_element_container(self, message, name)
        return super()._get_element_container(message, name)


@lru_cache(maxsize=20)
def field_paths(names: tuple[str, ...]) -> Any:
    return tuple(FieldPath(field=CalendarItem.get_field_by_fieldname(name)) for name in names)


def main_calendar(account: Any) -> Any:
    return _folder(account, Calendar, distinguished="calendar")


def folder_by_id(account: Any, folder_id: str) -> Any:
    return Calendar(root=Root(account=account), _id=FolderId(id=folder_id))


def deleted_items(account: Any) -> Any:
    return _folder(account, DeletedItems, distinguished="deleteditems")


def top(account: Any) -> Any:
    return _folder(account, MsgFolderRoot, distinguished="msgfolderroot")


def _folder(account: Any, cls: Any, distinguished: str) -> Any:
    """Named by what it is for; the library would ask the server for it first, twice (EWS-4)."""
    mailbox = Mailbox(email_address=account.primary_smtp_address)
    return cls(root=Root(account=account), _distinguished_id=DistinguishedFolderId(id=distinguished, mailbox=mailbox))
