"""Addresses of files. Pages of other rooms show a panel by the name of their thing (``panel_lot``)."""

from __future__ import annotations

from django.urls import path

from lotbook.foundation.documents import views
from lotbook.foundation.documents.apps import PAGES

app_name = "documents"

urlpatterns = [
    path("files/<uuid:uid>", views.download, name="download"),
    path("files/<uuid:uid>/preview", views.preview, name="preview"),
    path("files/<uuid:uid>/remove", views.remove, name="remove"),
    path("files/of/<str:kind>/<uuid:uid>", views.panel, name="panel"),
    path("files/of/<str:kind>/<uuid:uid>/add", views.upload, name="upload"),
    *(
        path(f"files/on/{page}/<uuid:uid>", views.panel, {"kind": kind}, name=f"panel_{page}")
        for page, kind in PAGES.items()
    ),
]
