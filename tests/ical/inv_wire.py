"""INV-11 to INV-16: is this a calendar object on the wire? Standard library only; nothing shared with the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Broken:
    """A rule that is broken, by its number, and how."""

    rule: int
    says: str


@dataclass(frozen=True)
class Property:
    name: str
    parameters: tuple[tuple[str, tuple[str, ...]], ...]
    value: str

    def parameter(self, name: str) -> str | None:
        return next((values[0] for key, values in self.parameters if key == name), None)


@dataclass
class Component:
    name: str
    properties: list[Property] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return [p for p in self.properties if p.name == name]

    def value(self, name: str) -> str | None:
        found = self.all(name)
        return found[0].value if found else None

    def walk(self) -> Iterator[Component]:
        yield self
        for each in self.components:
            yield from each.walk()


_NAME = r"[A-Za-z0-9-]+"
_VALUE = r'(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*)'
_PARAMETER = re.compile(rf";({_NAME})=({_VALUE}(?:,{_VALUE})*)")
_ONE = re.compile(_VALUE)
_TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
_SINGLE = frozenset({"CN", "PARTSTAT", "ROLE", "CUTYPE", "RSVP", "VALUE", "LABEL", "TZID", "LANGUAGE", "ENCODING"})
TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT"})
ADDRESSES = frozenset({"ATTENDEE", "ORGANIZER"})
URIS = frozenset({"URL", "CONFERENCE"})


def check_bytes(raw: bytes) -> Iterator[Broken]:
    """INV-11, 12, 13: octets and lines."""
    if raw.startswith(b"\xef\xbb\xbf"):
        yield Broken(11, "begins with a byte order mark")
    if not raw.endswith(b"\r\n"):
        yield Broken(11, "does not end in CRLF")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield Broken(11, "a line break that is not CRLF")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        yield Broken(11, "not UTF-8")
    for line in re.split(rb"\r\n|\n", raw):
        if len(line) > 75:
            yield Broken(12, f"a line of {len(line)} octets")
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            yield Broken(12, "a line that ends inside a character")
        if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", line):
            yield Broken(13, "a control character")


def unfolded(raw: bytes) -> list[str]:
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    lines = re.split(r"\r\n|\n", re.sub(r"(?:\r\n|\n)[ \t]", "", text))
    return lines[:-1] if lines and lines[-1] == "" else lines


def parse(raw: bytes) -> tuple[Component | None, list[Broken]]:
    """INV-14 to 16: the grammar. The calendar, and what is wrong with its lines."""
    broken: list[Broken] = []
    root = Component("")
    stack = [root]
    for line in unfolded(raw):
        found = _property(line, broken)
        if found is None:
            continue
        if found.name == "BEGIN":
            child = Component(found.value.upper())
            stack[-1].components.append(child)
            stack.append(child)
        elif found.name == "END":
            if len(stack) < 2 or stack.pop().name != found.value.upper():
                broken.append(Broken(14, f"END:{found.value} closes nothing"))
                return None, broken
        else:
            stack[-1].properties.append(found)
    if len(stack) != 1 or [c.name for c in root.components] != ["VCALENDAR"] or root.properties:
        broken.append(Broken(14, "not exactly one VCALENDAR, opened and closed"))
        return None, broken
    return root.components[0], broken


def _property(line: str, broken: list[Broken]) -> Property | None:
    name = re.match(_NAME, line)
    if name is None:
        broken.append(Broken(14, f"no content line: {line[:40]!r}"))
        return None
    place = name.end()
    parameters: list[tuple[str, tuple[str, ...]]] = []
    while line[place : place + 1] == ";":
        found = _PARAMETER.match(line, place)
        if found is None:
            broken.append(Broken(16, f"a parameter that is none: {line[place : place + 40]!r}"))
            return None
        parameters.append((found[1].upper(), tuple(_ONE.findall(found[2]))))
        place = found.end()
    if line[place : place + 1] != ":":
        rule = 16 if parameters else 14
        broken.append(Broken(rule, f"no value after the name: {line[:60]!r}"))
        return None
    made = Property(
        name[0].upper(), tuple((k, tuple(_bare(v) for v in vs if v)) for k, vs in parameters), line[place + 1 :]
    )
    broken.extend(_values(made, parameters))
    return made


def _bare(value: str) -> str:
    return value[1:-1] if value.startswith('"') else value


def _values(made: Property, raw: list[tuple[str, tuple[str, ...]]]) -> Iterator[Broken]:
    for key, values in raw:
        if key in _SINGLE and len([v for v in values if v]) > 1:
            yield Broken(16, f"{key} of {made.name} holds an unquoted comma")
        for value in values:
            if "^" in re.sub(r"\^[n^']", "", _bare(value)):
                yield Broken(16, f"{key} of {made.name} holds a circumflex that encodes nothing")
    if made.name in ADDRESSES and ":mailto:" in made.value.lower():
        yield Broken(16, f"a parameter of {made.name} holds an unquoted colon")
    if made.name in TEXTS and not _TEXT.fullmatch(made.value):
        yield Broken(15, f"{made.name} is not escaped")
    if made.name in ADDRESSES | URIS and "\\" in made.value:
        yield Broken(15, f"{made.name} is escaped, and is no TEXT")


def text_of(value: str) -> str:
    """A TEXT value in words."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value, flags=re.DOTALL)
