"""Addresses of the pages of the opening stock."""

from __future__ import annotations

from django.urls import path

from lotbook.interfaces.onboarding import views

app_name = "onboarding"

urlpatterns = [
    path("import/opening-stock", views.opening, name="opening"),
    path("import/opening-stock/template", views.template, name="template"),
    path("import/opening-stock/<uuid:uid>", views.preview, name="preview"),
    path("import/opening-stock/<uuid:uid>/confirm", views.confirm, name="confirm"),
    path("import/opening-stock/<uuid:uid>/faults", views.faults, name="faults"),
]
