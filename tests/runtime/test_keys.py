"""Names last for ever; tokens prove what they carry and nothing else (ports/keys.py, spec/reliability.md 5)."""

from __future__ import annotations

import re
import stat
import threading
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.ports.errors import Misconfigured
from syncd.runtime.keys import InstallationKeys, open_keys

OLD, NEW = "o" * 43, "n" * 43
KEYS = InstallationKeys([OLD])
parts = st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=4)
purposes = st.sampled_from(["session", "question", "form"])


@given(purposes, parts)
def test_a_token_opens_to_what_was_signed(purpose: str, given_parts: list[str]) -> None:
    token = KEYS.sign(purpose, *given_parts)
    assert KEYS.open(purpose, token) == tuple(given_parts)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


@given(purposes, parts, st.data())
def test_a_token_with_one_other_character_opens_to_nothing(
    purpose: str, given_parts: list[str], data: st.DataObject
) -> None:
    token = KEYS.sign(purpose, *given_parts)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCxyz019-_.é").filter(lambda c: c != token[at]))
    assert KEYS.open(purpose, token[:at] + other + token[at + 1 :]) is None


@given(purposes, parts, st.integers(1, 200))
def test_a_token_cut_short_or_grown_opens_to_nothing(purpose: str, given_parts: list[str], by: int) -> None:
    token = KEYS.sign(purpose, *given_parts)
    assert KEYS.open(purpose, token[:-by]) is None
    assert KEYS.open(purpose, token + "A" * by) is None


@given(st.text(max_size=300))
def test_no_text_breaks_the_opening(text: str) -> None:
    assert KEYS.open("session", text) is None


def test_a_token_of_another_purpose_or_installation_opens_to_nothing() -> None:
    token = KEYS.sign("session", "s1")
    assert KEYS.open("question", token) is None
    assert InstallationKeys([NEW]).open("session", token) is None


def test_rotation_keeps_old_links_and_names_and_signs_with_the_newest() -> None:
    rotated = InstallationKeys([OLD, NEW])
    assert rotated.open("session", KEYS.sign("session", "s1")) == ("s1",)
    assert KEYS.open("session", rotated.sign("session", "s1")) is None
    assert InstallationKeys([NEW]).open("session", rotated.sign("session", "s1")) == ("s1",)
    assert rotated.name("session", "x") == KEYS.name("session", "x")
    assert rotated.uid("s1") == KEYS.uid("s1")
    assert rotated.digest("network", "::1") == KEYS.digest("network", "::1")
    assert rotated.installation_id == KEYS.installation_id


@given(parts, parts)
def test_two_lists_of_parts_have_one_name_only_if_they_are_one_list(one: list[str], two: list[str]) -> None:
    assert (KEYS.name("p", *one) == KEYS.name("p", *two)) is (one == two)


def test_a_name_is_26_lower_case_base32_characters() -> None:
    assert re.fullmatch(r"[a-z2-7]{26}", KEYS.name("session", "form", "1"))


@given(st.text(max_size=30))
def test_a_uid_has_the_shape_of_a_uuid_and_hides_its_session(session_id: str) -> None:
    uid = UUID(KEYS.uid(session_id))
    assert uid.version == 8
    assert uid.variant == "specified in RFC 4122"


def test_names_digests_and_uids_of_one_text_have_nothing_in_common() -> None:
    assert KEYS.digest("session", "s1") not in KEYS.uid("s1").replace("-", "")
    assert KEYS.name("session", "s1") != KEYS.name("uid", "s1")


def test_the_first_start_makes_a_secret_that_nobody_else_can_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "installation.secret"
    first = open_keys(path, may_create=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_keys(path, may_create=False).installation_id == first.installation_id
    assert list(path.parent.iterdir()) == [path]


def test_two_first_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    path, found = tmp_path / "installation.secret", []
    threads = [
        threading.Thread(target=lambda: found.append(open_keys(path, may_create=True).installation_id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("content", "mode"),
    [("", 0o600), ("short\n", 0o600), (f"{OLD}\n{'!' * 43}\n", 0o600), (f"{OLD}\n", 0o644), ("é" * 43, 0o600)],
)
def test_a_spoiled_secret_stops_the_start_with_a_hint(tmp_path: Path, content: str, mode: int) -> None:
    path = tmp_path / "installation.secret"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(Misconfigured) as caught:
        open_keys(path, may_create=True)
    assert caught.value.hint
    assert OLD not in str(caught.value) + caught.value.hint


def test_a_secret_that_is_gone_is_not_replaced_beside_a_database(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="missing"):
        open_keys(tmp_path / "installation.secret", may_create=False)
    assert list(tmp_path.iterdir()) == []
