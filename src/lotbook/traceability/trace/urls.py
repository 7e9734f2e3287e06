"""The trace page, its picture as JSON, its lists as files, and the panel on the lot page."""

from __future__ import annotations

from django.urls import path

from lotbook.traceability.trace import views
from lotbook.traceability.trace.convergence import views as convergence
from lotbook.traceability.trace.exposure import views as exposure
from lotbook.traceability.trace.gaps import views as gaps
from lotbook.traceability.trace.memory import views as memory
from lotbook.traceability.trace.scope import comparing
from lotbook.traceability.trace.scope import views as scopes

app_name = "trace"
urlpatterns = [
    path("trace", views.page, name="page"),
    path("trace/graph.json", views.graph, name="graph"),
    path("trace/export/<str:what>", views.export, name="export"),
    path("trace/panel/<uuid:uid>", views.panel, name="panel"),
    path("trace/converge", convergence.page, name="converge"),
    path("trace/gaps", gaps.page, name="gaps"),
    path("trace/scope", scopes.page, name="scope"),
    path("trace/compare", comparing.page, name="compare"),
    path("trace/exposure", exposure.page, name="exposure"),
    path("trace/what-if", memory.page, name="what_if"),
    path("trace/scope/export/<str:what>", scopes.export, name="scope_export"),
]
