"""Addresses of the pages that belong to no room."""

from __future__ import annotations

from django.urls import path

from lotbook.interfaces.web import views

app_name = "web"

urlpatterns = [
    path("", views.today, name="today"),
    path("search", views.search, name="search"),
    path("filters", views.filters, name="filters"),
    path("filters/save", views.save_filter, name="save_filter"),
    path("filters/<uuid:uid>/delete", views.delete_filter, name="delete_filter"),
    path("style", views.style, name="style"),
]
