"""The guides are true: what they name is there, and what they show is what Lotbook answers now."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image
from tools.guides import book

from lotbook.config.main import parser
from tests.demo_home import TODAY

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\s*(?:\$ )?(?:\.venv/bin/)?lotbook (.*)$")
CALL = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[a-z0-9/{}_.-]+)")
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


def commands() -> list[tuple[str, str]]:
    """Page and words of every ``lotbook`` command that stands in a block of code."""
    found = []
    for page in PAGES:
        for block in CODE.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = COMMAND.match(line)
                # What stands for something else (…) is not a command to type.
                if words and not set(words[1]) & set("…|<[{"):
                    found.append((page.name, words[1].strip()))
    return found


@pytest.mark.parametrize(("page", "command"), commands())
def test_commands_shown_anywhere_are_commands(page: str, command: str) -> None:
    """The words and options are those of the command line, whichever files they name."""
    parser().parse_args(shlex.split(command, comments=True))


def test_calls_shown_anywhere_are_calls() -> None:
    reverse("web:today")  # loads every room, and with it its calls
    from lotbook.interfaces.api.app import api

    there = {
        (method.upper(), re.sub(r"{[^}]*}", "…", path))
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method in methods
    }
    assert len(there) > 100
    gone = [
        f"{page.name}: {method} {path}"
        for page in PAGES
        for method, path in CALL.findall(page.read_text(encoding="utf-8"))
        if not path.startswith("/epcis") and (method, _pattern(path)) not in there
    ]
    assert gone == []


def _pattern(path: str) -> str:
    path = path.rstrip(".")
    whole = path if path.startswith("/api/") else f"/api/v1{path}"
    return re.sub(r"{[^}]*}|[0-9a-f]{8}-[0-9a-f-]{27}", "…", whole)


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
    assert 2 <= prose.count("![") <= 6
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
