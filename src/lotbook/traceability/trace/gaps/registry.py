"""Checks of other rooms: what data a lot must have is known where it is demanded.

A room above registers in its ``AppConfig.ready``: ``register("receiving.required", missing)``. The check is
given keys of lots that came in and answers which of them lack what: one statement or a few, however many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """A lot (its key) without something it must have, in words: "Country of origin"."""

    lot: int
    what: str


Check = Callable[[Sequence[int]], Iterable[Lack]]

_CHECKS: dict[str, Check] = {}


def register(name: str, check: Check) -> None:
    """Ask ``check`` for every lot that came in; another check of the same name is a bug."""
    if _CHECKS.setdefault(name, check) is not check:
        raise ValueError(f"there is a check {name!r} already")


def forget(name: str) -> None:
    """Take a check off again (tests)."""
    _CHECKS.pop(name, None)


def registered() -> Mapping[str, Check]:
    """Every check by name."""
    return _CHECKS
