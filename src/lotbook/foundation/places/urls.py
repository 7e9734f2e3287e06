"""Addresses of the pages about places."""

from __future__ import annotations

from django.urls import path

from lotbook.foundation.places import views

app_name = "places"

urlpatterns = [
    path("places", views.places, name="places"),
    path("places/suggest", views.suggest, name="suggest"),
    path("places/new", views.create, name="create"),
    path("places/<uuid:uid>", views.place, name="place"),
    path("places/<uuid:uid>/edit", views.edit, name="edit"),
]
