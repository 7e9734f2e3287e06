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
    path("units", views.units, name="units"),
    path("units/new", views.new_unit, name="new_unit"),
    path("units/<uuid:uid>", views.unit, name="unit"),
    path("units/<uuid:uid>/pack", views.pack, name="pack"),
    path("units/<uuid:uid>/unpack", views.unpack, name="unpack"),
    path("units/<uuid:uid>/move", views.move_unit, name="move_unit"),
]
