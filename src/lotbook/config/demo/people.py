"""Who works in the demo company, one person per role, and the password of this very demo book."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from lotbook.config.home import make_home

FILE = "demo-password"
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who logs in."""

    username: str
    first_name: str
    last_name: str
    role: str


PEOPLE = (
    Person("anna", "Anna", "Thorne", "manager"),
    Person("quinn", "Quinn", "Abara", "quality"),
    Person("otto", "Otto", "Lindqvist", "operator"),
    Person("rita", "Rita", "Moreno", "receiver"),
    Person("paul", "Paul", "Okafor", "production"),
    Person("sven", "Sven", "Dahl", "shipper"),
    Person("petra", "Petra", "Novak", "planner"),
    Person("ines", "Ines", "Costa", "integrator"),
    Person("audrey", "Audrey", "Bell", "auditor"),
    Person("ada", "Ada", "Whitfield", "administrator"),
)


def new_password() -> str:
    """A password people can read out and type: five groups of two syllables, 61 bits."""
    return "-".join("".join(secrets.choice(SYLLABLES) for _ in range(2)) for _ in range(5))


def kept_password() -> str | None:
    """The password of this demo book, where its folder still has it."""
    path = make_home() / FILE
    return path.read_text(encoding="ascii").strip() or None if path.exists() else None


def keep_password(password: str) -> Path:
    """Keep the password in the demo's folder, for its owner's eyes only."""
    path = make_home() / FILE
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="ascii")
    return path
