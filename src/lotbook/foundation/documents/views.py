"""Files kept with documents and lots: the panel, upload, download, removal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from lotbook.foundation.documents import actions, queries, rules
from lotbook.foundation.documents.models import Attachment
from lotbook.kernel.errors import Conflict, Refused
from lotbook.kernel.permissions import actor, requires
from lotbook.kernel.screens import render_form

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""What a file opened in the browser may do: nothing."""


@require_safe
@requires("documents.view")
def panel(request: HttpRequest, kind: str, uid: UUID) -> HttpResponse:
    """The files of one thing: a piece of its page, or a page of its own without scripts."""
    return render(request, _template(request), _shown(request, kind, uid))


def _template(request: HttpRequest) -> str:
    return "documents/files.html" if request.headers.get("HX-Request") else "documents/page.html"


def _shown(request: HttpRequest, kind: str, uid: UUID) -> dict[str, Any]:
    name = queries.check_subject(kind, uid)
    return {
        "kind": name,
        "subject": uid,
        "files": queries.attachments(name, uid, removed=True),
        "accept": rules.ACCEPT,
        "back": _back(request, request.headers.get("HX-Current-URL") or request.GET.get("back", "")),
    }


def _back(request: HttpRequest, url: str) -> str:
    """Where to go back to: an address of ours, or none."""
    safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and safe else ""


@require_POST
@requires("documents.attach")
def upload(request: HttpRequest, kind: str, uid: UUID) -> HttpResponse:
    """Keep the chosen files and photos."""
    files = [(one.name or "file", one.read()) for one in _sent(request)]
    try:
        made = actions.attach(
            kind=kind, subject=uid, files=files, note=request.POST.get("note", ""), actor=actor(request)
        )
    except Refused as refusal:
        if refusal.status == 404:
            raise
        context = {**_shown(request, kind, uid), "note": request.POST.get("note", "")}
        return render_form(request, "documents/page.html", context, refusal.faults, status=refusal.status)
    cleaned = sum(one.location_removed for one in made)
    said = f"{len(made)} file{'s' if len(made) != 1 else ''} kept."
    if cleaned:
        said += " Where the photo was taken was removed from it."
    messages.success(request, said)
    back = _back(request, request.POST.get("back", ""))
    return HttpResponseRedirect(back or reverse("documents:panel", args=[kind, uid]))


def _sent(request: HttpRequest) -> list[Any]:
    # Looked at before reading: what is too large is refused by its size, not by what is left of memory.
    sent = [*request.FILES.getlist("files"), *request.FILES.getlist("photos")]
    for one in sent:
        if (one.size or 0) > rules.FILE_BYTES_MAX:
            cause = f"“{rules.clean_name(one.name or '')}” is larger than 10 MB. Nothing was kept."
            raise Refused(cause, status=413)
    return sent


@require_safe
@requires("documents.view")
def download(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The file; pictures can be looked at (``?show``), everything else is saved."""
    one = queries.attachment(uid)
    inline = one.is_picture and "show" in request.GET
    return _file(one, bytes(one.file.body), one.content_type, one.name, inline=inline)


@require_safe
@requires("documents.view")
def preview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A small picture of the picture."""
    one = queries.attachment(uid)
    if one.file.preview is None:
        raise Refused("there is no picture of this file.", status=404)
    return _file(one, bytes(one.file.preview), "image/jpeg", "preview.jpg", inline=True)


def _file(one: Attachment, body: bytes, content_type: str, name: str, *, inline: bool) -> HttpResponse:
    if content_type.startswith("text/"):
        # Whatever stands in it, it is read as text and saved, never shown as a page.
        content_type = "text/plain; charset=utf-8"
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = SANDBOX
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = f'"{one.file.sha256}"'
    return response


@require_POST
@requires("documents.attach")
def remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Mark a file as removed."""
    one = queries.attachment(uid)
    try:
        actions.remove(uid, actor=actor(request), reason=request.POST.get("reason", ""))
    except Conflict:
        messages.info(request, "It was removed already.")
    except Refused as refusal:
        context = _shown(request, one.kind, one.subject)
        return render_form(request, "documents/page.html", context, refusal.faults, status=refusal.status)
    else:
        messages.success(request, "Removed from the list. The book keeps the file and says why.")
    back = _back(request, request.POST.get("back", ""))
    return HttpResponseRedirect(back or reverse("documents:panel", args=[one.kind, one.subject]))
