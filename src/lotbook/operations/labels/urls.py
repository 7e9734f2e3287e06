"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.labels import views

app_name = "labels"

urlpatterns = [
    path("labels", views.jobs, name="jobs"),
    path("labels/jobs/<uuid:uid>", views.job, name="job"),
    path("labels/jobs/<uuid:uid>/pdf", views.file, name="file"),
    path("labels/jobs/<uuid:uid>/reprint", views.reprint, name="reprint"),
    path("labels/jobs/<uuid:uid>/cancel", views.cancel, name="cancel"),
    path("labels/jobs/<uuid:uid>/retry", views.retry, name="retry"),
    path("labels/files", views.files, name="files"),
    path("labels/commands", views.commands, name="commands"),
    path("labels/new-units", views.new_units, name="new_units"),
    path("labels/printers", views.printers, name="printers"),
    path("labels/printers/new", views.new_printer, name="new_printer"),
    path("labels/printers/<uuid:uid>", views.change_printer, name="change_printer"),
    path("labels/designs", views.designs, name="designs"),
    path("labels/designs/edit", views.design, name="design"),
    path("labels/designs/choose", views.choose, name="choose"),
    path("labels/print/<str:what>/<str:name>", views.print_page, name="print"),
    path("labels/preview/<str:what>/<str:name>", views.preview, name="preview"),
    path("lots/<uuid:uid>/labels", views.lot_panel, name="lot_panel"),
    path("items/<uuid:uid>/labels", views.item_panel, name="item_panel"),
    path("places/<uuid:uid>/labels", views.place_panel, name="place_panel"),
    path("units/<uuid:uid>/labels", views.unit_panel, name="unit_panel"),
]
