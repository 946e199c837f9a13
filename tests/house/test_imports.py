"""A daemon imports what it is configured for, and no stranger (performance.md 3; design: imported only when used)."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from tests.cli import strangers
from tests.process import environment

STRANGERS = (
    "exchangelib",
    "googleapiclient",
    "google",
    "msal",
    "imap_tools",
    "stripe",
    "twilio",
    "psycopg",
    "procrastinate",
    "radicale",
    "aiosmtpd",
    "connectors.smtp.client",
    "connectors.directory",
)
PAGES = ("fastapi", "starlette", "uvicorn")

ASSEMBLE = """
import sys
from pathlib import Path
from syncd.runtime.configuration import read_configuration
from syncd.runtime.bootstrap import make_ready, open_system
from syncd.runtime import daemon, running
configuration = read_configuration(Path(sys.argv[1]), {})
make_ready(configuration)
open_system(configuration, lambda *_: None).close()
print("\\n".join(sys.modules))
"""


def test_a_caldav_daemon_without_pages_imports_no_stranger(tmp_path: Path) -> None:
    strangers.install(tmp_path / "site")
    config = strangers.desk(tmp_path / "desk")
    done = subprocess.run(
        [sys.executable, "-c", ASSEMBLE, str(config)],
        env=environment(tmp_path / "site"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = set(done.stdout.split())
    assert "caldav" in imported
    assert {name for name in (*STRANGERS, *PAGES) if name in imported} == set()


def test_no_manifest_is_named_like_a_module_beside_it() -> None:
    """Importing the module would put it where the manifest was: whether a kind exists must not hang on the order."""
    offered = entry_points(group="syncd.connectors")
    assert offered
    assert [entry.name for entry in offered if find_spec(f"{entry.module}.{entry.attr}")] == []
