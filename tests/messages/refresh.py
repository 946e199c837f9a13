"""`python -m tests.messages.refresh`: inline the template's styles, and write the golden mails as they now are.

Look at the difference before it is committed: the golden mails are what was found good. With `--pictures`, the pictures
of docs/mails.md are taken too (needs chromium).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.messages.inlining import inlined

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "syncd" / "messages" / "templates"


def template() -> str:
    source = TEMPLATES / "source"
    return inlined((source / "mail.html").read_text("utf-8"), (source / "mail.css").read_text("utf-8"))


def main() -> None:
    (TEMPLATES / "mail.html").write_text(template(), "utf-8")
    from tests.messages.golden import GOLDEN, everything

    wanted = dict(everything())
    for old in GOLDEN.glob("*/*"):
        if f"{old.parent.name}/{old.name}" not in wanted:
            old.unlink()
    for name, content in wanted.items():
        (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_bytes(content)


def pictures() -> None:
    """A letter by day on a wide screen, and one by night on a telephone."""
    from syncd.messages import customer
    from tests.messages import samples

    wide = samples.customer_mails()["invitation"]
    narrow = samples.customer_mails(samples.after_attendee(locale="de", zone="Europe/Berlin"))["update-by-staff"]
    for name, mail, width, height, dark in (("invitation", wide, 680, 1500, 0), ("update-de", narrow, 390, 1000, 1)):
        page = customer.render(mail, samples.LINKS, samples.DESK).html
        _photograph(page, ROOT / "docs" / "pictures" / f"{name}.png", width, height, dark=bool(dark))


def _photograph(page: str, picture: Path, width: int, height: int, *, dark: bool) -> None:
    """In a frame of that width: a window of chromium is never narrower than 500."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "mail.html").write_text(page, "utf-8")
        frame = (
            f"<body style='margin:0'><iframe src=mail.html style='border:0;width:{width}px;height:{height}px'></iframe>"
        )
        (Path(folder) / "frame.html").write_text(frame, "utf-8")
        options = [
            "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}", f"--window-size={width},{height}",
            f"--screenshot={picture}", f"file://{folder}/frame.html",
        ]  # fmt: skip
        subprocess.run(["chromium", *options], check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
    if "--pictures" in sys.argv:
        pictures()
