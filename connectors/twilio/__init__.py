"""Twilio: texts (`twilio`), and the conference line (`twilio_voice`). Who I am: manifests and settings.

https://www.twilio.com/docs/messaging/api/message-resource, /docs/voice/api/conference-resource and
/docs/usage/webhooks/webhooks-security. One account may serve as both, as two connectors.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from syncd.domain.desk import Channel, FeedAbilities
from syncd.ports.connector import Manifest, Role, Tools

Deed = Literal["out", "in", "help"]
POLL_SECONDS = 15
LAG = timedelta(seconds=5)


def _https(url: str) -> str:
    """TLS, or this machine alone: the credential goes with every request."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")):
        raise ValueError("write an address that begins with https://")
    return url.rstrip("/")


Https = Annotated[str, AfterValidator(_https)]


class Account(BaseModel):
    """Where and as whom we speak to Twilio. `key` and `credential`: an API key and its secret; without a key the
    credential is the account's auth token. `token_credential`: the auth token with which webhooks are signed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    account: str = Field(pattern="^AC[0-9a-fA-F]{32}$", description="the account's SID")
    key: str | None = Field(None, pattern="^SK[0-9a-fA-F]{32}$", description="an API key's SID")
    credential: str = Field(min_length=1, description="the name of the key's secret, or of the auth token")
    token_credential: str | None = Field(None, min_length=1, description="the name of the auth token, for webhooks")
    base_url: Https = Field("https://api.twilio.com", description="the API; another region has another host")
    ca_file: str | None = Field(None, description="an authority to trust instead of the system's")
    timeout_seconds: float = Field(20, ge=1, le=60, description="how long to wait for an answer")


class TextSettings(Account):
    """`number` is the one that customers text; `service` a messaging service that holds it. `callback_url`: our hook's
    public address, `https://…/hooks/<name>`, to which Twilio reports what became of a text. `keywords`: words beside
    the usual ones on which an Advanced Opt-Out acts, each to out, in or help (SMS-5)."""

    number: str = Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="in full: +15713173122")
    service: str | None = Field(None, pattern="^MG[0-9a-fA-F]{32}$", description="a messaging service's SID")
    callback_url: Https | None = Field(None, description="our hook's public address")
    keywords: dict[str, Deed] = Field(default_factory=dict, description="further words of an Advanced Opt-Out")
    page_items_max: int = Field(200, ge=1, le=1000, description="so many messages are read at a time")


class VoiceSettings(Account):
    """`rooms`: our room ids to the friendly names of their conferences. `numbers`: those that lead into them; their
    calls are the history, wrong PINs included (CON-9)."""

    rooms: dict[str, str] = Field(min_length=1, description='our room to its conference: { red = "500554260" }')
    numbers: tuple[str, ...] = Field(min_length=1, description="the numbers that are called, in full")
    page_items_max: int = Field(200, ge=1, le=1000, description="so many calls are read at a time")


def _build(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.twilio.texts import TwilioTexts

    return TwilioTexts(name, settings, tools)


def _build_voice(name: str, settings: Any, tools: Tools) -> Any:
    from connectors.twilio.voice import TwilioVoice

    return TwilioVoice(name, settings, tools)


def _offers(name: str, settings: object) -> Mapping[str, FeedAbilities]:
    """The line alone, live and with history; calls are known at once, so the verdict need not wait long."""
    assert isinstance(settings, VoiceSettings)
    able = FeedAbilities(
        feed=name,
        channels=(Channel.PHONE,),
        live=True,
        history=True,
        lag=LAG,
        settle=timedelta(minutes=10),
        poll=timedelta(seconds=POLL_SECONDS),
    )
    return dict.fromkeys(settings.rooms, able)


manifest = Manifest(
    kind="twilio",
    role=Role.TEXTS,
    settings=TextSettings,
    build=_build,
    summary="texts over Twilio: sent, looked for, polled, and by webhook",
)

voice_manifest = Manifest(
    kind="twilio_voice",
    role=Role.FEED,
    settings=VoiceSettings,
    build=_build_voice,
    summary="who is on a conference line at Twilio, and who called it",
    offers=_offers,
)
