"""Who are our customers? The customer portal as a directory (policy D1, D2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncd.domain.evidence import CompanyListed, ContactListed


@dataclass(frozen=True, slots=True)
class DirectoryProblem:
    """A row that was not understood: where it stands, what is wrong, what to do. The other rows go on.

    `row_id` is the portal's id of its company or contact, empty if that could not be read. `left_out`: the row is not
    in the listing, and whom it is about keeps the last known state; with an unknown `row_id` nobody may be taken for
    delisted by this reading. Else only the field in question was left out.
    """

    where: str
    what: str
    hint: str
    row_id: str = ""
    left_out: bool = True


@dataclass(frozen=True, slots=True)
class DirectoryListing:
    """The whole directory at one reading: companies and contacts by the portal's own ids."""

    companies: tuple[tuple[str, CompanyListed], ...]
    contacts: tuple[tuple[str, ContactListed], ...]
    problems: tuple[DirectoryProblem, ...] = ()


class Directory(Protocol):
    id: str

    def read(self) -> DirectoryListing:
        """All of it. Raises Retryable, Misconfigured; an unreadable directory is never an empty one (D2)."""
        ...

    def probe(self) -> tuple[str, ...]:
        """For `syncd doctor`. Raises as `read`."""
        ...
