"""How does an operator describe the mailbox? Host, TLS, sign-in, folder and limits, checked when they are read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from syncd.ports.addresses import HostName, TokenAddress, is_loopback

PORTS = {"tls": 993, "starttls": 143, "none": 143}


class OAuthSettings(BaseModel):
    """Sign-in by XOAUTH2: an access token fetched with client credentials, or with a refresh token (RFC 6749)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token_url: TokenAddress = Field(description="where tokens are given")
    client_id: Annotated[str, Field(min_length=1)] = Field(description="this installation's application there")
    client_credential: str = Field(min_length=1, description="the name of the credential with the client's secret")
    refresh_credential: str | None = Field(
        None, min_length=1, description="the name of the credential with a refresh token; none: client credentials"
    )
    scope: str = Field("", description="what is asked for: https://outlook.office365.com/.default, …")


class ImapSettings(BaseModel):
    """One folder of one mailbox."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: HostName = Field(description="the mail server")
    port: int | None = Field(None, ge=1, le=65535, description="default: 993 for tls, 143 for starttls and none")
    tls: Literal["tls", "starttls", "none"] = Field("tls", description="none only on this machine")
    username: str = Field(min_length=1, description="whom to sign in as")
    credential: str | None = Field(None, min_length=1, description="the name of the credential with the password")
    oauth: OAuthSettings | None = Field(None, description="instead of a password: a table with token_url, client_id …")
    folder: str = Field(
        "INBOX", min_length=1, description="the folder that is read; a second one is a second connector"
    )
    authserv_id: str = Field("", description="whose Authentication-Results count (RFC 8601); none: only plus-addresses")
    look_back_days: int = Field(0, ge=0, le=365, description="how old mail the very first reading takes; 0: only new")
    ca_file: str | None = Field(None, description="certificates to trust instead of the system's, in PEM")
    timeout_seconds: float = Field(30, ge=1, le=600, description="how long to wait for each answer")
    bytes_max: int = Field(10_000_000, ge=10_000, le=100_000_000, description="larger mails are put aside")

    @property
    def at(self) -> int:
        """The port in use."""
        return self.port or PORTS[self.tls]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError('tls = "none" is for a server on this machine; elsewhere write "tls" or "starttls"')
        if (self.credential is None) == (self.oauth is None):
            raise ValueError("give credential (a password), or the table oauth; one of them, and not both")
        return self
