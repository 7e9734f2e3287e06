"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.quality import views

app_name = "quality"

urlpatterns = [
    path("quality/holds", views.holds, name="holds"),
    path("quality/hold", views.hold, name="hold"),
    path("quality/release", views.release, name="release"),
    path("lots/<uuid:uid>/holds", views.lot_panel, name="lot_panel"),
]
