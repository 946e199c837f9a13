"""Tell syncd every ten seconds who is in the rooms of a Janus AudioBridge, callers by phone included.

    echo "$SECRET" | python janus_feed_example.py http://127.0.0.1:8088/janus \\
        https://support.example.com/hooks/pbx LOBBY ROOM ROOM

Janus (1.1 or newer, with `string_ids`) is the conference. The gateway that answers the telephone brings every caller at
once into the room LOBBY, under their number as `display` (`+13865550142`, or `anonymous` where it is withheld), and on
into the ROOM whose conference ID they type. So whoever is at the prompt, or typed wrongly, is told to every room. A
`display` of another shape is somebody who came by the web. Standard library alone.
"""

import hashlib
import hmac
import json
import re
import sys
import time
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

EVERY_SECONDS = 10
GONE_IS_TOLD = timedelta(hours=1)


class Unanswered(Exception):
    """Janus said no."""


class Watch:
    """What Janus tells of its rooms. It knows who is there, not since when, nor who left: that is remembered here.

    Our session's id is the epoch: Janus, when it is started anew, has forgotten it, and whoever was in its rooms.
    """

    def __init__(self, janus: str, lobby: str) -> None:
        self._janus, self._lobby = janus, lobby
        self._epoch = self._handle = ""
        self._stays: dict[str, dict[tuple[str, str], dict]] = {}

    def report(self, room: str, now: datetime) -> dict:
        """Everybody in the room and in the lobby. Raises OSError, Unanswered: then there is nothing to tell."""
        self._open()
        lobby, inside = self._present(self._lobby), self._present(room)  # in this order nobody slips between the two
        there = {(who["id"], "dialed"): who for who in lobby} | {(who["id"], "joined"): who for who in inside}
        stays = self._stays.setdefault(room, {})
        for (name, stage), who in there.items():
            stays.setdefault((name, stage), record(name, stage, who.get("display") or "", now))
        for key, stay in stays.items():
            if key not in there:
                stay.setdefault("left_at", now.isoformat())
        since = (now - GONE_IS_TOLD).isoformat()
        self._stays[room] = {key: stay for key, stay in stays.items() if stay.get("left_at", since) >= since}
        records = list(self._stays[room].values())
        return {"room": room, "epoch": self._epoch, "watermark": now.isoformat(), "complete": True, "records": records}

    def _open(self) -> None:
        """Keeps our session, or begins one that Janus knows."""
        if self._epoch and "error" not in self._post(f"/{self._epoch}", janus="keepalive"):
            return
        epoch = done(self._post("", janus="create"))["data"]["id"]
        attached = done(self._post(f"/{epoch}", janus="attach", plugin="janus.plugin.audiobridge"))
        self._epoch, self._handle = str(epoch), str(attached["data"]["id"])

    def _present(self, room: str) -> list[dict]:
        body = {"request": "listparticipants", "room": room}
        told = done(self._post(f"/{self._epoch}/{self._handle}", janus="message", body=body))
        return done(told["plugindata"]["data"])["participants"]

    def _post(self, path: str, **body: object) -> dict:
        raw = json.dumps({"transaction": "watch"} | body).encode()
        with urlopen(Request(self._janus + path, raw, {"Content-Type": "application/json"}), timeout=5) as answer:
            return json.load(answer)


def done(answer: dict) -> dict:
    """The answer, if it is one. Raises Unanswered."""
    if "error" in answer:
        raise Unanswered(answer["error"])
    return answer


def record(name: str, stage: str, display: str, now: datetime) -> dict:
    """Somebody who is there for the first time."""
    number = display if re.fullmatch(r"\+\d{7,15}", display) else ""
    channel = "phone" if number or stage == "dialed" or display == "anonymous" else "online"
    hints = {"participant_id": name, "phone_e164": number, "name": "" if number else display}
    return {"channel": channel, "stage": stage, "role": "unknown", "joined_at": now.isoformat(), "hints": hints}


def post(address: str, secret: str, report: dict, now: datetime) -> None:
    """Raises OSError where it is not taken."""
    body, stamp = json.dumps(report).encode(), str(int(now.timestamp()))
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Syncd-Timestamp": stamp, "X-Syncd-Signature": signature, "Content-Type": "application/json"}
    urlopen(Request(address, body, headers), timeout=10).close()


def look(watch: Watch, rooms: list[str], address: str, secret: str, now: datetime) -> list[str]:
    """Into each room once. What could not be told, and why: nothing is covered meanwhile."""
    failed = []
    for room in rooms:
        try:
            post(address, secret, watch.report(room, now), now)
        except (OSError, ValueError, Unanswered) as error:
            failed.append(f"{room}: {error}")
    return failed


def main() -> None:
    janus, address, lobby, *rooms = sys.argv[1:]
    secret = sys.stdin.readline().strip()
    watch = Watch(janus, lobby)
    while True:
        for failed in look(watch, rooms, address, secret, datetime.now(UTC)):
            print(failed, file=sys.stderr)
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
