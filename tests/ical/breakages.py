"""What if the builder broke a rule? Small, named changes to its source, and the rule each breaks.

A changed builder is a fresh import of the modules that build, with one of them read from a changed text; nothing of the
running one is touched. `python -m tests.ical.breakages` writes the table of docs/invitations.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "invitations.md"
MARK = "<!-- written by python -m tests.ical.breakages -->"
NOT_BUILT = frozenset({23, 24, 32})
INCOMING = frozenset({41, 42, 43, 44})

WIRE, ICAL, MIME = "syncd.ical.wire", "syncd.ical.compose", "syncd.messages.mime"
PLAIN, CUSTOMER, SECTIONS = "syncd.messages.plain", "syncd.messages.customer", "syncd.messages.sections"
COMPOSE, PUBLISH, DRAFT = "syncd.engine.compose", "syncd.policy.publish", "syncd.policy.draft"
BUILDERS = (WIRE, ICAL, MIME, PLAIN, CUSTOMER, SECTIONS, COMPOSE)
RULES = ("syncd.policy.", "tests.policy.play")


@dataclass(frozen=True)
class Breakage:
    """`old` stands in the module's source and is replaced by `new` everywhere there; that breaks `rule`."""

    rule: int
    name: str
    module: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.name}".replace(" ", "-")


