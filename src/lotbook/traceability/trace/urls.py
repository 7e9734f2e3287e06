"""The trace page, its picture as JSON, its lists as files, and the panel on the lot page."""

from __future__ import annotations

from django.urls import path

from lotbook.traceability.trace import views
from lotbook.traceability.trace.convergence import views as convergence
from lotbook.traceability.trace.gaps import views as gaps
from lotbook.traceability.trace.scope import views as scopes

app_name = "trace"
urlpatterns = [
    path("trace", views.page, name="page"),
    path("trace/graph.json", views.graph, name="graph"),
    path("trace/export/<str:what>", views.export, name="export"),
    path("trace/panel/<uuid:uid>", views.panel, name="panel"),
    path("trace/converge", convergence.page, name="converge"),
    path("trace/gaps", gaps.page, name="gaps"),
    path("trace/scope/export/<str:what>", scopes.export, name="scope_export"),
]
