"""Who may do what: the names of permissions, and the mark every view and operation carries.

A view or a ninja operation that declares nothing fails a house test. ``requires`` asks the person's role
(``User.may``) and, for a program, the scopes of its key as well: a key never may more than its owner.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from lotbook.kernel.errors import Fault, NotAllowed, Refused

PERMISSIONS: dict[str, str] = {
    "web.view": "Log in and see the pages",
    "catalog.view": "See items",
    "catalog.edit": "Change items",
    "places.view": "See places",
    "places.edit": "Change places",
    "partners.view": "See partners",
    "partners.edit": "Change partners",
    "lots.view": "See lots",
    "lots.edit": "Change the facts of lots",
    "lots.hold": "Put lots on hold",
    "lots.release": "Release lots from hold",
    "numbering.edit": "Change numbering rules",
    "ledger.view": "See events",
    "ledger.post": "Post raw events",
    "ledger.reverse": "Reverse events",
    "ledger.override": "Use lots that are not free, with a reason",
    "stock.view": "See stock",
    "receiving.view": "See purchase orders and shipping notices",
    "receiving.order": "Keep purchase orders and shipping notices",
    "receiving.post": "Receive goods",
    "production.view": "See recipes, production orders and runs",
    "production.plan": "Keep recipes and production orders",
    "production.post": "Run production",
    "shipping.view": "See customer orders and shipments",
    "shipping.order": "Keep and allocate customer orders",
    "shipping.post": "Pick, pack and ship goods",
    "transfers.view": "See stock requests and transfers",
    "transfers.request": "Request stock",
    "transfers.post": "Pick, send and receive transfers",
    "warehouse.post": "Move, pack and adjust stock",
    "warehouse.count": "Count stock",
    "warehouse.plan": "Open counts and keep minimum levels",
    "documents.view": "See attached files",
    "documents.attach": "Attach photos and files",
    "approvals.view": "See approvals",
    "approvals.decide": "Approve and refuse what others ask for",
    "approvals.edit": "Change approval rules",
    "complaints.view": "See complaints",
    "complaints.edit": "Enter, investigate and close complaints",
    "complaints.contact": "See and erase how to reach who complained",
    "trace.view": "Trace lots",
    "recall.view": "See recall cases",
    "recall.run": "Open recall cases, take their scope, freeze and reconcile",
    "recall.decide": "Decide recall cases, release lots from them, close them or call them off",
    "import.run": "Import files",
    "exchange.capture": "Capture events from other organisations",
    "labels.view": "See label designs, printers and what was printed",
    "labels.print": "Print labels",
    "labels.design": "Change label designs",
    "labels.manage": "Set up label printers",
    "rfid.view": "See RFID portals and what passed them",
    "rfid.manage": "Set up RFID portals",
    "rfid.post": "Confirm what passed an RFID portal",
    "rfid.read": "Deliver RFID reads: for a reader's key",
    "accounts.manage": "Manage people and API keys",
}
"""Every permission: its name and what it lets one do."""

PUBLIC = "public"
"""What ``declared`` says of a view that is open to everybody."""

DEVICE = "device"
"""Where a session opened by badge keeps the name of its handheld."""

MACHINE_PATHS = ("/api/", "/epcis/")
"""Where programs call: there a refusal is a problem document, never a redirect to the login page."""

P = ParamSpec("P")
R = TypeVar("R")


def allowed(request: HttpRequest, name: str) -> bool:
    """Whether whoever sent ``request`` may do what ``name`` says. An unknown name is a bug: KeyError."""
    if name not in PERMISSIONS:
        raise KeyError(f"unknown permission {name!r}: expected one of {', '.join(PERMISSIONS)}")
    user = request.user
    if not (user.is_authenticated and user.is_active):
        return False
    scopes = getattr(request, "api_key_scopes", None)
    if scopes is not None and name not in scopes:
        return False
    return bool(user.may(name))


def actor(request: HttpRequest) -> str:
    """Who acts, as the events record it: ``key:<prefix>`` for a program, ``user:<username>`` for a person."""
    key = getattr(request, "api_key", None)
    if key is not None:
        return f"key:{key.prefix}"
    if not request.user.is_authenticated:
        raise Refused(
            Fault("", "nobody is logged in.", "Log in and try again.", "unauthenticated"), status=401
        )
    return f"user:{request.user.get_username()}"


def device(request: HttpRequest) -> str:
    """The shared handheld the person came in on with their badge, as the events name it; empty elsewhere."""
    session = getattr(request, "session", None)
    return str(session.get(DEVICE, "")) if session is not None else ""


_THROUGH: ContextVar[str] = ContextVar("device", default="")


@contextmanager
def through(name: str) -> Iterator[None]:
    """Whatever is written inside came in through this device: events and histories name it."""
    before = _THROUGH.set(name)
    try:
        yield
    finally:
        _THROUGH.reset(before)


def device_now() -> str:
    """The shared handheld what is written now came in through; empty elsewhere."""
    return _THROUGH.get()


def requires(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let ``fn(request, …)`` run only for those who may do what ``name`` says.

    Stands directly above the function, below ``@router.get(…)`` and the like. Nobody logged in: pages go
    to the login page and come back, the API answers 401. Logged in but lacking: 403.
    """
    if name not in PERMISSIONS:
        raise KeyError(f"unknown permission {name!r}: expected one of {', '.join(PERMISSIONS)}")

    def decorate(fn: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(fn)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            request = args[0] if args else kwargs["request"]
            if not isinstance(request, HttpRequest):
                raise TypeError(
                    f"{fn.__qualname__}: expected the request first, got {type(request).__name__}"
                )
            if allowed(request, name):
                return fn(*args, **kwargs)
            return _refuse(request, name)  # type: ignore[return-value]  # an answer, whatever fn gives

        _keep_signature(guarded, fn)
        guarded.permission = name  # type: ignore[attr-defined]  # a mark on the function
        return guarded

    return decorate


def public(fn: Callable[P, R]) -> Callable[P, R]:
    """Mark ``fn`` as open to everybody, logged in or not."""

    @functools.wraps(fn)
    def opened(*args: P.args, **kwargs: P.kwargs) -> R:
        return fn(*args, **kwargs)

    _keep_signature(opened, fn)
    opened.permission = PUBLIC  # type: ignore[attr-defined]  # a mark on the function
    return opened


def declared(fn: Callable[..., Any]) -> str | None:
    """The permission ``fn`` declares, ``PUBLIC``, or None when it declares nothing."""
    seen: Callable[..., Any] | None = fn
    while seen is not None:
        name = getattr(seen, "permission", None)
        if isinstance(name, str):
            return name
        seen = getattr(seen, "__wrapped__", None)
    return None


def _refuse(request: HttpRequest, name: str) -> HttpResponse:
    authenticated = request.user.is_authenticated
    if request.path.startswith(MACHINE_PATHS):
        if not authenticated:
            raise Refused(
                Fault(
                    "", "this needs a login or an API key.", "Send X-API-Key, or log in.", "unauthenticated"
                ),
                status=401,
            )
        raise NotAllowed(
            Fault("", f"this needs the permission {name}.", "Ask an administrator.", "not_allowed")
        )
    if authenticated:
        raise PermissionDenied(f"You may not do this: it needs the permission “{PERMISSIONS[name]}”.")
    target = reverse("account_login")
    if request.headers.get("HX-Request"):
        # A swapped-in login form would sit inside the page: the browser has to leave it as a whole.
        response = HttpResponse(status=401)
        response["HX-Redirect"] = target
        return response
    if request.method in ("GET", "HEAD"):
        target += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(target)


def _keep_signature(wrapper: Callable[..., Any], fn: Callable[..., Any]) -> None:
    """Resolve text annotations where they were written: ninja would look them up in this module."""
    try:
        signature = inspect.signature(fn, eval_str=True)
    except NameError:
        signature = inspect.signature(fn)
    wrapper.__signature__ = signature  # type: ignore[attr-defined]  # a mark on the function
