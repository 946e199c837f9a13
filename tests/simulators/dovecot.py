"""A real dovecot of one's own on 127.0.0.1: LMTP in, IMAP out, with TLS or without; ended by its process id."""

from __future__ import annotations

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import imap_tools

from tests.simulators.caldav_servers import free_port

USER, PASSWORD = "desk", "correct-horse"
SECONDS_MAX = 15.0
PROGRAM = shutil.which("dovecot") or ("/usr/sbin/dovecot" if os.access("/usr/sbin/dovecot", os.X_OK) else None)
MISSING = None if PROGRAM else "dovecot is not installed (dovecot-core, dovecot-imapd, dovecot-lmtpd)"

CONF = """
protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
mail_uid = {uid}
mail_gid = {gid}
recipient_delimiter = +
disable_plaintext_auth = no
imap_idle_notify_interval = 1 mins
{capability}
{ssl}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%n
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth-worker {{
  user = $default_internal_user
}}
"""


@dataclass
class Dovecot:
    """`deliver` is what the mail server in front would do: LMTP, with envelope sender and recipient."""

    imap: int
    lmtp: int
    folder: Path
    process: subprocess.Popen[bytes]

    def deliver(self, raw: bytes, to: str = f"{USER}@desk.example", sender: str = "carl@acme.example") -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp, timeout=10) as lmtp:
            lmtp.sendmail(sender, [to], raw)

    def flags(self, user: str = USER) -> list[tuple[str, ...]]:
        """Somebody else's look into the mailbox: the flags of each message."""
        with imap_tools.MailBoxUnencrypted("127.0.0.1", self.imap, timeout=10).login(user, PASSWORD) as box:
            return [message.flags for message in box.fetch(mark_seen=False, headers_only=True)]

    def number_anew(self, user: str = USER) -> None:
        """The folder gets another UIDVALIDITY, as after a restore: the index and the UID list are lost."""
        for path in (self.folder / "mail" / user).glob("dovecot*"):
            path.unlink()


@contextmanager
def dovecot(*, idle: bool = True, certificate: tuple[Path, Path] | None = None) -> Iterator[Dovecot]:
    """In a folder of its own: where it runs as root, its mail is nobody's, who may not look into pytest's folders.
    Raises RuntimeError with the log if it does not come up."""
    with TemporaryDirectory(prefix="syncd-dovecot-") as folder, _running(Path(folder), idle, certificate) as running:
        yield running


@contextmanager
def _running(folder: Path, idle: bool, certificate: tuple[Path, Path] | None) -> Iterator[Dovecot]:
    assert PROGRAM is not None
    imap, lmtp = free_port(), free_port()
    root = os.geteuid() == 0
    own = pwd.getpwuid(os.geteuid())
    mail = pwd.getpwnam("nobody") if root else own
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    if root:
        os.chown(folder / "mail", mail.pw_uid, mail.pw_gid)
        folder.chmod(0o711)
    ssl = "ssl = no" if certificate is None else "ssl = yes\nssl_cert = <{}\nssl_key = <{}".format(*certificate)
    without = "imap_capability = IMAP4rev1 LITERAL+ UIDPLUS" if not idle else ""
    (folder / "conf").write_text(
        CONF.format(
            folder=folder,
            internal="dovecot" if root else own.pw_name,
            internal_group="dovecot" if root else "",
            login="dovenull" if root else own.pw_name,
            uid=mail.pw_uid,
            gid=mail.pw_gid,
            password=PASSWORD,
            imap=imap,
            lmtp=lmtp,
            ssl=ssl,
            capability=without,
        )
    )
    process = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(folder / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _await(process, (imap, lmtp), folder)
        yield Dovecot(imap, lmtp, folder, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _await(process: subprocess.Popen[bytes], ports: tuple[int, ...], folder: Path) -> None:
    until = time.monotonic() + SECONDS_MAX
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    said = process.stderr.read().decode() if process.stderr and process.poll() is not None else ""
                    log = (folder / "log").read_text() if (folder / "log").exists() else ""
                    raise RuntimeError(f"dovecot did not start: {said}{log}") from None
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