_RAISED = "draft.change(sequence=draft.live.sequence + 1)"
BREAKAGES = [
    Breakage(1, "the part names another method", MIME, "method={message.calendar.method}", "method=PUBLISH"),
    Breakage(1, "no charset", MIME, "text/calendar; charset=utf-8; ", "text/calendar; "),
    Breakage(2, "no plain text before the HTML", MIME, "line.encode() + _PLAIN", "line.encode() + _HTML"),
    Breakage(3, "the copy is another object", MIME, "_base64(calendar.content),", "_base64(calendar.content[::-1]),"),
    Breakage(
        4, "bodies are not encoded", MIME,
        'b2a_qp(clean.encode("utf-8"), istext=True)',
        'clean.encode("utf-8")',
    ),
    Breakage(5, "To names the sender", MIME, "To: {_mailbox(message.to)}", "To: {_mailbox(message.sender)}"),
    Breakage(
        6, "From is another mailbox", COMPOSE,
        "ical.ascii_address(desk.organizer)),\n        to",
        '"x@y.example"),\n        to',
    ),
    Breakage(7, "updates stand outside the thread", COMPOSE, "for reference in references)", "for reference in ())"),
    Breakage(8, "no time in the subject", CUSTOMER, "reader.when.short_moment(", "reader.when.short_date("),
    Breakage(8, "no word for the kind", CUSTOMER, 'f"subject.{mail.letter}"', '"subject.links", desk="x"'),
    Breakage(9, "auto-replied", MIME, "auto-generated", "auto-replied"),
    Breakage(
        10, "figures without their value", PLAIN,
        "yield f\"{block.label}{colon} {block.value}\"",
        "yield block.label",
    ),
    Breakage(10, "no call-in link", SECTIONS, "if data.call_in_page:\n        blocks", "if False:\n        blocks"),
    Breakage(11, "bare line feeds", ICAL, 'b"\\r\\n".join([', 'b"\\n".join(['),
    Breakage(12, "lines of 76 octets", WIRE, "LINE_OCTETS_MAX = 75", "LINE_OCTETS_MAX = 76"),
    Breakage(12, "a fold inside a character", WIRE, "while octets[cut] & 0xC0 == 0x80:", "while False:"),
    Breakage(
        13, "control characters pass", WIRE,
        '_CONTROL.sub("", _BREAK.sub("\\n", text))',
        '_BREAK.sub("\\n", text)',
    ),
    Breakage(14, "an event without end", ICAL, '        "END:VEVENT",\n', ""),
    Breakage(15, "commas are not escaped", WIRE, '.replace(",", "\\\\,")', ""),
    Breakage(14, "a text that breaks its line", WIRE, '.replace("\\n", "\\\\n")', ""),
    Breakage(16, "parameters are not quoted", WIRE, "return '\"' + clean(text)", "return '' + clean(text)"),
    Breakage(16, "quotation marks inside a parameter", WIRE, ".translate(_NEEDS_CARET)", ""),
    Breakage(17, "a METHOD that is none", ICAL, '"METHOD:" + method', '"METHOD:INVITE"'),
    Breakage(17, "no VERSION", ICAL, '        "VERSION:2.0",\n', ""),
    Breakage(
        18, "a to-do beside the event", ICAL,
        '"END:VCALENDAR",',
        '"BEGIN:VTODO", "END:VTODO", "END:VCALENDAR",',
    ),
    Breakage(19, "no SUMMARY", ICAL, '        "SUMMARY:" + wire.escaped(wire.one_line(invite.summary)),\n', ""),
    Breakage(19, "no SEQUENCE", ICAL, '        f"SEQUENCE:{mail.sequence}",\n', ""),
    Breakage(
        20, "DTSTAMP is local", ICAL,
        '"DTSTAMP:" + wire.utc(mail.dtstamp)',
        '"DTSTAMP:" + wire.utc(mail.dtstamp)[:-1]',
    ),
    Breakage(21, "an end that is the start", ICAL, '"DTEND:" + end', '"DTEND:" + start'),
    Breakage(
        21, "another time than the session's", ICAL,
        '"DTSTART:" + start',
        '"DTSTART:" + start[:-3] + "1" + start[-2:]',
    ),
    Breakage(22, "a local start", ICAL, '"DTSTART:" + start', '"DTSTART;TZID=Europe/Berlin:" + start[:-1]'),
    Breakage(25, "addresses without mailto", ICAL, 'return f"mailto:{quote', 'return f"{quote'),
    Breakage(25, "the organizer is invited", ICAL, '{mailto(mail.to.email)}"', '{mailto(\'support@desk.example\')}"'),
    Breakage(26, "no RSVP", ICAL, ";RSVP=TRUE", ""),
    Breakage(26, "the known answer is forgotten", ICAL, "PARTSTAT={partstat}", "PARTSTAT=NEEDS-ACTION"),
    Breakage(27, "SEQUENCE below nought", ICAL, "{mail.sequence}", "{mail.sequence - 9}"),
    Breakage(28, "a cancelled invitation", ICAL, '["STATUS:CONFIRMED"]', '["STATUS:CANCELLED"]'),
    Breakage(28, "a confirmed cancellation", ICAL, 'else ["STATUS:CANCELLED"]', 'else ["STATUS:CONFIRMED"]'),
    Breakage(
        29, "a redirect of ours", CUSTOMER,
        "place, url = join.join_url, join.join_url",
        "place, url = join.join_url, reader.links.session",
    ),
    Breakage(30, "a quoted FEATURE", ICAL, "FEATURE=AUDIO,VIDEO:", 'FEATURE=\\"VIDEO,AUDIO\\":'),
    Breakage(30, "a bare number sign", ICAL, "'%23' if hash_key", "'#' if hash_key"),
    Breakage(
        31, "half an alarm", ICAL,
        '"END:VEVENT",',
        '"BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM", "END:VEVENT",',
    ),
    Breakage(33, "Microsoft's own SEQUENCE", ICAL, '"TRANSP:OPAQUE",', '"X-MICROSOFT-CDO-APPT-SEQUENCE:0",'),
    Breakage(33, "the host's link", SECTIONS, "data.room_code))", "data.host_url or ''))"),
    Breakage(
        33, "who else is invited", SECTIONS,
        '("about.release", facts.release)',
        '("about.release", str(facts.attendees))',
    ),
    Breakage(
        34, "a move keeps SEQUENCE", PUBLISH,
        f"if _rescheduled(draft, former):\n        {_RAISED}",
        "if _rescheduled(draft, former):\n        pass",
    ),
    Breakage(
        34, "DTSTAMP stands still", DRAFT,
        "dtstamp=stamp if former is None or stamp > former else former + SECOND", "dtstamp=former or stamp",
    ),
    Breakage(
        35, "a cancellation keeps SEQUENCE", PUBLISH,
        f"{_RAISED}\n    _invite(draft, Letter.CANCELLATION",
        "_invite(draft, Letter.CANCELLATION",
    ),
    Breakage(36, "STATUS for the one who is taken off", ICAL, "[] if invite.uninvited else", ""),
    Breakage(
        37, "brought back under the old SEQUENCE", PUBLISH,
        "(session.span, session.state) != (former.span, former.state):\n        return",
        "session.span != former.span:\n        return",
    ),
    Breakage(
        38, "new words raise SEQUENCE", PUBLISH,
        "here, there = room(session.room_id), room(former.room_id)",
        "return True",
    ),
    Breakage(
        39, "something drawn by lot", ICAL,
        '"TRANSP:OPAQUE",',
        'f"X-LOT:{__import__(\'secrets\').token_hex(8)}",',
    ),
    Breakage(40, "an end that no reader finds", ICAL, '"DTEND:" + end', '"X-DTEND:" + end'),
]  # fmt: skip


