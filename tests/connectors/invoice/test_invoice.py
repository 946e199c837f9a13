"""What is billed by hand is one line a reference, whatever happens between (E4, REL-5)."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.invoice.client import COLUMNS, Invoices
from syncd.domain.effect import PaymentOpen
from syncd.domain.keys import session_key
from syncd.domain.money import Amount
from syncd.ports.errors import Misconfigured, Retryable
from syncd.runtime.clock import SystemClock

CLOCK = SystemClock()


def wanted(reference: str = "s1-1", company: str = "Bär; “AG”") -> PaymentOpen:
    until = CLOCK.now() + timedelta(hours=1)
    email = "bo@bolt.example"
    subject = session_key("s1")
    return PaymentOpen("bill", reference, Amount(9_905), "Session", email, "de", until, subject, company, "Bo\nÜnal")


def lines(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_a_line_each_and_none_twice(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    for reference in ("s1-1", "s2-1", "s1-1"):
        Invoices("bill", path, CLOCK).open(wanted(reference), "key", "", "")
    head, first, second = lines(path)
    assert head == list(COLUMNS)
    assert [first[0], *first[2:5], first[5], first[6]] == ["s1-1", "99.05", "USD", "Session", "Bär; “AG”", "Bo\nÜnal"]
    assert second[0] == "s2-1"


def test_a_line_that_a_kill_broke_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    bill = Invoices("bill", path, CLOCK)
    bill.open(wanted("s1-1"), "key", "", "")
    path.write_bytes(path.read_bytes() + b"s2-1,2026")
    bill.open(wanted("s3-1"), "key", "", "")
    assert [row[0] for row in lines(path)] == ["reference", "s1-1", "s2-1", "s3-1"]


def test_nothing_typed_becomes_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "invoices.csv"
    Invoices("bill", path, CLOCK).open(wanted(company="=1+1"), "key", "", "")
    assert lines(path)[1][5] == "'=1+1"


def test_a_file_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="cannot be written"):
        Invoices("bill", tmp_path / "none" / "invoices.csv", CLOCK).open(wanted(), "key", "", "")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(Misconfigured, match="cannot be read"):
        Invoices("bill", tmp_path / "bad.csv", CLOCK).open(wanted(), "key", "", "")
