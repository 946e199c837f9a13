"""What may be set of a directory? Where its rows are, and what the portal calls our columns."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

PATH_MAX = 1_000
QUERY_MAX = 10_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")

FilePath = Annotated[str, Field(min_length=1, max_length=PATH_MAX)]
Query = Annotated[str, Field(min_length=1, max_length=QUERY_MAX)]
Seconds = Annotated[float, Field(gt=0, le=300)]


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return value
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("https://… without a name or password in it (http only on this machine)")
    return value


Endpoint = Annotated[str, Field(max_length=PATH_MAX), AfterValidator(_endpoint)]


class Columns(BaseModel):
    """What every kind has: the portal's own names of columns and days, where they differ from ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date_format: str = Field("%Y-%m-%d", description="how plan_until is written, as strftime has it")
    company_columns: dict[str, str] = Field(
        default_factory=dict, description='ours to theirs: { code = "Customer number" }'
    )
    contact_columns: dict[str, str] = Field(default_factory=dict, description='ours to theirs: { email = "E-Mail" }')


class CsvSettings(Columns):
    companies: FilePath = Field("companies.csv", description="the file of companies, relative to the configuration")
    contacts: FilePath | None = Field("contacts.csv", description="the file of contacts, relative to the configuration")
    encoding: str = Field("auto", description="auto: by the byte order mark, else UTF-8; or a name such as cp1252")


class SqlSettings(Columns):
    """Both queries are read in one transaction, so that they tell of one moment."""

    url: Annotated[str, Field(min_length=1, max_length=PATH_MAX)] = Field(
        description="the database as SQLAlchemy names it: postgresql+psycopg://reader@db.example.com/portal"
    )
    credential: str | None = Field(None, description="the password of that user; it does not stand in the url")
    companies: Query = Field(description="the SELECT whose columns are id, name, code, plan …")
    contacts: Query | None = Field(None, description="the SELECT whose columns are id, company, name, email …")
    timeout_seconds: Seconds = Field(30, description="how long connecting, and each query, may take")


class HttpSettings(Columns):
    """The answer is JSON: { "companies": [{…}], "contacts": [{…}], "next": "…" }; `next` is the address of the next
    page on the same server, absent on the last."""

    url: Endpoint = Field(description="the address to GET; https, on this machine http too")
    sign_in: Literal["none", "bearer", "basic", "header"] = Field(
        "none", description="bearer: a token; basic: username and password; header: a key in a header of its own"
    )
    username: str = Field("", description="for basic")
    header: Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9-]{0,63}$")] = Field(
        "X-Api-Key", description="for header: its name"
    )
    credential: str | None = Field(None, description="the token, password or key")
    ca_file: str | None = Field(None, description="certificates to trust instead of the system's")
    timeout_seconds: Seconds = Field(30, description="how long one answer may take")
