"""Addresses of the pages about lots."""

from __future__ import annotations

from django.urls import path

from lotbook.traceability.lots import views

app_name = "lots"

urlpatterns = [
    path("lots", views.lots, name="list"),
    path("lots/<uuid:uid>", views.lot, name="lot"),
    path("lots/<uuid:uid>/edit", views.edit, name="edit"),
    path("items/<uuid:uid>/lots", views.of_item, name="of_item"),
    path("numbering", views.numbering, name="numbering"),
    path("numbering/new", views.create_rule, name="create_rule"),
    path("numbering/<int:key>", views.rule, name="rule"),
    path("numbering/<int:key>/edit", views.edit_rule, name="edit_rule"),
    path("numbering/<int:key>/sheet", views.sheet, name="sheet"),
]
