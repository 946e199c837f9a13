"""Who asks, in whose name, and may they? Impersonation and delegate rights ([MS-OXWSCDATA] ExchangeImpersonation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.simulators.ews.soap import Fault, Refused, S, T
from tests.simulators.ews.state import Folder, Item, Mailbox, World


@dataclass
class User:
    """An account that can sign in. `impersonates`: whom; "*" is everybody."""

    name: str
    password: str
    mailbox: str | None = None
    impersonates: frozenset[str] = frozenset()


@dataclass
class Caller:
    """The user of one request, and the mailbox that they act as (None: their own)."""

    user: User
    acting_as: str | None

    @classmethod
    def of(cls, envelope: Any, user: User, world: World) -> Caller:
        """Raises Fault where the user may not be whom they claim to be."""
        claimed = envelope.findtext(
            f"{S}Header/{T}ExchangeImpersonation/{T}ConnectingSID/{T}PrimarySmtpAddress", default=""
        ).casefold()
        if not claimed:
            return cls(user, user.mailbox)
        if not user.impersonates & {claimed, "*"}:
            text = "The account does not have permission to impersonate the requested user."
            raise Fault("ErrorImpersonateUserDenied", text)
        if claimed not in world.mailboxes:
            text = "The SMTP address has no mailbox associated with it."
            raise Fault("ErrorNonExistentMailbox", text, {"SmtpAddress": claimed})
        return cls(user, claimed)

    def folder(self, world: World, asked: Any) -> tuple[Mailbox, Folder]:
        """The folder that an id element names, or the first child of one that holds ids."""
        if asked.get("Id") is None and len(asked):
            asked = asked[0]
        if asked.tag != f"{T}DistinguishedFolderId":
            for mailbox in world.mailboxes.values():
                if asked.get("Id") in mailbox.folders:
                    self.check_read(mailbox)
                    return mailbox, mailbox.folders[asked.get("Id")]
            raise Refused("ErrorFolderNotFound", "The specified folder could not be found in the store.")
        address = asked.findtext(f"{T}Mailbox/{T}EmailAddress", default=self.acting_as or "").casefold()
        if address not in world.mailboxes:
            raise Refused("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        mailbox = world.mailboxes[address]
        self.check_read(mailbox, asked.get("Id"))
        return mailbox, mailbox.folder(asked.get("Id"))

    def check_read(self, mailbox: Mailbox, distinguished: str | None = None) -> None:
        """A delegate has rights in the calendar alone."""
        if self.acting_as == mailbox.address:
            return
        if self.user.name not in mailbox.rights or distinguished not in (None, "calendar"):
            raise Refused("ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def sees_private(self, world: World, item: Item) -> bool:
        """A delegate sees when a private event is, and no more."""
        return self.acting_as is not None and item.item_id in world.mailbox(self.acting_as).items

    def may_write(self, mailbox: Mailbox) -> bool:
        return self.acting_as == mailbox.address or mailbox.rights.get(self.user.name) == "Editor"

    def check_write(self, mailbox: Mailbox) -> None:
        self.check_read(mailbox)
        if not self.may_write(mailbox):
            raise Refused("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
