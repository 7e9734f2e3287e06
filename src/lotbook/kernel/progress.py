"""Progress of long work at the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Told = Callable[[str, int, int], None]
"""Called with the step, how much of it is done, and of how much."""


@contextmanager
def bar(title: str) -> Iterator[Told]:
    """A progress bar on standard error, gone when the work is done."""
    columns = (TextColumn(title), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def told(step: str, done: int, total: int) -> None:
            progress.update(task, description=step, completed=done, total=total)

        yield told
