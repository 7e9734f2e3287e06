"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.traceability.allocation import views

app_name = "allocation"

urlpatterns = [path("lots/<uuid:uid>/reserved", views.reserved_panel, name="reserved")]
