"""What has the sample sent? Pages over the sink's Maildir: all messages, each as text, HTML, calendar and source.

For trying out only, mounted by `syncd run --demo` at /mailbox. A message's HTML is shown in a sandboxed frame, under a
policy that loads and runs nothing.
"""

from __future__ import annotations

import mailbox
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from syncd.runtime.demo.phone import Phone

SHOWN_MAX = 200
MESSAGE_BYTES_MAX = 10 * 1_048_576
FORM_BYTES_MAX = 16_384
PARTS = ("text", "html", "calendar", "source")
_KEY = re.compile(r"[A-Za-z0-9_.,:=-]{1,200}")
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class Mail:
    """One stored message; a part that it does not have is empty."""

    key: str
    raw: bytes
    subject: str
    to: str
    sender: str
    date: str
    text: str
    html: str
    calendar: str
    method: str

    @property
    def source(self) -> str:
        return self.raw.decode("utf-8", "replace")

    def has(self, part: str) -> bool:
        return bool(getattr(self, part))


class Box:
    """The Maildir, read anew for each page."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def latest(self) -> tuple[list[Mail], int]:
        """The newest SHOWN_MAX messages, newest first, and how many there are."""
        box = mailbox.Maildir(self._folder, create=True)
        found = sorted(((self._arrived(key), key) for key in box.iterkeys()), reverse=True)
        return [mail_of(key, box.get_bytes(key)) for _, key in found[:SHOWN_MAX]], len(found)

    def get(self, key: str) -> Mail | None:
        box = mailbox.Maildir(self._folder, create=True)
        if not _KEY.fullmatch(key) or key not in box:
            return None
        return mail_of(key, box.get_bytes(key)[:MESSAGE_BYTES_MAX])

    def _arrived(self, key: str) -> float:
        place = next((self._folder / sub / key for sub in ("new", "cur") if (self._folder / sub / key).exists()), None)
        return place.stat().st_mtime if place is not None else 0.0


def mail_of(key: str, raw: bytes) -> Mail:
    """What the bytes say (RFC 5322, 2045); what cannot be decoded is shown as it is in the source."""
    message = message_from_bytes(raw, policy=policy.default)
    found: dict[str, str] = {}
    method = ""
    for part in message.walk():
        kind = part.get_content_type()
        name = {"text/plain": "text", "text/html": "html", "text/calendar": "calendar"}.get(kind)
        if name is not None and name not in found and part.get_content_disposition() != "attachment":
            found[name] = _content(part)
            if name == "calendar":
                method = str(part.get_param("method") or "")
    return Mail(
        key=key,
        raw=raw,
        subject=str(message.get("subject", "")),
        to=str(message.get("to", "")),
        sender=str(message.get("from", "")),
        date=str(message.get("date", "")),
        text=found.get("text", ""),
        html=found.get("html", ""),
        calendar=found.get("calendar", ""),
        method=method,
    )


def _content(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def mailbox_app(folder: Path, texts: Path | None = None, now: Callable[[], datetime] | None = None) -> Starlette:
    """The pages, to be mounted at /mailbox; `texts`: the text sink's folder, whose answers are dated by `now`."""
    box = Box(folder)
    phone = Phone(texts) if texts is not None else None
    templates = Environment(
        loader=PackageLoader("syncd.runtime.demo"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    style = files("syncd.runtime.demo").joinpath("templates", "mailbox.css").read_text("utf-8")

    def page(name: str, **values: object) -> HTMLResponse:
        headers = {"Content-Security-Policy": _PAGE_POLICY, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(templates.get_template(name).render(**values), headers=headers)

    def listing(request: Request) -> Response:
        mails, count = box.latest()
        return page("mailbox.html", root=request.scope["root_path"], mails=mails, count=count, phone=phone)

    async def texting(request: Request) -> Response:
        if phone is None or now is None:
            raise HTTPException(404, "The sample has no text sink.")
        if request.method == "POST":
            if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
                raise HTTPException(403, "Texts are answered on this page.")
            form = dict(parse_qsl((await request.body())[:FORM_BYTES_MAX].decode("utf-8", "replace")))
            phone.answer(form.get("number", ""), form.get("words", ""), now())
            return RedirectResponse(f"{request.scope['root_path']}/texts", 303)
        shown = phone.latest()
        numbers = sorted({text.number for text in shown})
        return page("texts.html", root=request.scope["root_path"], texts=shown, numbers=numbers)

    def message(request: Request) -> Response:
        mail = _found(box, request)
        wanted = request.query_params.get("part", "")
        part = (
            wanted if wanted in PARTS and mail.has(wanted) else next(p for p in PARTS if p == "source" or mail.has(p))
        )
        parts = [p for p in PARTS if mail.has(p)]
        return page("message.html", root=request.scope["root_path"], mail=mail, part=part, parts=parts)

    def html(request: Request) -> Response:
        return HTMLResponse(_found(box, request).html, headers={"Content-Security-Policy": _MAIL_POLICY})

    def calendar(request: Request) -> Response:
        body = _found(box, request).calendar
        return PlainTextResponse(
            body,
            media_type="text/calendar",
            headers={"Content-Disposition": 'attachment; filename="invite.ics"', "X-Content-Type-Options": "nosniff"},
        )

    def stylesheet(request: Request) -> Response:
        return PlainTextResponse(style, media_type="text/css")

    return Starlette(
        routes=[
            Route("/", listing),
            Route("/mailbox.css", stylesheet),
            Route("/texts", texting, methods=["GET", "POST"]),
            Route("/{key}", message),
            Route("/{key}/html", html),
            Route("/{key}/invite.ics", calendar),
        ]
    )


def _found(box: Box, request: Request) -> Mail:
    mail = box.get(request.path_params["key"])
    if mail is None:
        raise HTTPException(404, "There is no such message in the sample mailbox.")
    return mail
