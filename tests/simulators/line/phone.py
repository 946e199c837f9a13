"""A caller's phone: sipp (Debian: sip-tester), one process a call; ended by its process id.

It calls, types, lets sound go back and forth, and hangs up when it is told to, or is hung up. Keys are sent as packets
of a capture, for which sipp needs raw sockets.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

from tests.simulators.caldav_servers import free_port
from tests.simulators.line.keys import PAYLOAD_TYPE, capture
from tests.simulators.line.sip import written

PROGRAM = shutil.which("sipp")
CALL_SECONDS_MAX = 240
END_SECONDS_MAX = 15
BUTTON = [
    ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKbutton"),
    ("From", "<sip:button@127.0.0.1>;tag=button"),
    ("To", "<sip:phone@127.0.0.1>"),
    ("CSeq", "1 NOTIFY"),
]

SCENARIO = """<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a phone">
  <send retrans="500"><![CDATA[
INVITE sip:line@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: {caller};tag=[pid]phone[call_number]
To: <sip:line@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:phone@[local_ip]:[local_port]>
Privacy: {privacy}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8 {keys}
a=rtpmap:8 PCMA/8000
a=rtpmap:{keys} telephone-event/8000
a=fmtp:{keys} 0-15
]]></send>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK sip:line@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: {caller};tag=[pid]phone[call_number]
To: <sip:line@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send>
  <nop><action><exec play_pcap_audio="{typed}"/></action></nop>
  <recv request="NOTIFY" optional="true" next="hang_up"/>
  <recv request="BYE"/>
  <send next="end"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="hang_up"/>
  <send retrans="500"><![CDATA[
BYE sip:line@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: {caller};tag=[pid]phone[call_number]
To: <sip:line@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Content-Length: 0

]]></send>
  <recv response="200"/>
  <label id="end"/>
</scenario>
"""


def missing() -> str | None:
    """Why nobody can call here; None: they can."""
    if PROGRAM is None:
        return "sipp is not installed (Debian: apt-get install sip-tester)"
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return "sipp types by raw sockets, which need root (or CAP_NET_RAW)"
    return None


class Phone:
    """`number`: with `+`, or empty: it is withheld. `typed`: keys, in one go after the answer."""

    def __init__(self, folder: Path, line: int, number: str, typed: str) -> None:
        assert PROGRAM is not None
        folder.mkdir()
        self._port, call = free_port(), f"{folder.name}@127.0.0.1"
        self._press = written("NOTIFY sip:phone SIP/2.0", [*BUTTON, ("Call-ID", call)])
        (folder / "typed.pcap").write_bytes(capture(typed))
        caller = f"<sip:{number}@127.0.0.1>" if number else '"Anonymous" <sip:anonymous@anonymous.invalid>'
        scenario = SCENARIO.format(
            caller=caller, privacy="none" if number else "id", keys=PAYLOAD_TYPE, typed=folder / "typed.pcap"
        )
        (folder / "phone.xml").write_text(scenario, encoding="utf-8")
        here = {"-i": "127.0.0.1", "-p": self._port, "-mi": "127.0.0.1", "-mp": free_port()}
        control = {"-ci": "127.0.0.1", "-cp": free_port()}
        call_of = {"-sf": folder / "phone.xml", "-cid_str": call, "-m": 1, "-timeout": f"{CALL_SECONDS_MAX}s"}
        options = here | control | call_of | {"-error_file": folder / "errors"}
        command = [PROGRAM, f"127.0.0.1:{line}", "-rtp_echo", "-nostdin", "-timeout_error", "-trace_err"]
        command += [str(part) for option in options.items() for part in option]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def hang_up(self) -> None:
        """The button on the phone: a NOTIFY in its call, upon which it says BYE. Nothing, if the call has ended."""
        if self._process.poll() is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as button:
                button.sendto(self._press, ("127.0.0.1", self._port))
        self.ended()

    def ended(self) -> int:
        """sipp's exit code once the call is over: 0 if all of it went as it should."""
        try:
            return self._process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(END_SECONDS_MAX)
            raise
