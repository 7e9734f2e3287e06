"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.receiving import views

app_name = "receiving"

urlpatterns = [
    path("receiving/new", views.new, name="new"),
    path("receiving/return", views.supplier_return, name="supplier_return"),
]
