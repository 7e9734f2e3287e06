"""The demo book in a data folder (fixture ``home``): its day, and the command that looks at it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

TODAY = date(2026, 11, 22)
"""The day of the demo in tests, and of the guides (tools/guides)."""


def lotbook(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a data folder of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "LOTBOOK_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-m", "lotbook", *arguments],
        env={**environment, "LOTBOOK_HOME": str(home)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
