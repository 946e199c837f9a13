"""Connectors: our side of each vendor. connectors/README.md tells how to write one."""
