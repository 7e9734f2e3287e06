"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.shipping import views

app_name = "shipping"

urlpatterns = [
    path("shipping/new", views.new, name="new"),
    path("shipping/return", views.take_back, name="return"),
]
