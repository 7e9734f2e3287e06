"""What tests of the whole share: the demo book in a data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.demo_home import TODAY, lotbook


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which the command has loaded the demo; what it said is beside it.

    Loaded once for all workers; tests that write work in a copy.
    """
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        # The workers' folders lie in one: who comes first loads, the others wait and find it there.
        shared = shared.parent
    folder, said = shared / "demo-home", shared / "demo-home" / "said.json"
    with (shared / "demo-home.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            folder.mkdir(exist_ok=True)
            first = lotbook(folder, "demo", "--json", "--today", TODAY.isoformat())
            assert first.returncode == 0, first.stderr
            said.write_text(first.stdout)
    return folder
