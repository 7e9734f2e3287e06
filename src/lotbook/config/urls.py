"""Every address of the product: each room brings its own ``urls`` and is mounted here."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from lotbook.config.rooms import ROOMS

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(import_module(f"{room}.urls")))
    for room in reversed(ROOMS)
    if find_spec(f"{room}.urls") is not None
]

handler400 = "lotbook.config.errors.bad_request"
