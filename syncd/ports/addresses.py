"""Where may a secret be sent? Addresses in the settings of connectors: encrypted, or on this machine (CAL-30)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def is_loopback(host: str) -> bool:
    """Is it this machine by its own word: 127.0.0.0/8, ::1, localhost?"""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _for_tokens(text: str) -> str:
    parts = urlsplit(text)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("an address without a password, ? and #")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("https:// is needed, since an access token would cross the network readable")
    return text.rstrip("/")


TokenAddress = Annotated[str, AfterValidator(_for_tokens)]
"""A setting: the address of a service to which access tokens go; without a trailing slash."""
