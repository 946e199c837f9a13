"""`python -m tests.messages.refresh`: inline the template's styles, and write the golden mails as they now are.

Look at the difference before it is committed: the golden mails are what was found good.
"""

from __future__ import annotations

from pathlib import Path

from tests.messages.inlining import inlined

TEMPLATES = Path(__file__).parents[2] / "syncd" / "messages" / "templates"


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


if __name__ == "__main__":
    main()
