"""Addresses of the station's pages."""

from __future__ import annotations

from django.urls import path

from lotbook.interfaces.station.views import inbox, page, training

app_name = "station"

urlpatterns = [
    path("station/", page.page, name="station"),
    path("station/app.webmanifest", page.webmanifest, name="webmanifest"),
    path("station/worker.js", page.worker, name="worker"),
    path("station/inbox", inbox.inbox, name="inbox"),
    path("station/inbox/<uuid:uid>", inbox.act, name="act"),
    path("station/devices", inbox.devices, name="devices"),
    path("station/today", inbox.today, name="today"),
    path("station/training", training.training, name="training"),
    path("station/card.pdf", training.card, name="card"),
    path("station/practice.pdf", training.practice, name="practice"),
]
