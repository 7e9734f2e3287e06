"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.insights.recall.views import cases

app_name = "recall"

urlpatterns = [
    path("recall", cases.cases, name="cases"),
    path("recall/new", cases.new, name="new"),
    path("recall/open", cases.open_panel, name="open_panel"),
    path("recall/<uuid:uid>", cases.case, name="case"),
    path("recall/<uuid:uid>/do/<slug:act>", cases.run, name="run"),
    path("recall/<uuid:uid>/decide/<slug:act>", cases.decide, name="decide"),
    path("recall/<uuid:uid>/suspects", cases.suspects, name="suspects"),
    path("lots/<uuid:uid>/recall", cases.lot_panel, name="lot_panel"),
]
