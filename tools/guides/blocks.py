"""Commands and API calls printed in the guides: run in their order, and answered as they answer now.

A command stands in a ``console`` block behind ``$``; what it prints stands below. A last line of ``…`` says
that only the beginning is shown. A call stands in an ``http`` block, its answer in the ``json`` block after
it: the members shown there are those that count, and ``…`` is anything, as in docs/api.md.
"""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(console|http|json)(?: (\d+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CUT = "…"


@dataclass(slots=True)
class Guide:
    """A page and who works by it."""

    path: Path
    person: str

    def text(self) -> str:
        """What stands in it."""
        return self.path.read_text(encoding="utf-8")


def answered(guide: Guide) -> str:
    """The guide's text with every answer as the open book gives it now."""
    text, made, done = guide.text(), [], 0
    call = ""
    for found in BLOCK.finditer(text):
        language, _, body = found.groups()
        made.append(text[done : found.start()])
        if language == "console":
            made.append("\n".join(["```console", *_console(body), "```"]))
        elif language == "http":
            call = body
            made.append(found.group())
        else:
            status, answer = _called(guide.person, call, json.loads(body))
            made.append(f"```json {status}\n{answer}\n```")
        done = found.end()
    return "".join([*made, text[done:]])


def _console(body: str) -> Iterator[str]:
    """The lines of a console block, each command with what it prints now."""
    lines = body.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start]
        said = run(lines[start][2:])
        shown = lines[start + 1 : end]
        if shown and shown[-1] == CUT:
            said = [*said[: max(1, len(shown) - 1)], CUT]
        yield from said


def run(command: str) -> list[str]:
    """What a ``lotbook`` command prints about the open book, line by line."""
    from lotbook.config import main

    name, *arguments = shlex.split(command)
    if name != "lotbook":
        raise SystemExit(f"the guides show lotbook commands only, not {command!r}")
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        main.main(arguments)
    return [line.rstrip() for line in said.getvalue().strip("\n").splitlines()]


def _called(person: str, call: str, shown: Any) -> tuple[int, str]:
    """Status and answer of a call, of the answer what is shown."""
    from django.test import Client

    from lotbook.foundation.accounts.models import User

    head, _, body = call.partition("\n\n")
    method, path = head.strip().split(" ", 1)
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=person))
    answer = client.generic(method, path, body.strip(), content_type="application/json")
    return answer.status_code, _json(_like(shown, answer.json()))


def _like(shown: Any, got: Any) -> Any:
    if shown == CUT:
        return CUT
    if isinstance(shown, dict) and isinstance(got, dict):
        return {name: _like(value, got[name]) for name, value in shown.items() if name in got} or got
    if isinstance(shown, list) and isinstance(got, list) and shown:
        # One element shows what matters of each; as many as are shown.
        pattern = [*shown, *[shown[-1]] * len(got)]
        return [_like(one, other) for one, other in zip(pattern, got[: len(shown)], strict=False)]
    return got


def _json(answer: Any) -> str:
    short = json.dumps(answer, ensure_ascii=False)
    return short if len(short) < 100 else json.dumps(answer, ensure_ascii=False, indent=2)
