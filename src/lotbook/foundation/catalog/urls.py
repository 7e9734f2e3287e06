"""Addresses of the pages about items."""

from __future__ import annotations

from django.urls import path

from lotbook.foundation.catalog import views

app_name = "catalog"

urlpatterns = [
    path("items", views.items, name="items"),
    path("items/new", views.create, name="create"),
    path("items/<uuid:uid>", views.item, name="item"),
    path("items/<uuid:uid>/edit", views.edit, name="edit"),
    path("items/<uuid:uid>/packagings", views.add_packaging, name="add_packaging"),
    path("items/<uuid:uid>/packagings/remove", views.remove_packaging, name="remove_packaging"),
    path("items/<uuid:uid>/conversions", views.set_conversion, name="set_conversion"),
    path("items/<uuid:uid>/conversions/remove", views.remove_conversion, name="remove_conversion"),
]
