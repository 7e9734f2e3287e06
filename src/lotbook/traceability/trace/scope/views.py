"""A scope as a file: its lots, or what of them crossed the border."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from lotbook.kernel import clock, permissions, tables
from lotbook.kernel.errors import Fault, NotFound, Refused
from lotbook.kernel.permissions import requires
from lotbook.kernel.tables import Cell
from lotbook.traceability.trace.scope import asking, present, queries


@require_safe
@requires("trace.view")
def export(request: HttpRequest, what: str) -> HttpResponseBase:
    """Lots or shipments as CSV or XLSX, with what was asked, by whom, when and as of which sequence."""
    if what not in present.FILES:
        raise NotFound(Fault("what", f"expected one of {', '.join(present.FILES)}, got {what[:40]!r}."))
    words = {name: request.GET.getlist(name) for name in request.GET}
    direction = request.GET.get("direction", "forward")
    if direction not in ("forward", "back"):
        raise Refused(Fault("direction", f"expected forward or back, got {direction[:20]!r}."), status=400)
    found = queries.scope(
        asking.read(words), as_of=_sequence(request.GET.get("as_of", "")), forward=direction == "forward"
    )
    columns, rows = present.FILES[what](found)
    asked = [f"{name} {value}" for name in words for value in words[name] if name not in ("format", "as_of")]
    about: list[tuple[str, Cell]] = [
        ("Scope of", ", ".join(asked)),
        ("Affected lots", len(found.lots)),
        ("As of sequence", found.as_of),
        ("Made by", permissions.actor(request)),
        ("Made at", clock.now()),
    ]
    name = f"scope-{what}-{found.as_of}"
    return tables.export(rows, columns, request.GET.get("format", "csv"), name, about=about)


def _sequence(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Refused(Fault("as_of", f"expected a sequence, got {text[:40]!r}."), status=400)
    return int(text)
