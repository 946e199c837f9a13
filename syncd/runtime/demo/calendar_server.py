"""Where do the sample's calendars lie? On a Radicale of its own: own process, own folder, loopback, never imported
(DAV-8). Staff sign in with their own passwords, syncd with one that may read and write all."""

from __future__ import annotations

import base64
import http.client
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from syncd.ports.errors import Misconfigured
from syncd.runtime.demo.children import LOOPBACK, Child
from syncd.runtime.demo.sample import CALENDARS, SERVICE, STAFF

CALL_SECONDS_MAX = 10

_CONFIGURATION = """\
[server]
hosts = {host}:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/collections
[web]
type = internal
[logging]
level = warning
mask_passwords = True
"""

_RIGHTS = f"""\
[service]
user: {SERVICE}
collection: .*
permissions: RrWw
[root]
user: .+
collection:
permissions: R
[principal]
user: .+
collection: {{user}}
permissions: RW
[calendars]
user: .+
collection: {{user}}/[^/]+
permissions: rw
"""

_MAKE = """\
<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>
"""


def prepare(folder: Path, port: int, passwords: Mapping[str, str]) -> Child:
    """Write what Radicale reads; the child is not started yet."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "users", "".join(f"{user}:{password}\n" for user, password in passwords.items()))
    _write(folder / "rights", _RIGHTS)
    _write(folder / "radicale.conf", _CONFIGURATION.format(host=LOOPBACK, port=port, folder=folder))
    command = [sys.executable, "-m", "radicale", "--config", str(folder / "radicale.conf")]
    return Child("radicale", command, port, folder)


def make_calendars(port: int, passwords: Mapping[str, str]) -> None:
    """The staff's calendars, those that are not there yet (RFC 4791 5.3.1). Raises Misconfigured."""
    for member in STAFF:
        for address, name in CALENDARS:
            path = f"/{member.id}/{address}/"
            status = _call(port, "MKCALENDAR", path, member.id, passwords[member.id], _MAKE.format(name=name))
            if status not in (201, 405, 409):  # made, or there already
                raise Misconfigured(
                    f"the sample's calendar {path} could not be made: HTTP {status}",
                    hint="delete the folder and try again",
                )


def put_event(port: int, path: str, user: str, password: str, text: str) -> int:
    """A new object in a calendar, or the same again (RFC 4791 5.3.2); the HTTP status."""
    return _call(port, "PUT", path, user, password, text, "text/calendar; charset=utf-8")


def _call(port: int, method: str, path: str, user: str, password: str, body: str, kind: str = "application/xml") -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=CALL_SECONDS_MAX)
    login = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
    try:
        connection.request(
            method, path, body.encode("utf-8"), {"Authorization": f"Basic {login}", "Content-Type": kind}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _write(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write(text)