class _Changed(MetaPathFinder, Loader):
    """Finds one module, with the changed text."""

    def __init__(self, breakage: Breakage) -> None:
        self._name = breakage.module
        found = find_spec(breakage.module)
        assert found is not None
        assert found.origin is not None
        self.path = found.origin
        source = Path(found.origin).read_text("utf-8")
        assert breakage.old in source, f"{breakage.old!r} no longer stands in {breakage.module}"
        self._source = source.replace(breakage.old, breakage.new)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.path
        exec(compile(self._source, self.path, "exec"), module.__dict__)


@contextmanager
def broken(breakage: Breakage) -> Iterator[Callable[[str], ModuleType]]:
    """A way to import builders of which one is broken; all are as they were afterwards."""
    finder = _Changed(breakage)
    affected = RULES if breakage.module.startswith(RULES) else BUILDERS
    kept = {name: module for name, module in sys.modules.items() if name.startswith(affected)}
    _forget(kept)
    sys.meta_path.insert(0, finder)
    try:
        yield import_module
    finally:
        sys.meta_path.remove(finder)
        _forget([name for name in sys.modules if name.startswith(affected)])
        sys.modules.update(kept)
        for name, module in kept.items():
            package, _, own = name.rpartition(".")
            setattr(sys.modules[package], own, module)


def _forget(names: Iterable[str]) -> None:
    for name in list(names):
        package, _, own = name.rpartition(".")
        sys.modules.pop(name, None)
        vars(sys.modules[package]).pop(own, None)


def table() -> str:
    """Rule by rule, which change of the builder is caught, and by which test."""
    rows = ["| INV | what is broken in the builder | noticed by |", "| --- | --- | --- |"]
    for rule in sorted({each.rule for each in BREAKAGES}):
        names = "; ".join(each.name for each in BREAKAGES if each.rule == rule)
        rows.append(f"| {rule} | {names} | `{shown_by(rule)}` |")
    return "\n".join(rows)


def shown_by(rule: int) -> str:
    """The test that shows it (the names of tests/ical/test_breakages.py)."""
    known = {34: "life", 35: "life", 37: "life", 38: "life", 36: "uninvited", 39: "same", 40: "oracle"}
    tests = {
        "life": "test_a_life_by_a_broken_builder_breaks_the_rule",
        "uninvited": "test_taking_one_off_by_a_broken_builder_breaks_the_rule",
        "same": "test_a_broken_builder_composes_twice_and_differs",
        "oracle": "test_readers_refuse_what_a_broken_builder_writes",
    }
    return tests.get(known.get(rule, ""), "test_a_mail_by_a_broken_builder_breaks_the_rule")


def main() -> None:
    text = DOCUMENT.read_text("utf-8")
    before, _, after = text.split(MARK)
    DOCUMENT.write_text(f"{before}{MARK}\n{table()}\n{MARK}{after}", "utf-8")


if __name__ == "__main__":
    main()
