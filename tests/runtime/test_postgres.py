"""On PostgreSQL the pages may be served alone, beside a daemon (REL-10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli import strangers
from tests.process import environment, syncd
from tests.runtime.daemons import DaemonProcess, get
from tests.store.postgres import new_database, server

pytestmark = pytest.mark.slow


def test_pages_are_served_alone_beside_a_daemon(tmp_path: Path) -> None:
    env = environment(strangers.install(tmp_path / "site"))
    config = strangers.desk(tmp_path / "desk")
    with server() as url:
        address = new_database(url)
        config.write_text(config.read_text() + f'\n[store]\nurl = "{address}"\n\n[web]\nport = 0\n')
        early = syncd("run", "-c", config, cwd=tmp_path, env=env)
        assert early.code == 3
        assert "syncd migrate" in early.err
        assert syncd("migrate", "-c", config, cwd=tmp_path, env=env).code == 0
        with DaemonProcess(tmp_path / "desk", env, "run", "-c", config) as daemon:
            daemon.ready()
            with DaemonProcess(tmp_path / "site", env, "web", "-c", config) as pages:
                assert get(pages.ready(), "/book")[0] == 200
                assert pages.stop() == 0
            assert daemon.stop() == 0
