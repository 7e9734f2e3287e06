"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.production import views

app_name = "production"

urlpatterns = [
    path("production", views.runs, name="runs"),
    path("production/start", views.start, name="start"),
    path("production/record", views.record, name="record"),
    path("production/<uuid:uid>", views.run, name="run"),
    path("production/<uuid:uid>/consume", views.consume, name="consume"),
    path("production/<uuid:uid>/produce", views.produce, name="produce"),
    path("production/<uuid:uid>/lose", views.lose, name="lose"),
    path("production/<uuid:uid>/unused", views.return_unused, name="unused"),
    path("production/<uuid:uid>/close", views.close, name="close"),
]
