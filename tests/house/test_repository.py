"""The repository keeps its promises: nothing of one machine in it, every package pinned by hash."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]

# Written in pieces, so that this file does not contain what it looks for.
REGISTRY_HOSTS = [
    "pypi" + ".org",
    "files.python" + "hosted.org",
    "registry." + "npmjs.org",
    "registry." + "yarnpkg.com",
    "deb." + "debian.org",
]
PRIVATE_FOLDERS = "|".join(["root", "work", "home", "opt/" + "pypi", "opt/" + "wheels"])
MACHINE_PATH = re.compile(rf"(?<![\w.])/(?:{PRIVATE_FOLDERS})/[\w.]")
TEXT_SUFFIXES = {
    "",
    ".css",
    ".html",
    ".in",
    ".js",
    ".json",
    ".md",
    ".mts",
    ".py",
    ".sql",
    ".toml",
    ".ts",
    ".txt",
    ".yml",
}


def committed_files() -> list[Path]:
    """Everything git holds or would hold, as it is in the work tree."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout: there is no list of committed files")
    return [path for name in listing.stdout.splitlines() if (path := ROOT / name).is_file()]


def test_no_registry_host_and_no_path_of_one_machine_is_committed() -> None:
    faults = []
    for path in committed_files():
        if path.suffix not in TEXT_SUFFIXES:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if any(host in line for host in REGISTRY_HOSTS) or MACHINE_PATH.search(line):
                faults.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert faults == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("cp /" + "root/.venv/bin/x", True),
        ("see /" + "work/main", True),
        ("location = /" + "home/anna", True),
        ("https://example.org/" + "work/list", False),
        ("/" + "workorders/12", False),
    ],
)
def test_the_search_for_machine_paths_sees_them(line: str, found: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) is found


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_every_pinned_package_has_a_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    pins = [block for block in blocks if re.match(r"[a-z0-9][\w.\-]*==", block)]
    assert len(pins) >= 5
    assert [pin.split("==")[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert "index-url" not in text
    assert "find-links" not in text


def test_the_requirements_of_dev_agree_with_those_of_run() -> None:
    pins = {}
    for name in ("run", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        pins[name] = set(re.findall(r"^([a-z0-9][\w.\-]*==\S+)", text, re.MULTILINE))
    assert pins["run"] - pins["dev"] == set()


def test_the_package_asks_for_what_run_in_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements/run.in").read_text().splitlines()
    assert project["dependencies"] == [line for line in lines if line and not line.startswith("#")]


def test_the_lock_file_of_the_front_end_pins_by_hash_and_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    third_party = {name: entry for name, entry in packages.items() if name}
    assert len(third_party) > 10
    assert [name for name, entry in third_party.items() if "integrity" not in entry] == []
    assert [name for name, entry in third_party.items() if "resolved" in entry] == []


def test_the_import_contracts_cover_every_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(contract for contract in contracts if contract["id"] == "floors")
    named = set(re.findall(r"\w+", " ".join(floors["layers"])))
    opened = {path.parent.name for path in (ROOT / "src/lotbook").glob("*/__init__.py")}
    assert opened - named == set()
