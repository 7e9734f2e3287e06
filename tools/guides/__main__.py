"""``python -m tools.guides``: make all of it. ``check HOME``: say what is not so. See the package."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import datetime, time
from difflib import unified_diff
from pathlib import Path

from tools.guides import blocks, book, crawl, days


def main(arguments: list[str]) -> int:
    """Make, or one of the steps of it in a process of its own: each has a book of its own."""
    if not arguments:
        return make()
    step, home = arguments[0], Path(arguments[1])
    book.open_here(home)
    from lotbook.kernel import clock

    if step == "walk":
        days.walk(home)
        return 0
    with clock.standing(datetime.combine(book.DAY, time(9), book.ZONE)):
        return answer() if step == "answer" else check()


def make() -> int:
    """Answers from one copy of the demo, pictures from another."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "demo"
        book.load(home)
        for step in ("answer", "walk"):
            copy = book.copy(home, Path(folder) / step)
            command = [sys.executable, "-m", "tools.guides", step, str(copy)]
            subprocess.run(command, env=book.surroundings(copy), check=True, cwd=book.ROOT)
    return 0


def guides() -> list[blocks.Guide]:
    """The guides in the order in which their days are told."""
    return [blocks.Guide(book.GUIDES / f"{name}.md", person) for name, person in book.ROLES.items()]


def answer() -> int:
    """Write into the guides what their commands and calls answer."""
    for guide in guides():
        text = blocks.answered(guide)
        if text != guide.text():
            guide.path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{guide.path.name}: answers changed\n")
    return 0


def check() -> int:
    """Say what of the guides is not so: first what they name, then what their commands answer."""
    said = [fault for guide in guides() for fault in crawl.faults(guide)]
    for guide in guides():
        now = blocks.answered(guide).splitlines()
        said += unified_diff(guide.text().splitlines(), now, guide.path.name, "now", lineterm="", n=0)
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
