"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.transfers.views import asking, levels, lists, moving

app_name = "transfers"

urlpatterns = [
    path("requests", lists.requests, name="requests"),
    path("requests/new", asking.new, name="new_request"),
    path("requests/import", asking.read_file, name="import_requests"),
    path("requests/import/template", asking.template, name="requests_template"),
    path("requests/<uuid:uid>", asking.request_page, name="request"),
    path("requests/<uuid:uid>/edit", asking.edit, name="edit_request"),
    path("requests/<uuid:uid>/ask", asking.ask, name="ask"),
    path("requests/<uuid:uid>/decide", asking.decide, name="decide"),
    path("requests/<uuid:uid>/transfer", asking.transfer, name="transfer_request"),
    path("requests/<uuid:uid>/cancel", asking.cancel, name="cancel_request"),
    path("requests/<uuid:uid>/close", asking.close, name="close_request"),
    path("transfers", lists.transfers, name="transfers"),
    path("transfers/new", moving.new, name="new"),
    path("transfers/waiting", lists.waiting, name="waiting"),
    path("transfers/waiting/panel", lists.waiting_panel, name="waiting_panel"),
    path("transfers/<uuid:uid>", moving.transfer_page, name="transfer"),
    path("transfers/<uuid:uid>/reserve", moving.start, name="start"),
    path("transfers/<uuid:uid>/pick", moving.pick, name="pick"),
    path("transfers/<uuid:uid>/pack", moving.pack, name="pack"),
    path("transfers/<uuid:uid>/send", moving.send, name="send"),
    path("transfers/<uuid:uid>/receive", moving.receive, name="receive"),
    path("transfers/<uuid:uid>/settle/<uuid:pick>", moving.settle, name="settle"),
    path("transfers/<uuid:uid>/take-back", moving.take_back, name="take_back"),
    path("transfers/<uuid:uid>/cancel", moving.cancel, name="cancel"),
    path("levels", levels.levels, name="levels"),
    path("levels/new", levels.new, name="new_level"),
    path("levels/import", levels.read_file, name="import_levels"),
    path("levels/import/template", levels.template, name="levels_template"),
    path("levels/<uuid:uid>", levels.level, name="level"),
    path("levels/<uuid:uid>/remove", levels.remove, name="remove_level"),
    path("levels/of-item/<uuid:uid>", levels.item_panel, name="item_panel"),
    path("replenish", levels.replenish, name="replenish"),
    path("replenish/ask", levels.fill_up, name="fill_up"),
    path("expiring", lists.expiring, name="expiring"),
    path("expiring/panel", lists.expiring_panel, name="expiring_panel"),
]
