"""Consequences: ledgers, commands, verify, replay and report over them (S1-S11, C8, E11, A9, A15)."""
