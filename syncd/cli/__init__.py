"""What does the operator say? The command line; each command is one call into runtime, here it is worded."""

from __future__ import annotations


def main() -> None:
    """The console script `syncd`."""
    from syncd.cli.commands import run_cli

    run_cli()
