"""Addresses of the pages that belong to no room."""

from __future__ import annotations

from django.urls import path

from lotbook.interfaces.web import views

app_name = "web"

urlpatterns = [
    path("", views.today, name="today"),
    path("search", views.search, name="search"),
    path("style", views.style, name="style"),
]
