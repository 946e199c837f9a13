"""Who asks the portal? GET, page by page on one server, with a limit on everything (CAL-30's rules hold here too).

An answer that has not changed since the last one (ETag, RFC 9110 8.8.3) costs the portal nothing.
"""

from __future__ import annotations

import ssl
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors.directory.json_rows import Page, listing_of_pages, page_of
from connectors.directory.listing import facts_of
from connectors.directory.settings import HttpSettings
from syncd.ports.clock import Clock
from syncd.ports.directory import DirectoryListing
from syncd.ports.errors import Misconfigured, Retryable

ANSWER_BYTES_MAX = 64 * 1_048_576
PAGES_MAX = 1_000
RETRY_AFTER_MAX = timedelta(days=1)
KEPT = "The last known directory stays in force."


class HttpDirectory:
    """ports.directory.Directory over one address."""

    def __init__(self, name: str, settings: HttpSettings, clock: Clock, secret: str | None) -> None:
        self.id = name
        self._settings = settings
        self._clock = clock
        if (settings.sign_in == "none") != (secret is None):
            raise Misconfigured(
                f"sign_in is “{settings.sign_in}”, and a credential is {'missing' if secret is None else 'named'}",
                hint='name both, or neither: sign_in = "bearer" with credential = "portal-token"',
            )
        self._headers, self._auth = _sign_in(settings, secret)
        self._known: tuple[str, DirectoryListing] | None = None  # ETag of the first page, where it is the only one

    def read(self) -> DirectoryListing:
        """Raises Misconfigured (refused, no such address, no directory), Retryable (no answer, busy, broken off)."""
        with self._client() as client:
            pages: list[Page] = []
            url: str | None = self._settings.url
            etag = ""
            while url is not None:
                if len(pages) == PAGES_MAX:
                    raise Misconfigured(f"the portal's directory has more than {PAGES_MAX} pages", hint=KEPT)
                asked = self._known[0] if self._known and not pages else ""
                answer = self._get(client, url, asked)
                if answer is None:
                    assert self._known is not None
                    return self._known[1]
                body, etag = answer
                pages.append(page_of(body, len(pages) + 1))
                url = self._next(url, pages[-1].next)
        listing = listing_of_pages(pages, self._settings)
        self._known = (etag, listing) if etag and len(pages) == 1 else None
        return listing

    def probe(self) -> tuple[str, ...]:
        return facts_of(self.read())

    def _client(self) -> httpx2.Client:
        verify = ssl.create_default_context(cafile=self._settings.ca_file) if self._settings.ca_file else True
        return httpx2.Client(
            headers=self._headers,
            auth=self._auth,
            verify=verify,
            timeout=self._settings.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
        )

    def _get(self, client: httpx2.Client, url: str, etag: str) -> tuple[bytes, str] | None:
        """Body and ETag; None: as it was."""
        deadline = self._clock.monotonic() + self._settings.timeout_seconds
        try:
            with client.stream("GET", url, headers={"if-none-match": etag} if etag else {}) as answer:
                if answer.status_code == 304 and etag:
                    return None
                _judge(answer)
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > ANSWER_BYTES_MAX:
                        raise Misconfigured(
                            f"the portal's answer is larger than {ANSWER_BYTES_MAX // 1_048_576} MiB",
                            hint="let it answer in pages (`next`)",
                        )
                    if self._clock.monotonic() > deadline:
                        raise Retryable("the portal's answer took too long", hint=KEPT)
                return bytes(body), answer.headers.get("etag", "")
        except httpx2.HTTPError as error:
            if isinstance(error.__cause__ or error.__context__, ssl.SSLCertVerificationError) or "CERTIFICATE" in str(
                error
            ):
                raise Misconfigured(
                    "the portal's certificate is not trusted", hint="mend it, or name its authority in `ca_file`"
                ) from None
            raise Retryable(f"the portal did not answer: {type(error).__name__}", hint=KEPT) from None

    def _next(self, here: str, given: str | None) -> str | None:
        """The next page, on this very server: a token is not carried elsewhere."""
        if given is None:
            return None
        url = urljoin(here, given)
        if urlsplit(url)[:2] != urlsplit(self._settings.url)[:2]:
            raise Misconfigured(
                "the portal's next page lies on another server", hint="`next` must stay on the server of `url`"
            )
        return url


def _sign_in(settings: HttpSettings, secret: str | None) -> tuple[dict[str, str], httpx2.BasicAuth | None]:
    headers = {"accept": "application/json"}
    match settings.sign_in:
        case "bearer":
            headers["authorization"] = f"Bearer {secret}"
        case "header":
            headers[settings.header] = secret or ""
        case "basic":
            return headers, httpx2.BasicAuth(settings.username, secret or "")
        case "none":
            pass
    return headers, None


def _judge(answer: httpx2.Response) -> None:
    status = answer.status_code
    if status == 200:
        return
    if status == 429 or status >= 500:
        said = answer.headers.get("retry-after", "")
        wait = min(timedelta(seconds=int(said)), RETRY_AFTER_MAX) if said.isdigit() and len(said) < 7 else None
        raise Retryable(f"the portal answered {status}", retry_after=wait, hint=KEPT)
    hints = {
        401: "is the credential still valid?",
        403: "may this credential read the directory?",
        404: "is the url right?",
    }
    hint = hints.get(status, "it must answer 200 at its final address; redirects are not followed")
    raise Misconfigured(f"the portal answered {status}", hint=f"{hint} {KEPT}")
