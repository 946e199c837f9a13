"""`python -m tests.messages.refresh`: inline the template's styles, and write the golden mails as they now are.

Look at the difference before it is committed: the golden mails are what was found good. With `--pictures`, the pictures
of docs/mails.md are taken too (needs chromium).
"""

from __future__ import annotations

import sys
from pathlib import Path

from syncd.runtime.picture import photograph
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
    """A letter by day on a wide screen, and one by night in a narrow window."""
    from syncd.messages import customer
    from tests.messages import samples

    german = samples.after_attendee(locale="de", zone="Europe/Berlin")
    shown = [
        ("invitation", samples.customer_mails()["invitation"], 660, False),
        ("update-de", samples.customer_mails(german)["update-by-staff"], 500, True),
    ]
    for name, mail, width, dark in shown:
        page = customer.render(mail, samples.LINKS, samples.DESK).html
        why = photograph(page, ROOT / "docs" / "pictures" / f"{name}.png", width=width, dark=dark)
        if why:
            raise SystemExit(why)


if __name__ == "__main__":
    main()
    if "--pictures" in sys.argv:
        pictures()
