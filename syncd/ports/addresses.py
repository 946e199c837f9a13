"""Where may a secret be sent? Hosts and addresses in the settings of connectors: encrypted, or on this machine
(CAL-30)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?|::1")


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


def _host_name(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError("is no host name: write mail.example.com, without a scheme and without the port")
    return text


HostName = Annotated[str, AfterValidator(_host_name)]
"""A setting: the name or number of a host, alone."""
