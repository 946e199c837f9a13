"""What does an operator do in a sign-in? Open an address, copy one back, type a code (ports/connector.py, Operator)."""

from __future__ import annotations

import sys

import typer
from rich.markup import escape

from syncd.cli import show


class Terminal:
    """The operator at this terminal."""

    def opens(self, address: str) -> str:
        show.out.print("Open this address in a browser, sign in, and allow the access:")
        show.out.print(f"\n{escape(address)}\n")
        show.out.print(
            "The browser then ends at a page that may not load. Copy its whole address from the address line."
        )
        sys.stdout.flush()
        return str(typer.prompt("Address")).strip()

    def types(self, address: str, code: str) -> None:
        show.out.print(f"Open {escape(address)} on any device and type the code [bold]{escape(code)}[/]; waiting …")
        sys.stdout.flush()
