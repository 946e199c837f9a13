"""Any mail, before a customer gets one: the file, and a picture of it."""

from __future__ import annotations

import shutil
import struct
from email import message_from_bytes
from pathlib import Path

import pytest

from syncd.runtime import picture, preview
from tests.cli.conftest import Command
from tests.ical import inv

CALENDAR_KINDS = [
    kind for kind, (letter, _) in preview.KINDS.items() if letter in ("invitation", "update", "cancellation")
]


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a configuration, on a machine without a browser."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("SYNCD_CONFIG", raising=False)
    return tmp_path


@pytest.mark.parametrize("kind", preview.KINDS)
def test_every_kind_is_written_with_its_page_where_nothing_can_take_a_picture(
    nowhere: Path, call: Command, kind: str
) -> None:
    done = call("preview", kind, "--to", "here.eml", "--locale", "es", "--zone", "Europe/Madrid")
    assert (done.code, done.out.split()) == (0, ["here.eml", "here.html"])
    assert "no Chromium" in done.err
    message = message_from_bytes((nowhere / "here.eml").read_bytes())
    assert message["Content-Language"] == "es"
    assert 'lang="es"' in (nowhere / "here.html").read_text("utf-8")
    if kind in CALENDAR_KINDS:
        assert inv.event_of(message.as_bytes()).value("STATUS") in ("CONFIRMED", "CANCELLED")


def test_the_configured_desk_speaks_for_itself(nowhere: Path, run: Command) -> None:
    assert run("preview", "invitation", "--to", "own").code == 0
    assert message_from_bytes((nowhere / "own.eml").read_bytes())["From"] != "Lantern Software Support"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("nonsense", "--to", "x"), "invitation-by-staff"),
        (("update", "--to", "x", "--zone", "Berlin"), "Europe/Berlin"),
        (("update",), "--to"),
    ],
)
def test_what_cannot_be_shown_is_told(nowhere: Path, call: Command, wrong: tuple[str, ...], says: str) -> None:
    done = call("preview", *wrong)
    assert done.code == 2
    assert says in done.err


def test_a_place_that_cannot_be_written_is_told(nowhere: Path, call: Command) -> None:
    done = call("preview", "links", "--to", "no/such/folder/mail")
    assert done.code == 3
    assert "--to" in done.err


@pytest.mark.slow
def test_a_picture_shows_the_whole_mail_by_day_and_by_night(tmp_path: Path, call: Command) -> None:
    if not any(map(shutil.which, picture.BROWSERS)):
        pytest.skip("there is no Chromium on this machine")
    for name, options in (("day", ()), ("night", ("--dark",))):
        done = call("preview", "update", "--to", str(tmp_path / name), "--width", "640", *options)
        assert (done.code, done.err) == (0, "")
    day, night = ((tmp_path / f"{name}.png").read_bytes() for name in ("day", "night"))
    width, height = struct.unpack(">II", day[16:24])
    assert day.startswith(b"\x89PNG")
    assert (width, height > 1200) == (640, True)
    assert night != day
