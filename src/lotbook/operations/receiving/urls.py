"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.receiving import views

app_name = "receiving"

urlpatterns = [
    path("receiving/new", views.new, name="new"),
    path("receiving/unit", views.unit, name="unit"),
    path("receiving/return", views.supplier_return, name="supplier_return"),
    path("receiving/expected", views.expected, name="expected"),
    path("receiving/receipts/<uuid:uid>", views.arrival, name="arrival"),
    path("receiving/orders", views.orders, name="orders"),
    path("receiving/orders/new", views.new_order, name="new_order"),
    path("receiving/orders/<uuid:uid>", views.order, name="order"),
    path("receiving/orders/<uuid:uid>/change", views.change_order, name="change_order"),
    path("receiving/orders/<uuid:uid>/lines/new", views.add_line, name="add_line"),
    path("receiving/orders/<uuid:uid>/lines/<int:line>", views.change_line, name="change_line"),
    path("receiving/orders/<uuid:uid>/lines/<int:line>/cancel", views.cancel_line, name="cancel_line"),
    path("receiving/orders/<uuid:uid>/allow", views.allow_over, name="allow_over"),
    path("receiving/orders/<uuid:uid>/send", views.send_order, name="send_order"),
    path("receiving/orders/<uuid:uid>/close", views.close_order, name="close_order"),
    path("receiving/orders/<uuid:uid>/cancel", views.cancel_order, name="cancel_order"),
    path("receiving/notices", views.notices, name="notices"),
    path("receiving/notices/new", views.new_notice, name="new_notice"),
    path("receiving/notices/<uuid:uid>", views.notice, name="notice"),
    path("receiving/notices/<uuid:uid>/cancel", views.cancel_notice, name="cancel_notice"),
    path("receiving/rules", views.rules_list, name="rules"),
    path("receiving/rules/new", views.new_rule, name="new_rule"),
    path("receiving/rules/<uuid:uid>", views.change_rule, name="rule"),
    path("receiving/rules/<uuid:uid>/remove", views.remove_rule, name="remove_rule"),
    path("receiving/import", views.import_list, name="import"),
    path("receiving/import/<uuid:uid>", views.preview, name="preview"),
    path("receiving/import/<uuid:uid>/confirm", views.confirm, name="confirm"),
    path("receiving/import/template", views.template, name="template"),
]
