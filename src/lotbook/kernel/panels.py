"""Several things on one page: rooms register panels on pages of other rooms, HTMX loads them.

A room above registers in its ``AppConfig.ready``: ``register("lot", Panel("trace", "Genealogy",
"trace:panel", "trace.view", 30))``. The page shows ``panels.on("lot", request)`` with the component
``web/components/panels.html``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from lotbook.kernel.permissions import PERMISSIONS, allowed


@dataclass(frozen=True, slots=True)
class Panel:
    """A piece of a page. ``url_name`` is reversed with the page's own keys (a lot's ``uid``, say)."""

    name: str
    title: str
    url_name: str
    permission: str
    order: int = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel as one page shows it: where HTMX gets it from."""

    name: str
    title: str
    url: str


_PANELS: dict[str, dict[str, Panel]] = {}


def register(page: str, panel: Panel) -> None:
    """Put ``panel`` on every page called ``page``; a second panel of the same name there is a bug."""
    if panel.permission not in PERMISSIONS:
        raise KeyError(f"panel {panel.name}: unknown permission {panel.permission!r}")
    known = _PANELS.setdefault(page, {}).setdefault(panel.name, panel)
    if known != panel:
        raise ValueError(f"page {page!r} has a panel {panel.name!r} already: {known.url_name}")


def on(page: str, request: HttpRequest, **keys: object) -> list[Shown]:
    """The panels of ``page`` the person may see, in order; ``keys`` go into their addresses."""
    panels = sorted(_PANELS.get(page, {}).values(), key=lambda panel: (panel.order, panel.title))
    return [
        Shown(panel.name, panel.title, reverse(panel.url_name, kwargs=dict(keys)))
        for panel in panels
        if allowed(request, panel.permission)
    ]


def registered() -> Mapping[str, Mapping[str, Panel]]:
    """Every panel by page and name, for tests and the overview of rooms."""
    return _PANELS
