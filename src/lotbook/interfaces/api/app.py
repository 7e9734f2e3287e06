"""The one API at ``/api/v1``: every room's ``api.router`` behind the same door.

The door (``guarded``) looks at each request in this order: who calls, may they, is the address and the
body readable, was it asked before; then the room's operation runs. Whatever goes wrong anywhere becomes
a problem document (RFC 9457), and OpenAPI says so for every operation.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema

from lotbook import __version__
from lotbook.interfaces.api import openapi
from lotbook.interfaces.api.auth import ApiKey, BearerKey, Session, identify
from lotbook.interfaces.api.reading import StrictParser, check_address
from lotbook.kernel import idempotency, permissions, problems
from lotbook.kernel.errors import Fault, Refused

logger = logging.getLogger(__name__)

Run = Callable[..., HttpResponseBase]

JSON = frozenset({"application/json"})
FORMS = frozenset({"multipart/form-data", "application/x-www-form-urlencoded"})

DESCRIPTION = """\
Quantities are decimal texts in the item's base unit, times are RFC 3339 with offset. Every refusal is an
`application/problem+json` that names field, cause and remedy; nothing of a refused request is saved.
POST and PATCH take an `Idempotency-Key`: the same request again gets the first answer again.
Lists come in pages: pass `next` as `cursor`.
"""


class LotbookAPI(NinjaAPI):
    """Ninja with our words for faults, and with every answer in its OpenAPI."""

    def validation_error_from_error_contexts(  # type: ignore[override]  # a refusal of ours is raised, too
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> Refused:
        """Pydantic's findings as one refusal with a fault each."""
        faults: list[Fault] = []
        for context in error_contexts:
            source = context.model.__ninja_param_source__
            backward = context.model.__ninja_flatten_map_reverse__
            for error in context.pydantic_validation_error.errors(include_url=False):
                location = (source, *backward.get(error["loc"], error["loc"]))
                fault = problems.faults_of_validation([{**error, "loc": ()}])[0]
                faults.append(fault.under(problems.field_of(location)))
        return Refused(faults)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Ninja's schema, completed: problems, idempotency keys, permissions."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        return openapi.complete(schema, self)


def make_api() -> NinjaAPI:
    """The API with the routers of all rooms that bring one."""
    api = LotbookAPI(
        title="Lotbook",
        version="1",
        description=DESCRIPTION,
        urls_namespace="api:v1",
        openapi_url="/openapi.json",
        docs_url="/docs",
        docs_decorator=permissions.public,
        auth=[BearerKey(), ApiKey(), Session()],
        parser=StrictParser(),
        openapi_extra={"info": {"license": {"name": "Apache-2.0"}, "x-lotbook-version": __version__}},
    )
    api.add_decorator(functools.partial(guarded, api), mode="view")
    for label, router in routers():
        api.add_router("", router, tags=[label])
    add_handlers(api)
    return api


def routers() -> Iterator[tuple[str, Router]]:
    """The label and the router of every installed room that has an ``api`` module, from the ground up."""
    for room in apps.get_app_configs():
        if room.name.startswith("lotbook.") and find_spec(f"{room.name}.api") is not None:
            router = import_module(f"{room.name}.api").router
            if isinstance(router, Router):
                yield room.label, router


# --- The door ----------------------------------------------------------------------------------------


def guarded(api: NinjaAPI, run: Run) -> Run:
    """``run`` of an operation behind the door."""
    operation = getattr(run, "__self__", None)
    permission = permissions.declared(operation.view_func) if operation is not None else None
    sources = {model.__ninja_param_source__ for model in operation.models} if operation is not None else set()
    accepted = FORMS if sources & {"form", "file"} else JSON

    @functools.wraps(run)
    def run_guarded(request: HttpRequest, *args: Any, **parts: Any) -> HttpResponseBase:
        try:
            request.identified_by = identify(request)  # type: ignore[attr-defined]  # a note on the request
            _check_permission(request, permission)
            check_address(request, parts)
            _check_content(request, accepted)
            return _once(request, lambda: run(request, *args, **parts))
        except Exception as problem:  # noqa: BLE001 – every exception becomes an answer, logged where it is ours
            return api.on_exception(request, problem)

    return run_guarded


def _check_permission(request: HttpRequest, permission: str | None) -> None:
    """Ask before anything of the body is read; ``requires`` asks again where the work is done."""
    if permission in (None, permissions.PUBLIC):
        return
    assert permission is not None
    if permissions.allowed(request, permission):
        return
    if not request.user.is_authenticated:
        raise Refused(
            Fault(
                "",
                "this needs an API key or a login.",
                "Send Authorization: Bearer lb_….",
                "unauthenticated",
            ),
            status=401,
        )
    raise Refused(
        Fault("", f"this needs the permission {permission}.", "Ask an administrator for it.", "not_allowed"),
        status=403,
    )


