"""How does an operator describe the mail server? Host, TLS, sign-in and limits, checked when they are read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from syncd.ports.addresses import HostName, is_loopback

PORTS = {"starttls": 587, "tls": 465, "none": 25}


class SmtpSettings(BaseModel):
    """One mail server."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: HostName = Field("127.0.0.1", description="the mail server")
    port: int | None = Field(None, ge=1, le=65535, description="default: 587 for starttls, 465 for tls, 25 for none")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="none only on this machine")
    username: str | None = Field(None, min_length=1, description="whom to sign in as; none: no sign-in")
    credential: str | None = Field(None, min_length=1, description="the name of the credential with the password")
    ca_file: str | None = Field(None, description="certificates to trust instead of the system's, in PEM")
    helo_name: HostName | None = Field(None, description="what this machine calls itself")
    timeout_seconds: float = Field(30, ge=1, le=600, description="how long to wait for each answer")
    idle_seconds: float = Field(60, ge=0, le=600, description="how long a connection is kept for the next mail")
    connections_max: int = Field(4, ge=1, le=50, description="how many at once")

    @property
    def at(self) -> int:
        """The port in use."""
        return self.port or PORTS[self.tls]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.tls == "none" and not is_loopback(self.host):
            raise ValueError('tls = "none" is for a server on this machine; elsewhere write "starttls" or "tls"')
        if (self.username is None) != (self.credential is None):
            raise ValueError("username and credential belong together: give both, or neither")
        return self
