"""Addresses of this room."""

from django.urls import path

from lotbook.interfaces.exchange.epcis import views

app_name = "epcis"

urlpatterns = [
    path("import/epcis", views.import_files, name="import"),
]