def _check_content(request: HttpRequest, accepted: frozenset[str]) -> None:
    if request.method not in ("POST", "PUT", "PATCH"):
        return
    if request.body and request.content_type not in accepted:
        raise Refused(
            Fault(
                "Content-Type",
                f"expected {' or '.join(sorted(accepted))}, got {problems.shown(request.content_type)}.",
                "Send that and say so.",
                "content_type",
            ),
            status=415,
        )


def _once(request: HttpRequest, act: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Run ``act``, or give the reply of the first time when the request's key was used before."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in ("POST", "PATCH") or not request.user.is_authenticated:
        return act()
    first: list[HttpResponseBase] = []

    def keep() -> idempotency.Reply:
        response = act()
        first.append(response)
        content = response.content if isinstance(response, HttpResponse) else b""
        return idempotency.Reply(response.status_code, response.get("Content-Type", ""), content)

    reply, is_replayed = idempotency.once(
        owner=permissions.actor(request),
        key=idempotency.check_key(key),
        request_digest=idempotency.digest(request.method or "", request.get_full_path(), request.body),
        act=keep,
    )
    if not is_replayed:
        return first[0]
    response = HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
    response["Idempotency-Replayed"] = "true"
    return response


# --- Problems ----------------------------------------------------------------------------------------


def add_handlers(api: NinjaAPI) -> None:
    """Turn everything that can be raised into a problem document."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Refused: _refused,
        Http404: _not_found,
        PermissionDenied: _denied,
        HttpError: _http_error,
        RequestDataTooBig: _too_big,
        SuspiciousOperation: _unreadable,
        UnreadablePostError: _unreadable,
        DataError: _unstorable,
        OverflowError: _unstorable,
        OperationalError: _database,
        Exception: _unexpected,
    }
    for raised, handler in handlers.items():
        api.add_exception_handler(raised, handler)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    response = problems.of_refusal(refusal, saving=request.method not in ("GET", "HEAD"))
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="lotbook"'
    return response


def _not_found(_request: HttpRequest, _problem: Http404) -> HttpResponse:
    return problems.reply(404, [Fault("", "there is no such thing.", "Check the address.", "not_found")])


def _denied(_request: HttpRequest, problem: PermissionDenied) -> HttpResponse:
    return problems.reply(403, [Fault("", str(problem) or "not allowed.", "", "not_allowed")])


def _http_error(request: HttpRequest, problem: HttpError) -> HttpResponse:
    if isinstance(problem.__cause__, Refused):  # ninja wraps what the parser raises
        return _refused(request, problem.__cause__)
    response = problems.reply(problem.status_code, [Fault("", str(problem))])
    if problem.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="lotbook"'
    return response


def _too_big(_request: HttpRequest, _problem: RequestDataTooBig) -> HttpResponse:
    return problems.reply(
        413,
        [Fault("", "the body is too large. Nothing was saved.", "Send it in several requests.", "too_big")],
    )


def _unreadable(_request: HttpRequest, _problem: Exception) -> HttpResponse:
    return problems.reply(400, [Fault("", "the request could not be read.", "Send it again.", "malformed")])


def _unstorable(request: HttpRequest, problem: Exception) -> HttpResponse:
    """A value no column takes. Rooms check before; this is the net below them, so tell us."""
    logger.warning("%s %s: a value reached the database unchecked: %s", request.method, request.path, problem)
    return problems.reply(
        422,
        [
            Fault(
                "",
                "a value is too large or not storable. Nothing was saved.",
                "Check numbers and dates.",
                "unstorable",
            )
        ],
    )


def _database(request: HttpRequest, problem: OperationalError) -> HttpResponse:
    logger.error("%s %s: %s database: %s", request.method, request.path, connection.vendor, problem)
    response = problems.reply(
        503,
        [
            Fault(
                "",
                "the database is busy or away. Nothing was saved.",
                "Try again in a moment.",
                "unavailable",
            )
        ],
    )
    response["Retry-After"] = "2"
    return response


def _unexpected(request: HttpRequest, problem: Exception) -> HttpResponse:
    logger.error("%s %s failed", request.method, request.path, exc_info=problem)
    return problems.reply(
        500,
        [
            Fault(
                "",
                "something is wrong in Lotbook. Nothing was saved.",
                "Tell an administrator.",
                "unexpected",
            )
        ],
    )


api = make_api()
