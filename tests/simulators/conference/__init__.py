"""Conferences that keep state, over HTTP on loopback: who is in a room, as each provider would tell it."""
