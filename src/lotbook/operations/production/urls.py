"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.operations.production.views import orders, papers, recipes, runs, vessels

app_name = "production"

urlpatterns = [
    path("production/to-make", orders.to_make, name="to_make"),
    path("production", runs.runs, name="runs"),
    path("production/start", runs.start, name="start"),
    path("production/record", runs.record, name="record"),
    path("production/orders", orders.orders, name="orders"),
    path("production/orders/new", orders.new, name="new_order"),
    path("production/orders/<uuid:uid>", orders.order, name="order"),
    path("production/orders/<uuid:uid>/release", orders.release, name="release_order"),
    path("production/orders/<uuid:uid>/reserve", orders.reserve, name="reserve_order"),
    path("production/orders/<uuid:uid>/unreserve", orders.unreserve, name="unreserve_order"),
    path("production/orders/<uuid:uid>/reschedule", orders.reschedule, name="reschedule_order"),
    path("production/orders/<uuid:uid>/finish", orders.finish, name="finish_order"),
    path("production/orders/<uuid:uid>/cancel", orders.cancel, name="cancel_order"),
    path("production/recipes", recipes.recipes, name="recipes"),
    path("production/recipes/new", recipes.new, name="new_recipe"),
    path("production/recipes/import", recipes.import_file, name="import_recipes"),
    path("production/recipes/import/template", recipes.template, name="recipes_template"),
    path("production/recipes/<uuid:uid>", recipes.recipe, name="recipe"),
    path("production/recipes/<uuid:uid>/edit", recipes.edit, name="edit_recipe"),
    path("production/recipes/<uuid:uid>/version", recipes.version, name="new_version"),
    path("production/recipes/<uuid:uid>/activate", recipes.activate, name="activate_recipe"),
    path("production/recipes/<uuid:uid>/retire", recipes.retire, name="retire_recipe"),
    path("production/vessels", vessels.vessels, name="vessels"),
    path("production/vessels/new", vessels.new, name="new_vessel"),
    path("production/vessels/<uuid:uid>", vessels.vessel, name="vessel"),
    path("production/vessels/<uuid:uid>/fill", vessels.fill, name="fill_vessel"),
    path("production/vessels/<uuid:uid>/draw", vessels.draw, name="draw_vessel"),
    path("production/vessels/<uuid:uid>/empty", vessels.empty, name="empty_vessel"),
    path("production/<uuid:uid>", runs.run, name="run"),
    path("production/<uuid:uid>/batch-record", runs.batch_record, name="batch_record"),
    path("production/<uuid:uid>/batch-record.pdf", papers.batch_record, name="batch_record_pdf"),
    path("production/<uuid:uid>/consume", runs.consume, name="consume"),
    path("production/<uuid:uid>/produce", runs.produce, name="produce"),
    path("production/<uuid:uid>/units", runs.units, name="units"),
    path("production/<uuid:uid>/lose", runs.lose, name="lose"),
    path("production/<uuid:uid>/unused", runs.return_unused, name="unused"),
    path("production/<uuid:uid>/reserve", runs.reserve, name="reserve_run"),
    path("production/<uuid:uid>/unreserve", runs.unreserve, name="unreserve_run"),
    path("production/<uuid:uid>/close", runs.close, name="close"),
]
