"""What every test may lean on: a database of its own, the browser, Hypothesis, the shared folder.

It stands at the root because the rooms keep their tests beside their code, under src/.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent
LONG = os.environ.get("LOTBOOK_LONG") == "1"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason said, what this pass cannot run."""
    on_postgres = connections["default"].vendor == "postgresql"
    no_postgres = pytest.mark.skip(reason="needs PostgreSQL: python3 dev.py postgres -- .venv/bin/pytest …")
    not_long = pytest.mark.skip(reason="long: runs with make test-long")
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
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test book in a file, one per worker: threads share a file, not a `:memory:`."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("book") / "book.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_triggers() -> Iterator[None]:
    """Let Django empty the tables between transactional tests.

    The ledger's triggers refuse DELETE and TRUNCATE, from Django's own clean-up too. They step aside for
    that clean-up and no longer; in the tests themselves they stand. The class is patched, not the one
    object: Playwright's event loop gives the same thread a second connection.
    """
    connection = connections["default"]
    wrap = {"sqlite": _without_sqlite_triggers, "postgresql": _without_postgres_triggers}[connection.vendor]
    operations = type(connection.ops)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", wrap(operations.sql_flush))
        yield


Flush = Callable[..., list[str]]


def _without_sqlite_triggers(original: Flush) -> Flush:
    def sql_flush(self: BaseDatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        statements = original(self, *args, **kwargs)
        if not statements:
            return []
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        return [f'DROP TRIGGER "{name}"' for name, _ in triggers] + statements + [sql for _, sql in triggers]

    return sql_flush


def _without_postgres_triggers(original: Flush) -> Flush:
    def sql_flush(self: BaseDatabaseOperations, *args: Any, **kwargs: Any) -> list[str]:
        statements = original(self, *args, **kwargs)
        # The flush runs in one transaction, and SET LOCAL ends with it.
        return ["SET LOCAL session_replication_role = replica", *statements] if statements else []

    return sql_flush


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
