"""A credential is a file inside one folder, and nobody sees what it holds (spec/reliability.md 5)."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from syncd.config.credentials import CREDENTIAL_BYTES_MAX, Credentials, Secret
from syncd.ports.errors import Misconfigured

CANARY = "canary-7f3a"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside").write_text("stolen")
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "mail").write_text(CANARY + "\n")
    (folder / "mail").chmod(0o600)
    return folder


def beside(folder: Path, **environment: str) -> Credentials:
    return Credentials.beside(folder.parent / "syncd.toml", environment)


def test_a_credential_is_the_text_of_its_file_without_the_final_line_break(folder: Path) -> None:
    assert beside(folder).read("mail").reveal() == CANARY


def test_the_folder_that_systemd_names_comes_first(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    other.mkdir()
    (other / "mail").write_text("from systemd")
    assert beside(folder, CREDENTIALS_DIRECTORY=str(other)).read("mail").reveal() == "from systemd"


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "..", ".", "", "a/b", "a\0b", ".hidden", "a" * 200])
def test_a_name_is_never_a_path(folder: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="no name of a credential") as caught:
        beside(folder).read(name)
    assert caught.value.hint


def test_a_link_is_not_followed(folder: Path) -> None:
    (folder / "link").symlink_to(folder.parent / "outside")
    with pytest.raises(Misconfigured, match="cannot be read"):
        beside(folder).read("link")


def test_a_missing_one_says_where_it_belongs(folder: Path) -> None:
    with pytest.raises(Misconfigured) as caught:
        beside(folder).read("absent")
    assert str(folder / "absent") in caught.value.hint
    with pytest.raises(Misconfigured) as caught:
        beside(folder, CREDENTIALS_DIRECTORY=str(folder)).read("absent")
    assert "LoadCredential=absent" in caught.value.hint


def test_one_that_everybody_reads_is_no_secret(folder: Path) -> None:
    (folder / "mail").chmod(0o644)
    with pytest.raises(Misconfigured) as caught:
        beside(folder).read("mail")
    assert "chmod" in caught.value.hint


def test_a_pipe_an_empty_file_a_huge_one_and_one_that_is_no_text_are_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe", 0o600)
    for name, content in (("empty", b"\n"), ("huge", b"x" * (CREDENTIAL_BYTES_MAX + 1)), ("binary", b"\xff\xfe\x00")):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    for name in ("pipe", "empty", "huge", "binary"):
        with pytest.raises(Misconfigured):
            beside(folder).read(name)


def test_a_secret_shows_in_no_text() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr({"s": secret}), repr(vars(Secret))]
    assert not any(CANARY in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
