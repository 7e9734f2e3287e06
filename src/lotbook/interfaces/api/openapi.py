"""OpenAPI, completed: what every operation has in common is written here once."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from lotbook.kernel import permissions, problems

_ALWAYS = (400, 401, 403, 404, 422, 429, 500, 503)
_WRITING = (409, 413, 415)
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "The same request again with the same key gets the first answer again.",
}


def complete(schema: OpenAPISchema, api: NinjaAPI) -> OpenAPISchema:
    """``schema`` with the problems, the idempotency key and the permission of each operation."""
    schema["components"]["schemas"].update(_problem_schemas())
    needed = _permissions(api)
    for path in schema["paths"].values():
        for method, operation in path.items():
            _complete_operation(method, operation, needed)
    return schema


def _complete_operation(method: str, operation: dict[str, Any], needed: dict[str, str]) -> None:
    statuses = (*_ALWAYS, *(_WRITING if method in ("post", "put", "patch") else ()))
    responses = operation["responses"]
    for status in statuses:
        responses.setdefault(status, _answer(status))
    if method in ("post", "patch"):
        operation["parameters"] = [*operation.get("parameters", []), _KEY]
    permission = needed.get(operation["operationId"])
    if permission:
        operation["x-permission"] = permission


def _answer(status: int) -> dict[str, Any]:
    return {
        "description": problems.TITLES[status],
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _problem_schemas() -> dict[str, Any]:
    schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), "Problem": schema}


def _permissions(api: NinjaAPI) -> dict[str, str]:
    found = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                name = permissions.declared(operation.view_func)
                if name:
                    identifier = operation.operation_id or api.get_openapi_operation_id(operation)
                    found[identifier] = name
    return found
