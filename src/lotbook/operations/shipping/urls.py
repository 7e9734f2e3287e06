"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.shipping.views import direct, orders, papers, picking, rules, shipments

app_name = "shipping"

urlpatterns = [
    path("shipping/new", direct.new, name="new"),
    path("shipping/return", direct.take_back, name="return"),
    path("orders", orders.orders, name="orders"),
    path("orders/new", orders.create, name="create"),
    path("orders/import", orders.import_file, name="import"),
    path("orders/template", orders.template, name="template"),
    path("orders/<uuid:uid>", orders.order, name="order"),
    path("orders/<uuid:uid>/edit", orders.amend, name="amend"),
    path("orders/<uuid:uid>/do/<slug:act>", orders.act, name="act"),
    path("orders/<uuid:uid>/lines/new", orders.add_line, name="add_line"),
    path("orders/<uuid:uid>/lines/<int:line>", orders.change_line, name="change_line"),
    path("orders/<uuid:uid>/lines/<int:line>/cancel", orders.cancel_line, name="cancel_line"),
    path("orders/<uuid:uid>/lines/<int:line>/lot", orders.choose_lot, name="choose_lot"),
    path("orders/<uuid:uid>/pick", picking.pick_order, name="pick"),
    path("orders/<uuid:uid>/picks/<uuid:pick>/put-back", picking.put_back, name="put_back"),
    path("orders/<uuid:uid>/pick.pdf", papers.pick_list, name="pick_list"),
    path("orders/<uuid:uid>/ship", shipments.ship, name="ship"),
    path("waves", picking.waves, name="waves"),
    path("waves/new", picking.start_wave, name="start_wave"),
    path("waves/<uuid:uid>", picking.wave, name="wave"),
    path("waves/<uuid:uid>/pick", picking.pick_wave, name="pick_wave"),
    path("waves/<uuid:uid>/pick.pdf", papers.wave_pick_list, name="wave_pick_list"),
    path("shipping/to-ship", orders.to_ship, name="to_ship"),
    path("shipments", shipments.shipments, name="shipments"),
    path("shipments/<uuid:uid>", shipments.shipment, name="shipment"),
    path("shipments/<uuid:uid>/progress", shipments.progress, name="progress"),
    path("shipments/<uuid:uid>/deliver", shipments.deliver, name="deliver"),
    path("shipments/<uuid:uid>/return", shipments.take_back, name="shipment_return"),
    path("shipments/<uuid:uid>/delivery-note.pdf", papers.delivery_note, name="delivery_note"),
    path("shipments/<uuid:uid>/packing-list.pdf", papers.packing_list, name="packing_list"),
    path("returns", shipments.returns, name="returns"),
    path("orders/rules", rules.rules, name="rules"),
    path("orders/rules/new", rules.add, name="add_rule"),
    path("orders/rules/<uuid:uid>", rules.change, name="rule"),
    path("orders/rules/<uuid:uid>/remove", rules.remove, name="remove_rule"),
]
