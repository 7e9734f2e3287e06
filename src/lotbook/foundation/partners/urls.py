"""Addresses of the pages about partners."""

from __future__ import annotations

from django.urls import path

from lotbook.foundation.partners import views

app_name = "partners"

urlpatterns = [
    path("partners", views.partners, name="partners"),
    path("partners/new", views.create, name="create"),
    path("partners/ours", views.own_locations, name="own_locations"),
    path("partners/ours/new", views.add_own_location, name="add_own_location"),
    path("partners/<uuid:uid>", views.partner, name="partner"),
    path("partners/<uuid:uid>/edit", views.edit, name="edit"),
    path("partners/<uuid:uid>/locations/new", views.add_location, name="add_location"),
    path("locations/<uuid:uid>/edit", views.edit_location, name="edit_location"),
]
