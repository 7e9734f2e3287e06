"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.insights.recall import views

app_name = "recall"

urlpatterns = [
    path("recall", views.cases, name="cases"),
    path("recall/new", views.new, name="new"),
    path("recall/open", views.open_panel, name="open_panel"),
    path("recall/<uuid:uid>", views.case, name="case"),
    path("recall/<uuid:uid>/do/<slug:act>", views.run, name="run"),
    path("recall/<uuid:uid>/decide/<slug:act>", views.decide, name="decide"),
    path("recall/<uuid:uid>/suspects", views.suspects, name="suspects"),
    path("lots/<uuid:uid>/recall", views.lot_panel, name="lot_panel"),
]
