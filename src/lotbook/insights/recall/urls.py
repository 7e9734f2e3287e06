"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.insights.recall.views import answers, cases, customers, drills, notices, reports, texts

app_name = "recall"

urlpatterns = [
    path("answer/<str:token>", answers.answer, name="answer"),
    path("recall", cases.cases, name="cases"),
    path("recall/new", cases.new, name="new"),
    path("recall/open", cases.open_panel, name="open_panel"),
    path("recall/drills", drills.drills, name="drills"),
    path("recall/drills/new", drills.new, name="drill_new"),
    path("recall/drills/due", drills.due_panel, name="drill_due"),
    path("recall/<uuid:uid>/drill/<slug:what>", drills.act, name="drill_act"),
    path("recall/<uuid:uid>/sign", drills.sign, name="drill_sign"),
    path("recall/<uuid:uid>/clock", drills.clock, name="drill_clock"),
    path("recall/<uuid:uid>/text", texts.text, name="text"),
    path("recall/<uuid:uid>/text/keep", texts.keep, name="text_keep"),
    path("recall/<uuid:uid>/notices/do/<slug:what>", notices.act, name="notice_act"),
    path("recall/<uuid:uid>/notices/letters", notices.print_letters, name="notice_letters"),
    path("recall/<uuid:uid>/notices/<uuid:customer>", notices.one, name="notice"),
    path("recall/<uuid:uid>/notices/<uuid:customer>/letter.pdf", notices.letter, name="notice_letter"),
    path("partners/<uuid:uid>/notices", notices.hook_panel, name="hook_panel"),
    path("partners/<uuid:uid>/webhook", notices.hook, name="hook"),
    path("recall/<uuid:uid>/report.pdf", reports.report, name="report"),
    path("recall/<uuid:uid>", cases.case, name="case"),
    path("recall/<uuid:uid>/do/<slug:act>", cases.run, name="run"),
    path("recall/<uuid:uid>/checks/plan", customers.plan_checks, name="plan_checks"),
    path("recall/<uuid:uid>/checks/keep", customers.keep_check, name="check"),
    path("recall/<uuid:uid>/customers/<uuid:customer>/answer", customers.take_down, name="take_down"),
    path("recall/<uuid:uid>/customers/<uuid:customer>/link/<slug:what>", customers.link, name="link"),
    path("recall/<uuid:uid>/decide/<slug:act>", cases.decide, name="decide"),
    path("recall/<uuid:uid>/suspects", cases.suspects, name="suspects"),
    path("lots/<uuid:uid>/recall", cases.lot_panel, name="lot_panel"),
]
