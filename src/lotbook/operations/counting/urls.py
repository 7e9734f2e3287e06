"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.counting import views

app_name = "counting"

urlpatterns = [
    path("counts", views.counts, name="counts"),
    path("counts/to-count", views.to_count, name="to_count"),
    path("counts/new", views.new, name="new"),
    path("counts/due", views.due, name="due"),
    path("counts/limits", views.limits, name="limits"),
    path("counts/<uuid:uid>", views.count, name="count"),
    path("counts/<uuid:uid>/places/<uuid:place>", views.sheet, name="sheet"),
    path("counts/<uuid:uid>/places/<uuid:place>/again", views.again, name="again"),
    path("counts/<uuid:uid>/paper", views.paper, name="paper"),
    path("counts/<uuid:uid>/import", views.import_file, name="import"),
    path("counts/<uuid:uid>/import/template", views.template, name="template"),
    path("counts/<uuid:uid>/skip", views.skip, name="skip"),
    path("counts/<uuid:uid>/settle", views.settle, name="settle"),
    path("counts/<uuid:uid>/recount", views.recount, name="recount"),
    path("counts/<uuid:uid>/cancel", views.cancel, name="cancel"),
]
