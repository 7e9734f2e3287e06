"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.traceability.ledger import views

app_name = "ledger"

urlpatterns = [
    path("events", views.events, name="events"),
    path("events/<uuid:uid>", views.event, name="event"),
    path("events/<uuid:uid>/reverse", views.reverse_event, name="reverse"),
    path("events/<uuid:uid>/undo", views.undo, name="undo"),
    path("lots/<uuid:uid>/where", views.where_panel, name="where"),
    path("lots/<uuid:uid>/timeline", views.timeline_panel, name="timeline"),
]
