"""What every test may lean on: a database of its own, the browser, Hypothesis, the shared folder.

It stands at the root because the rooms keep their tests beside their code, under src/.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from tests import books

ROOT = Path(__file__).parent
LONG = os.environ.get("LOTBOOK_LONG") == "1"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# Looking for garbage as often as Python does takes a tenth of the run: tests hold hundreds of modules.
gc.set_threshold(50_000, 20, 50)

# Chromium looks up its maker's hosts at every start unless told not to.
CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# In CI the same commit gives the same examples: a red run is a fault of the change, not of the dice.
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, print_blob=True)
settings.register_profile("long", settings.get_profile("dev"), max_examples=1000, print_blob=True)
settings.load_profile("long" if LONG else "ci" if IN_CI else "dev")


# --- Which tests run ---------------------------------------------------------------------------------

ALL_ONCE = re.compile(r"^pytestmark = .*\bonce\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the modules that are `once` as a whole where those are left out."""
    if config.option.markexpr != "not once" or LONG or not collection_path.name.startswith("test_"):
        return None
    return True if ALL_ONCE.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep tests that share a module's fixture on one worker: it is made once, then."""
    found: dict[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    shared = [name for name, (*_, maker) in found.items() if maker.scope == "module" and maker.baseid]
    if shared:
        module = item.path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        item.add_marker(pytest.mark.xdist_group(f"{module}.{min(shared)}"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; skip, with the reason said, what this pass cannot run."""
    on_postgres = connections["default"].vendor == "postgresql"
    no_postgres = pytest.mark.skip(reason="needs PostgreSQL: python3 dev.py postgres -- .venv/bin/pytest …")
    not_long = pytest.mark.skip(reason="long: runs with make test-long")
    # What collecting made stays to the end: the collector need not look at it again.
    gc.freeze()
    # A long test that comes last keeps one worker busy while the other has nothing left to do.
    items.sort(key=lambda item: item.get_closest_marker("heavy") is None)
    for item in items:
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(no_postgres)
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(not_long)
        if item.get_closest_marker("browser"):
            # Playwright's event loop lives on in the process; Django would refuse every query beside it.
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Tell whether the full counts are asked for (`make test-long`)."""
    return LONG


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of reference material beside the checkout; skip where it is not there."""
    folder = Path(os.environ.get("LOTBOOK_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("the folder shared/ is not beside this checkout (set LOTBOOK_SHARED to it)")
    return folder


# --- Database ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Give each worker a copy of an empty book (tests/books.py), in place of pytest-django's own set-up.

    SQLite's is a file, not a `:memory:`: threads share it. No power cut is tested, so nothing waits for
    the disk; that the product does is for tests/faults/test_kill.py.
    """
    with django_db_blocker.unblock():
        connection = connections["default"]
        found, worker = connection.settings_dict, os.environ.get("PYTEST_XDIST_WORKER", "alone")
        url, name = os.environ.get("LOTBOOK_DATABASE_URL", ""), f"test_lotbook_{worker}"
        connection.close()
        if connection.vendor == "postgresql":
            books.create_database(url, name)
            found["NAME"] = name
            make_restorer = books.postgres_restorer
        else:
            found["NAME"] = str(books.new_home(tmp_path_factory.mktemp("book")) / "lotbook.sqlite3")
            options = found["OPTIONS"]
            options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
            make_restorer = books.sqlite_restorer
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
        restore = make_restorer(connection)
        with pytest.MonkeyPatch.context() as patch:
            # Django's own would empty all of a hundred tables, and be refused by the ledger's triggers.
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: restore())
            yield
        connections.close_all()
        if connection.vendor == "postgresql":
            books.drop_database(url, name)


# --- Browser -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start Debian's Chromium, quietly; Playwright's own browser downloads are not used."""
    chromium = os.environ.get("LOTBOOK_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        problem = "Chromium is missing: apt-get install --no-install-recommends chromium"
        pytest.fail(problem) if IN_CI else pytest.skip(problem)
    flags = [*CHROMIUM_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else CHROMIUM_FLAGS
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags}


@pytest.fixture(scope="session")
def axe() -> str:
    """Give axe-core's source: `page.evaluate(axe)`, then `axe.run()` tells a page's accessibility faults."""
    script = ROOT / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        pytest.fail("axe-core is missing: python3 dev.py setup")
    return script.read_text(encoding="utf-8")
