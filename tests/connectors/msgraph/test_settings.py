"""Can the connector be configured wrongly? Its settings, judged offline; and what finding it costs."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.msgraph import Settings, manifest
from syncd.ports.connector import WRITE

GOOD = {"tenant": "desk.example", "client_id": "6c2b1f7e-50a4-4d0e-8d44-1f6f3b9c7a21", "credential": "graph"}


def test_the_public_cloud_is_the_default_and_a_national_one_two_settings() -> None:
    assert Settings(**GOOD).base_url == "https://graph.microsoft.com/v1.0"
    assert Settings(**GOOD).authority == "https://login.microsoftonline.com"
    national = {"authority": "https://login.microsoftonline.us/", "base_url": "https://graph.microsoft.us/v1.0/"}
    assert Settings(**GOOD, **national).base_url == "https://graph.microsoft.us/v1.0"


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://graph.microsoft.com/v1.0"},
        {"base_url": "https://user:secret@graph.microsoft.com/v1.0"},
        {"base_url": "https://graph.microsoft.com/v1.0?x=1"},
        {"base_url": "graph.microsoft.com"},
        {"authority": "http://login.microsoftonline.com"},
        {"authority": "https://login.microsoftonline.com/common"},
        {"tenant": "a/b"},
        {"tenant": ""},
        {"client_id": "a b"},
        {"sign_in": "password"},
        {"timeout_seconds": 0},
        {"page_items_max": 0},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**GOOD | wrong)


def test_a_credential_is_named_and_never_defaulted() -> None:
    with pytest.raises(ValidationError, match="credential"):
        Settings.model_validate({"tenant": "desk.example", "client_id": "0"})


def test_finding_the_connector_imports_no_vendor_library() -> None:
    program = "import sys, connectors.msgraph; print([m for m in ('msal', 'httpx2', 'icalendar') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"
    assert manifest.kind == "msgraph"
    assert WRITE in manifest.capabilities
