"""What does the server hold? Mailboxes with folders and items, change keys, and the log that sync states point into."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

CALENDAR, DELETED, TOP, INBOX = "calendar", "deleteditems", "msgfolderroot", "inbox"
PropertyName = tuple[str, str]  # the set's GUID or name, the property's name or number
GLOBAL_ID: PropertyName = ("Meeting", "35")


@dataclass
class Attendee:
    email: str
    name: str = ""
    response: str = "Unknown"
    required: bool = True


@dataclass
class Pattern:
    """`frequency`: daily or weekly, every `interval`; `count` None: without end."""

    frequency: str
    interval: int = 1
    count: int | None = None


@dataclass
class Item:
    """A calendar item; a series where it has a `pattern`, with its exceptions and deletions by original start."""

    item_id: str
    folder_id: str
    uid: str
    starts_at: datetime
    ends_at: datetime
    change: int = 0
    subject: str = ""
    body: str = ""
    body_kind: str = "Text"
    place: str = ""
    categories: list[str] = field(default_factory=list)
    all_day: bool = False
    zone: str = "UTC"
    free_busy: str = "Busy"
    sensitivity: str = "Normal"
    cancelled: bool = False
    response: str = "Organizer"
    attendees: list[Attendee] = field(default_factory=list)
    request_sent: bool = False
    reminder_minutes: int | None = 15
    pattern: Pattern | None = None
    overrides: dict[datetime, Item] = field(default_factory=dict)
    deleted: set[datetime] = field(default_factory=set)
    props: dict[PropertyName, str] = field(default_factory=dict)
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    modified_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    orphan_of: datetime | None = None  # an instance of a series that is not here, by its original start
    corrupt: bool = False  # shows its end before its start, and cannot be got

    @property
    def change_key(self) -> str:
        return b64encode(f"change {self.change}".encode()).decode()


@dataclass
class Folder:
    folder_id: str
    name: str
    kind: str
    parent_id: str | None
    distinguished: str | None = None


@dataclass
class Logged:
    """One line of a mailbox's log: `what` happened to an item in a folder."""

    seq: int
    folder_id: str
    item_id: str
    what: str  # created | updated | deleted


@dataclass
class Mailbox:
    address: str
    folders: dict[str, Folder] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    log: list[Logged] = field(default_factory=list)
    rights: dict[str, str] = field(default_factory=dict)  # user → Editor | Reviewer

    def __post_init__(self) -> None:
        for kind, name, folder_class in (
            (TOP, "Top of Information Store", "IPF"),
            (INBOX, "Inbox", "IPF.Note"),
            (CALENDAR, "Calendar", "IPF.Appointment"),
            (DELETED, "Deleted Items", "IPF.Note"),
        ):
            parent = None if kind == TOP else self._id(TOP)
            self.folders[self._id(kind)] = Folder(self._id(kind), name, folder_class, parent, kind)

    def _id(self, what: str) -> str:
        return b64encode(f"{self.address} folder {what}".encode()).decode()

    def folder(self, distinguished: str) -> Folder:
        return self.folders[self._id(distinguished)]

    def add_calendar(self, name: str, parent: str = TOP) -> Folder:
        made = Folder(self._id(name), name, "IPF.Appointment", self._id(parent))
        self.folders[made.folder_id] = made
        return made

    def in_folder(self, folder_id: str) -> Iterator[Item]:
        return (item for item in self.items.values() if item.folder_id == folder_id)


@dataclass
class World:
    """All of the server's memory. `now` is its clock; it moves one second with each change."""

    now: datetime
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    mails: list[str] = field(default_factory=list)
    changes: int = 0
    ids: int = 0
    epoch: int = 0  # of sync states; those of an older one are unknown

    def mailbox(self, address: str) -> Mailbox:
        return self.mailboxes.setdefault(address.casefold(), Mailbox(address.casefold()))

    def find(self, item_id: str) -> tuple[Mailbox, Item] | None:
        for mailbox in self.mailboxes.values():
            if item_id in mailbox.items:
                return mailbox, mailbox.items[item_id]
        return None

    def new_id(self, mailbox: Mailbox, folder_id: str) -> str:
        self.ids += 1
        return b64encode(f"{mailbox.address} {folder_id[-8:]} item {self.ids:06}".encode()).decode()

    def touch(self, item: Item, mailbox: Mailbox, what: str = "updated") -> None:
        """A change: another change key, a later modification, a line in the log."""
        self.changes += 1
        self.now += timedelta(seconds=1)
        item.change, item.modified_at = self.changes, self.now
        mailbox.log.append(Logged(self.changes, item.folder_id, item.item_id, what))

    def add(self, mailbox: Mailbox, folder_id: str, item: Item) -> Item:
        """Whoever adds an item without global id or UID gets those of the server."""
        item = replace(item, item_id=self.new_id(mailbox, folder_id), folder_id=folder_id, created_at=self.now)
        made = bytes.fromhex("040000008200E00074C5B7101A82E008") + self.ids.to_bytes(16)
        item.props.setdefault(GLOBAL_ID, b64encode(made).decode())
        item.uid = item.uid or made.hex().upper()
        mailbox.items[item.item_id] = item
        self.touch(item, mailbox, "created")
        return item

    def move(self, mailbox: Mailbox, item: Item, folder_id: str) -> Item:
        """Into another folder, where it has another id."""
        self.touch(item, mailbox, "deleted")
        del mailbox.items[item.item_id]
        moved = replace(item, item_id=self.new_id(mailbox, folder_id), folder_id=folder_id)
        mailbox.items[moved.item_id] = moved
        self.touch(moved, mailbox, "created")
        return moved

    def mail_attendees(self, item: Item) -> None:
        self.mails += [attendee.email for attendee in item.attendees]
