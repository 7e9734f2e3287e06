"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from lotbook.interfaces.rfid.views import passes, portals

app_name = "rfid"

urlpatterns = [
    path("rfid", passes.passes, name="passes"),
    path("rfid/passes/<uuid:uid>", passes.one_pass, name="pass"),
    path("rfid/passes/<uuid:uid>/live", passes.live, name="live"),
    path("rfid/passes/<uuid:uid>/end", passes.end, name="end"),
    path("rfid/passes/<uuid:uid>/document", passes.document, name="document"),
    path("rfid/passes/<uuid:uid>/post", passes.post, name="post"),
    path("rfid/passes/<uuid:uid>/give-up", passes.drop, name="drop"),
    path("rfid/portals", portals.portals, name="portals"),
    path("rfid/portals/new", portals.new, name="new_portal"),
    path("rfid/portals/<uuid:uid>", portals.portal, name="portal"),
    path("rfid/portals/<uuid:uid>/next", portals.next_job, name="next_job"),
    path("rfid/set-aside", portals.asides, name="asides"),
    path("rfid/set-aside/<uuid:uid>", portals.aside, name="aside"),
]
