"""The station's page and what makes it work without a network. Open to all: it knows nobody."""

from __future__ import annotations

import json

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from lotbook.interfaces.station import build
from lotbook.kernel.permissions import public

# The camera's decoder is WebAssembly; workers and the manifest come from our own host like everything.
POLICY = {
    "script-src": ["'wasm-unsafe-eval'"],
    "worker-src": ["'self'"],
    "manifest-src": ["'self'"],
}


@require_safe
@public
@csp_update(POLICY)
def page(request: HttpRequest) -> HttpResponse:
    """The scan station: an empty frame its script fills, the same for everybody."""
    context = {"version": build.version(), "csrf_cookie": settings.CSRF_COOKIE_NAME}
    response = render(request, build.PAGE, context)
    response["Cache-Control"] = "no-cache"
    response["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    return response


@require_safe
@public
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, with the version and the files it keeps written in front."""
    built = build.current()
    urls = [reverse("station:station"), reverse("station:webmanifest"), static("web/icon.svg"), *built.urls]
    head = f"self.lotbook = {json.dumps({'version': built.version, 'urls': urls})};\n"
    response = HttpResponse(head + built.worker, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
@public
def webmanifest(request: HttpRequest) -> JsonResponse:
    """What a device needs to know to install the station."""
    start = reverse("station:station")
    icon = {"src": static("web/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    told = {
        "name": "Lotbook station",
        "short_name": "Lotbook",
        "id": start,
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "any",
        "background_color": "#F6F8FA",
        "theme_color": "#16202A",
        "icons": [icon],
    }
    response = JsonResponse(told, content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response
