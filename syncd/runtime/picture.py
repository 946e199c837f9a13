"""How does a mail look? A picture of its HTML by the browser that this machine has, if it has one.

The page stands in a frame of the wanted width, since a window of Chromium is never narrower than 500 pixels. It is
measured first, so that the picture shows all of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS_MAX = 60
WINDOW_WIDTH_MIN = 500
HEIGHT_MAX = 20_000
_HEIGHT = re.compile(r'data-height="(\d+)"')
_FRAME = """<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<style>body {{ margin: 0; }} iframe {{ border: 0; display: block; width: {width}px; height: {height}px; }}</style>
</head>
<body><iframe srcdoc="{page}"></iframe><script>
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => {{
  document.body.dataset.height = Math.ceil(frame.contentDocument.documentElement.getBoundingClientRect().height);
}});
</script></body></html>"""


def photograph(page: str, picture: Path, *, width: int, dark: bool) -> str:
    """Write the picture (PNG). Why there is none, if there is none; nothing else is raised but OSError."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return "there is no Chromium on this machine to take a picture with"
    try:
        with TemporaryDirectory() as folder:
            height = _measured(browser, folder, page, width)
            _shot(browser, folder, page, width, height, picture.absolute(), dark=dark)
    except (subprocess.SubprocessError, ValueError) as error:
        return f"{Path(browser).name} took no picture: {type(error).__name__}"
    return "" if picture.exists() else f"{Path(browser).name} took no picture"


def _measured(browser: str, folder: str, page: str, width: int) -> int:
    told = _run(browser, folder, page, width, 100, "--dump-dom", "--virtual-time-budget=2000")
    found = _HEIGHT.search(told)
    if found is None:
        raise ValueError("the page has no height")
    return min(int(found[1]), HEIGHT_MAX)


def _shot(browser: str, folder: str, page: str, width: int, height: int, picture: Path, *, dark: bool) -> None:
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    size = f"--window-size={max(width, WINDOW_WIDTH_MIN)},{height}"
    _run(browser, folder, page, width, height, scheme, size, f"--screenshot={picture}")


def _run(browser: str, folder: str, page: str, width: int, height: int, *options: str) -> str:
    frame = Path(folder) / "frame.html"
    frame.write_text(_FRAME.format(width=width, height=height, page=escape(page)), "utf-8")
    usual = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", f"--user-data-dir={folder}/profile"]
    if os.geteuid() == 0:
        usual.append("--no-sandbox")  # Chromium refuses its sandbox to root; the page is our own and loads nothing
    command = [browser, *usual, *options, frame.as_uri()]
    done = subprocess.run(command, check=True, capture_output=True, timeout=SECONDS_MAX)
    return done.stdout.decode("utf-8", "replace")
