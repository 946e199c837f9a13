"""`python -m tests.bench [GOAL] [--smoke]`: one JSON line a goal; exit status 1 if any goal is missed."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from tests.bench.harness import measure, run_side

BENCHES = ("slots", "invitation", "replay")


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--side"]:
        run_side(arguments[1], arguments[2], arguments[3], int(arguments[4]))
        return 0
    smoke = "--smoke" in arguments
    wanted = [a for a in arguments if not a.startswith("--")]
    lines = [
        measure(f"tests.bench.{bench}", name, smoke=smoke)
        for bench in BENCHES
        if not wanted or bench in wanted
        for name in import_module(f"tests.bench.{bench}").GOALS
    ]
    for line in lines:
        print(json.dumps(line))
    return 1 if not lines or any(line["ok"] is False for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
