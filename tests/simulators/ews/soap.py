"""How is it said? SOAP envelopes, faults, response messages, and their validity by Microsoft's schemas.

Each child of header and body is validated by itself; envelopes and faults are in none of the schemas.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

S = "{http://schemas.xmlsoap.org/soap/envelope/}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
NAMESPACES = {"s": S[1:-1], "m": M[1:-1], "t": T[1:-1]}


class Refused(Exception):
    """The answer to one item or folder of a request: an error response message."""

    def __init__(self, code: str, text: str = "", values: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or f"The server says {code}."
        self.values = values or {}


class Fault(Exception):
    """The answer to a whole request: a SOAP fault."""

    def __init__(self, code: str, text: str = "", values: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or f"The server says {code}."
        self.values = values or {}


@lru_cache(maxsize=1)
def schema() -> etree.XMLSchema | None:
    """None without the conformance data."""
    folder = os.environ.get("SYNCD_CONFORMANCE")
    path = Path(folder) / "ews" / "xsd" / "all-messages.xsd" if folder else None
    return etree.XMLSchema(etree.parse(str(path))) if path is not None and path.exists() else None


@dataclass
class Judge:
    """Validates what passes, both ways, and remembers what was wrong and how much was looked at."""

    wrong: list[str] = field(default_factory=list)
    judged: int = 0

    def look(self, envelope: Any, direction: str) -> list[str]:
        known = schema()
        if known is None:
            return []
        found = []
        for part in (*envelope.iterfind(f"{S}Header/*"), *envelope.iterfind(f"{S}Body/*")):
            if part.tag == f"{S}Fault":
                continue
            self.judged += 1
            alone = etree.fromstring(etree.tostring(part))
            try:
                known.assertValid(alone)
            except etree.DocumentInvalid as invalid:
                found.append(f"{direction} {etree.QName(part).localname}: {invalid}")
        self.wrong += found
        return found


def element(tag: str, text: str | None = None, /, *children: Any, **attributes: str) -> Any:
    """An element of messages or types: `m:Items`, `t:ItemId`."""
    prefix, _, name = tag.partition(":")
    made = etree.Element({"m": M, "t": T}[prefix] + name, nsmap=NAMESPACES)
    for key, value in attributes.items():
        made.set(key, value)
    if text is not None:
        made.text = text
    made.extend(children)
    return made


def answer(operation: str, messages: list[Any]) -> Any:
    return element(f"m:{operation}Response", None, element("m:ResponseMessages", None, *messages))


def success(operation: str, *children: Any) -> Any:
    code = element("m:ResponseCode", "NoError")
    return element(f"m:{operation}ResponseMessage", None, code, *children, ResponseClass="Success")


def error(operation: str, refused: Refused, *children: Any) -> Any:
    parts = [
        element("m:MessageText", refused.text),
        element("m:ResponseCode", refused.code),
        element("m:DescriptiveLinkKey", "0"),
    ]
    if refused.values:
        parts.append(element("m:MessageXml", None, *_values(refused.values)))
    return element(f"m:{operation}ResponseMessage", None, *parts, *children, ResponseClass="Error")


def _values(values: dict[str, str]) -> list[Any]:
    return [element("t:Value", text, Name=name) for name, text in values.items()]


def fault(said: Fault) -> Any:
    made = etree.Element(f"{S}Fault", nsmap={"s": S[1:-1], "a": T[1:-1]})
    etree.SubElement(made, "faultcode").text = f"a:{said.code}"
    etree.SubElement(made, "faultstring").text = said.text
    detail = etree.SubElement(made, "detail")
    etree.SubElement(detail, f"{E}ResponseCode").text = said.code
    etree.SubElement(detail, f"{E}Message").text = said.text
    if said.values:
        detail.append(element("t:MessageXml", None, *_values(said.values)))
    return made


def envelope(body: Any, build: tuple[int, int, int, int]) -> Any:
    made = etree.Element(f"{S}Envelope", nsmap=NAMESPACES)
    major, minor, major_build, minor_build = (str(number) for number in build)
    info = element(
        "t:ServerVersionInfo",
        None,
        MajorVersion=major,
        MinorVersion=minor,
        MajorBuildNumber=major_build,
        MinorBuildNumber=minor_build,
        Version="V2017_07_11",
    )
    header = etree.SubElement(made, f"{S}Header")
    header.append(info)
    etree.SubElement(made, f"{S}Body").append(body)
    return made


def spoken(tree: Any) -> bytes:
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="utf-8"))
