"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.warehouse import views

app_name = "warehouse"

urlpatterns = [
    path("stock", views.stock, name="stock"),
    path("stock/move", views.move, name="move"),
    path("stock/adjust", views.adjust, name="adjust"),
    path("stock/scrap", views.scrap, name="scrap"),
    path("stock/donate", views.donate, name="donate"),
    path("stock/destroy", views.destroy, name="destroy"),
    path("stock/split", views.split, name="split"),
    path("stock/merge", views.merge, name="merge"),
    path("stock/relabel", views.relabel, name="relabel"),
    path("stock/repack", views.repack, name="repack"),
    path("stock/elsewhere", views.elsewhere, name="elsewhere"),
    path("stock/elsewhere/new", views.new_elsewhere, name="new_elsewhere"),
    path("stock/elsewhere/send", views.send, name="send"),
    path("stock/elsewhere/back", views.take_back, name="take_back"),
    path("stock/elsewhere/report", views.report, name="report"),
    path("adjustments", views.adjustments, name="adjustments"),
    path("adjustments/<uuid:uid>", views.adjustment, name="adjustment"),
    path("units/build", views.build_unit, name="build_unit"),
    path("units/numbers", views.numbering, name="numbering"),
    path("units/<uuid:uid>/empty", views.empty_unit, name="empty_unit"),
    path("units/<uuid:uid>/break", views.break_unit, name="break_unit"),
    path("units", views.units, name="units"),
    path("units/new", views.new_unit, name="new_unit"),
    path("units/<uuid:uid>", views.unit, name="unit"),
    path("units/<uuid:uid>/pack", views.pack, name="pack"),
    path("units/<uuid:uid>/unpack", views.unpack, name="unpack"),
    path("units/<uuid:uid>/move", views.move_unit, name="move_unit"),
]
