"""Where does the sample's mail go? An SMTP server on loopback that puts every message, byte for byte, into a Maildir.

Its own process, as a mail server is: the daemon speaks to it over a socket alone, can be stopped without it, and
carries no server code of the sample. Run as `python -m syncd.runtime.demo.mail_sink PORT FOLDER`.
"""

from __future__ import annotations

import asyncio
import mailbox
import signal
import sys
from pathlib import Path
from typing import Any

MESSAGE_BYTES_MAX = 10 * 1_048_576


class Sink:
    """aiosmtpd's handler (RFC 5321): accepted means stored and flushed."""

    def __init__(self, folder: Path) -> None:
        self._box = mailbox.Maildir(folder, create=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        key = self._box.add(bytes(envelope.content))
        return f"250 stored as {key}"


async def serve(port: int, folder: Path) -> None:
    from aiosmtpd.smtp import SMTP

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    sink = Sink(folder)
    server = await loop.create_server(
        lambda: SMTP(sink, data_size_limit=MESSAGE_BYTES_MAX, enable_SMTPUTF8=False, hostname="sample.invalid"),
        host="127.0.0.1",
        port=port,
    )
    async with server:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
