"""The guides are true: what they name is there, and what they show is what Lotbook answers now."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from tools.guides import book

from tests.demo_home import TODAY

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
WORDS_MAX = 750
"""What fits two pages beside three pictures."""


def test_the_guides_say_what_is_so(home: Path, tmp_path: Path) -> None:
    """Every address, every word to click, every command and call, in a copy of the demo."""
    copy = book.copy(home, tmp_path / "demo")
    checked = subprocess.run(
        [sys.executable, "-m", "tools.guides", "check", str(copy)],
        env=book.surroundings(copy) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    remedy = "If the product is right: .venv/bin/python -m tools.guides"
    assert checked.returncode == 0, f"{checked.stdout}\n{checked.stderr}\n{remedy}"


def test_the_guides_are_set_on_the_day_of_the_demo() -> None:
    assert book.DAY == TODAY
    assert (DOCS / "guides" / "README.md").read_text(encoding="utf-8").count(TODAY.isoformat()) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_are_there(page: Path) -> None:
    gone = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert gone == []


def test_every_picture_is_used_and_small() -> None:
    used = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
    }
    pictures = [*(DOCS / "guides" / "images").iterdir(), *(DOCS / "images").iterdir()]
    assert [one.name for one in pictures if one.resolve() not in used] == []
    sizes = {one.name: one.stat().st_size for one in pictures}
    assert {name: size for name, size in sizes.items() if size > 120_000} == {}
    assert sum(sizes.values()) < 2_500_000
    shapes = {one.name: Image.open(one).size for one in pictures}
    assert {name: shape for name, shape in shapes.items() if shape != (1280, 800)} == {}


@pytest.mark.parametrize("name", book.ROLES)
def test_a_guide_is_short_and_has_pictures(name: str) -> None:
    text = (DOCS / "guides" / f"{name}.md").read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert len(prose.split()) < WORDS_MAX
    assert 2 <= prose.count("![") <= 4
    assert "```console" in text
    assert "```http" in text


def test_a_guide_that_is_not_so_is_found(home: Path, tmp_path: Path) -> None:
    """A word, an address and an answer that are wrong are each named."""
    copy = book.copy(home, tmp_path / "demo")
    tree = tmp_path / "tree"
    shutil.copytree(ROOT / "tools", tree / "tools")
    shutil.copytree(DOCS / "guides", tree / "docs" / "guides")
    guide = tree / "docs" / "guides" / "manager.md"
    text = guide.read_text(encoding="utf-8")
    text = text.replace("**Approve**", "**Approve it all**", 1).replace("`/adjustments`", "`/adjustment`", 1)
    guide.write_text(text.replace("0 expired", "7 expired", 1), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "tools.guides", "check", str(copy)],
        env=book.surroundings(copy) | {"PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tree, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert checked.returncode == 1
    for words in ("**Approve it all**", "/adjustment answers anna with 404", "7 expired"):
        assert words in checked.stdout
