"""Who writes the lines? One for each reference, once, and on the disk before it is called done (RFC 4180)."""

from __future__ import annotations

import csv
import io
import os
import threading
from pathlib import Path

from syncd.domain.effect import PaymentOpen
from syncd.domain.paying import PaymentSeen
from syncd.ports.clock import Clock
from syncd.ports.errors import Misconfigured, Retryable
from syncd.ports.payments import Opened

COLUMNS = ("reference", "sold_at", "amount", "currency", "description", "company", "contact", "email")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Invoices:
    """ports.payments.Payments: nothing is paid online, and nothing is known of what bookkeeping does with it."""

    online = False

    def __init__(self, name: str, path: Path, clock: Clock) -> None:
        self.id = name
        self.lane = f"payments:{name}"
        self._path = path
        self._clock = clock
        self._writing = threading.Lock()

    def open(self, wanted: PaymentOpen, key: str, done_url: str, back_url: str) -> Opened:
        """A line that stands already is done: `key` may come again (REL-5). Raises Misconfigured, Retryable."""
        amount = wanted.amount
        row = (
            wanted.reference,
            self._clock.now().isoformat(timespec="seconds"),
            f"{amount.cents // 100}.{amount.cents % 100:02d}",
            amount.currency,
            wanted.description,
            wanted.company,
            wanted.contact,
            wanted.email,
        )
        with self._writing:
            if wanted.reference not in self._references():
                self._append(row)
        return Opened(wanted.reference, "")

    def look(self, reference: str, outside_id: str) -> PaymentSeen:
        return PaymentSeen(reference, outside_id, "unknown")

    def expire(self, reference: str, outside_id: str) -> PaymentSeen:
        return self.look(reference, outside_id)

    def probe(self) -> tuple[str, ...]:
        return (f"{len(self._references())} lines in {self._path.name}",)

    def _references(self) -> set[str]:
        try:
            with self._path.open(newline="", encoding="utf-8") as file:
                return {row[0] for row in csv.reader(file) if row} - {COLUMNS[0]}
        except FileNotFoundError:
            return set()
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise Misconfigured(
                f"{self._path} cannot be read: {error}", hint="move it away, and syncd begins a new one"
            ) from None

    def _append(self, row: tuple[str, ...]) -> None:
        """A broken line of a former kill is ended first, so that this one stands alone."""
        text = io.StringIO(newline="")
        out = csv.writer(text)
        try:
            with self._path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                if size == 0:
                    out.writerow(COLUMNS)
                else:
                    file.seek(size - 1)
                    if file.read(1) != b"\n":
                        text.write("\r\n")
                out.writerow([_plain(cell) for cell in row])
                file.write(text.getvalue().encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Retryable(f"{self._path} cannot be written: {error.strerror}") from None


def _plain(cell: str) -> str:
    """Nothing that a customer typed may become a formula in a spreadsheet."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell
