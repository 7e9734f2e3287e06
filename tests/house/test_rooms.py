"""The rooms keep the plan of the house: keys point down, files bear the agreed names, docs name what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, OneToOneField

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src/lotbook"

# From the ground up, as in the design; the contracts of import-linter say the same of imports.
FLOORS = ["kernel", "foundation", "traceability", "operations", "insights", "interfaces", "config"]
GROUPED = {"foundation", "traceability", "operations", "insights", "interfaces"}


def floor_of(module: str) -> int | None:
    """The floor a module of ours stands on; None for a module that is not ours."""
    parts = module.split(".")
    return FLOORS.index(parts[1]) if parts[0] == "lotbook" and parts[1] in FLOORS else None


def room_of(module: str) -> str:
    """The room of a module: `lotbook.operations.shipping.models` is in `operations.shipping`."""
    parts = module.split(".")[1:]
    return ".".join(parts[:2]) if parts[0] in GROUPED else parts[0]


def relations() -> list[tuple[str, str, str, str]]:
    """(field, module it stands in, module it points at, its related_name) of every relation of ours."""
    found = []
    for model in apps.get_models(include_auto_created=False):
        if floor_of(model.__module__) is None or hasattr(model, "instance_type"):  # not ours, or a history
            continue
        for field in model._meta.local_fields + model._meta.local_many_to_many:
            if isinstance(field, ForeignKey | OneToOneField | ManyToManyField):
                name = f"{model._meta.label}.{field.name}"
                target = field.related_model
                assert isinstance(target, type)
                found.append(
                    (name, model.__module__, target.__module__, str(field.remote_field.related_name))
                )
    return found


def test_foreign_keys_point_down() -> None:
    upwards = []
    for name, here, there, _ in relations():
        floor, target = floor_of(here), floor_of(there)
        if floor is not None and target is not None and target > floor:
            upwards.append(f"{name} points up at {there}")
    assert len(relations()) > 10
    assert upwards == []


def test_foreign_keys_across_rooms_leave_no_name_behind() -> None:
    named = [
        f"{name}: related_name={related!r}, expected '+'"
        for name, here, there, related in relations()
        if floor_of(there) is not None and room_of(here) != room_of(there) and not related.endswith("+")
    ]
    assert named == []


def test_no_module_is_a_catch_all() -> None:
    catch_all = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "lib"}
    assert [str(path.relative_to(ROOT)) for path in HOUSE.rglob("*") if path.stem in catch_all] == []


def test_every_room_on_disk_is_open_or_has_no_models() -> None:
    opened = {config.name for config in apps.get_app_configs()}
    closed = []
    for floor in sorted(GROUPED):
        for models in sorted((HOUSE / floor).glob("*/models*")):
            room = f"lotbook.{floor}.{models.parent.name}"
            if room not in opened:
                closed.append(room)
    assert closed == []


TEMPLATES = sorted(HOUSE.rglob("templates/**/*.html"))

# What a strict Content-Security-Policy would stop in the browser, silently for whoever wrote it.
FORBIDDEN_IN_PAGES = {
    "an inline script": re.compile(
        r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>", re.IGNORECASE
    ),
    "an inline event handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an htmx handler that needs eval": re.compile(
        r"\s(?:hx-on[:\w-]*\s*=|hx-(?:vals|headers)\s*=\s*[\"']\s*js:)"
    ),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=\s*[\"']", re.IGNORECASE),
    "a file of another host": re.compile(
        r"<(?:script|link|img)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//"
    ),
}


def test_pages_hold_nothing_the_content_security_policy_forbids() -> None:
    faults = []
    for path in TEMPLATES:
        text = re.sub(
            r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", "", path.read_text(), flags=re.DOTALL
        )
        for what, pattern in FORBIDDEN_IN_PAGES.items():
            faults += [
                f"{path.relative_to(ROOT)}: {what}: {hit.group()[:60]}" for hit in pattern.finditer(text)
            ]
    assert faults == []


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("<script>go()</script>", "an inline script"),
        ('<a onclick="go()">', "an inline event handler"),
        ('<a hx-on:click="go()">', "an htmx handler that needs eval"),
        ("<a hx-vals='js:{a: 1}'>", "an htmx handler that needs eval"),
        ("<style>", "a style element"),
        ('<p style="color: red">', "a style attribute"),
        ('<script src="https://cdn.example/x.js"></script>', "a file of another host"),
        ('<script type="module" src="{% static "lotbook/app.js" %}"></script>', None),
        ('<script id="graph" type="application/json">{}</script>', None),
        ("<input data-condition='a=\"b\"'>", None),
    ],
)
def test_the_search_in_pages_sees_what_it_looks_for(page: str, what: str | None) -> None:
    found = {name for name, pattern in FORBIDDEN_IN_PAGES.items() if pattern.search(page)}
    assert found == ({what} if what else set())


LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)")


def test_documents_link_to_what_is_there() -> None:
    dead = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        targets = LINK.findall(path.read_text(encoding="utf-8"))
        dead += [
            f"{path.relative_to(ROOT)} → {link}" for link in targets if not (path.parent / link).exists()
        ]
    assert dead == []


def test_documents_name_rooms_that_are_there() -> None:
    described = [path.stem for path in sorted((ROOT / "docs/rooms").glob("*.md"))]
    rooms = {path.parent.name for path in HOUSE.rglob("__init__.py")}
    assert [name for name in described if name not in rooms and name.lower() not in {"index", "readme"}] == []
