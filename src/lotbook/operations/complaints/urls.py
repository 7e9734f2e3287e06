"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.complaints.views import pages, panels

app_name = "complaints"

urlpatterns = [
    path("complaints", pages.complaints, name="complaints"),
    path("complaints/new", pages.new, name="new"),
    path("complaints/today", panels.today, name="today"),
    path("complaints/cause", pages.cause, name="cause"),
    path("complaints/import", pages.import_file, name="import"),
    path("complaints/import/template", pages.template, name="template"),
    path("complaints/<uuid:uid>", pages.complaint, name="complaint"),
    path("complaints/<uuid:uid>/change", pages.change, name="change"),
    path("complaints/<uuid:uid>/investigate", pages.investigate, name="investigate"),
    path("complaints/<uuid:uid>/lot", pages.choose_lot, name="lot"),
    path("complaints/<uuid:uid>/shipments", pages.link_shipments, name="shipments"),
    path("complaints/<uuid:uid>/close", pages.close, name="close"),
    path("complaints/<uuid:uid>/reopen", pages.reopen, name="reopen"),
    path("complaints/<uuid:uid>/contact", pages.contact, name="contact"),
    path("complaints/<uuid:uid>/contact/erase", pages.erase_contact, name="erase_contact"),
    path("lots/<uuid:uid>/complaints", panels.lot_panel, name="lot_panel"),
    path("partners/<uuid:uid>/complaints", panels.partner_panel, name="partner_panel"),
]
