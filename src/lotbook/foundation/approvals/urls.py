"""Addresses of the pages about approvals."""

from __future__ import annotations

from django.urls import path

from lotbook.foundation.approvals import views

app_name = "approvals"

urlpatterns = [
    path("approvals", views.inbox, name="inbox"),
    path("approvals/deputies", views.delegations, name="delegations"),
    path("approvals/deputies/add", views.delegate, name="delegate"),
    path("approvals/deputies/<uuid:uid>/end", views.end_delegation, name="end_delegation"),
    path("approvals/<uuid:uid>", views.approval, name="approval"),
    path("approvals/<uuid:uid>/decide", views.decide, name="decide"),
    path("approvals/<uuid:uid>/withdraw", views.withdraw, name="withdraw"),
    path("settings/approval-rules", views.rule_list, name="rules"),
    path("settings/approval-rules/add", views.add_rule, name="add_rule"),
    path("settings/approval-rules/<uuid:uid>", views.edit_rule, name="edit_rule"),
]
