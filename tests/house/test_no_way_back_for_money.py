"""No path through the system pays money back (S7, PAY-7)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WAYS = re.compile(r"refund|\bcredit_notes?\b|\bpayouts?\b|\btransfers?\.create|reverse_transfer", re.I)


def test_no_code_asks_a_processor_to_pay_back() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for room in ("syncd", "connectors")
        for path in sorted((ROOT / room).rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if WAYS.search(line)
    ]
    assert found == []
