"""C7: a browser that opens every link of every mail, runs its scripts, looks at all of it, and presses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.serving import served
from tests.browser.visitor import Street
from tests.web.house import open_house
from tests.web.scanners import contents, eventful, links

pytestmark = pytest.mark.slow

LOOK = """
for (const each of document.querySelectorAll("a, button, input, select, textarea, summary")) {
  each.scrollIntoView();
  each.focus();
  for (const name of ["pointerenter", "mouseover", "mousemove", "touchstart"]) {
    each.dispatchEvent(new Event(name, { bubbles: true }));
  }
}
"""


def test_a_browser_that_runs_scripts_and_submits_nothing_changes_nothing(
    known_database: Path, tmp_path: Path, chromium: Browser
) -> None:
    own = Path(shutil.copy(known_database, tmp_path / "syncd.db"))
    with open_house(own) as house, served(house.app) as base:
        eventful(house)
        paths, before = links(house), contents(own)
        visitor = Street(house, base, chromium).visitor()
        asked: list[str] = []
        visitor.page.on("request", lambda request: asked.append(request.method))
        for path in paths:
            visitor.open(path)
            visitor.page.evaluate(LOOK)
            visitor.page.wait_for_load_state("networkidle")
        visitor.context.close()
        assert len(asked) > len(paths)
        assert set(asked) == {"GET"}
        assert contents(own) == before
        assert visitor.complaints == []
