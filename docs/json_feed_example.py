"""Post to syncd who is in a room now: the least that a telephone system or a conference server must do.

    echo "$SECRET" | python json_feed_example.py https://support.example.com/hooks/pbx ROOM "Jo Host" "Dana"

With --print in the place of the address, the headers and the body are shown instead. Standard library alone.
"""

import hashlib
import hmac
import json
import sys
from datetime import UTC, datetime
from urllib.request import Request, urlopen

address, room, *names = sys.argv[1:]
secret = sys.stdin.readline().strip()
now = datetime.now(UTC)
records = [
    {
        "channel": "online",
        "stage": "joined",
        "role": "guest",
        "joined_at": now.isoformat(),
        "hints": {"participant_id": f"{place}", "name": name},
    }
    for place, name in enumerate(names)
]
report = {"room": room, "epoch": "started-1", "watermark": now.isoformat(), "complete": True, "records": records}
body = json.dumps(report).encode()
stamp = str(int(now.timestamp()))
signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
if address == "--print":
    print(stamp, signature, body.decode(), sep="\n")
else:
    headers = {"X-Syncd-Timestamp": stamp, "X-Syncd-Signature": signature, "Content-Type": "application/json"}
    with urlopen(Request(address, body, headers), timeout=10) as answer:
        print(answer.status)
