"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.complaints import views

app_name = "complaints"

urlpatterns = [
    path("complaints", views.complaints, name="complaints"),
    path("complaints/new", views.new, name="new"),
    path("complaints/today", views.today, name="today"),
    path("complaints/cause", views.cause, name="cause"),
    path("complaints/import", views.import_file, name="import"),
    path("complaints/import/template", views.template, name="template"),
    path("complaints/<uuid:uid>", views.complaint, name="complaint"),
    path("complaints/<uuid:uid>/change", views.change, name="change"),
    path("complaints/<uuid:uid>/investigate", views.investigate, name="investigate"),
    path("complaints/<uuid:uid>/lot", views.choose_lot, name="lot"),
    path("complaints/<uuid:uid>/shipments", views.link_shipments, name="shipments"),
    path("complaints/<uuid:uid>/close", views.close, name="close"),
    path("complaints/<uuid:uid>/reopen", views.reopen, name="reopen"),
    path("complaints/<uuid:uid>/contact", views.contact, name="contact"),
    path("complaints/<uuid:uid>/contact/erase", views.erase_contact, name="erase_contact"),
    path("lots/<uuid:uid>/complaints", views.lot_panel, name="lot_panel"),
    path("partners/<uuid:uid>/complaints", views.partner_panel, name="partner_panel"),
]
