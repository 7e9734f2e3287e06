"""Problems as machines read them: ``application/problem+json`` (RFC 9457), with the faults inside.

Pure shape and words; the API turns every refusal into one of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse
from pydantic import BaseModel

from lotbook.kernel.errors import Fault, Refused

CONTENT_TYPE = "application/problem+json"
FAULTS_MAX = 100
"""Most faults told in one answer; ``detail`` says when there are more."""

TITLES = {
    400: "The request could not be read",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "This address does not do that",
    409: "Conflict",
    413: "Too much at once",
    415: "Wrong kind of content",
    422: "Refused",
    429: "Too many requests",
    500: "Our mistake",
    503: "Not available just now",
}
STATUSES = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
"""Every status a problem of ours may have."""


class FaultOut(BaseModel):
    """One thing wrong: where, why, and what to do about it."""

    field: str
    cause: str
    remedy: str
    code: str


class Problem(BaseModel):
    """What happened, what was not saved, what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    faults: list[FaultOut]


def problem(status: int, faults: Iterable[Fault], *, detail: str = "") -> dict[str, Any]:
    """The members of a problem; ``detail`` is worked out from the faults when it is not given."""
    told = list(faults)
    if not detail:
        first = str(told[0]) if told else TITLES.get(status, "")
        more = f" ({len(told) - 1} more faults.)" if len(told) > 1 else ""
        detail = f"{first}{more}".strip()
    return {
        "type": "about:blank",
        "title": TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": well_formed(detail),
        "faults": [fault_out(fault) for fault in told[:FAULTS_MAX]],
    }


def fault_out(fault: Fault) -> dict[str, str]:
    """A fault as it stands in an answer."""
    return {
        "field": well_formed(fault.field),
        "cause": well_formed(fault.cause),
        "remedy": well_formed(fault.remedy),
        "code": fault.code,
    }


def well_formed(text: str) -> str:
    """``text`` without lone surrogates, which no encoding takes (a JSON escape can smuggle them in)."""
    return text.encode("utf-8", "replace").decode()


def reply(status: int, faults: Iterable[Fault] = (), *, detail: str = "") -> HttpResponse:
    """The HTTP answer for a problem."""
    body = orjson.dumps(problem(status, faults, detail=detail))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE)


def of_refusal(refusal: Refused, *, saving: bool = True) -> HttpResponse:
    """The HTTP answer for a refusal; ``saving``: the request wanted to write, so say that it did not."""
    told = problem(refusal.status, refusal.faults)
    if saving:
        told["detail"] = f"{told['detail']} Nothing was saved."
    return HttpResponse(orjson.dumps(told), status=refusal.status, content_type=CONTENT_TYPE)


# --- pydantic's words into ours ----------------------------------------------------------------------

_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("it is missing.", "Add it."),
    "extra_forbidden": ("this field is not known here.", "Leave it out, or check how it is spelled."),
    "string_type": ("expected text, got {input}.", "Write it in quotes."),
    "int_type": ("expected a whole number, got {input}.", "Write digits without quotes."),
    "int_parsing": ("expected a whole number, got {input}.", "Write digits only."),
    "int_from_float": ("expected a whole number, got {input}.", "Write digits only."),
    "int_parsing_size": ("the number is too large.", "Check it."),
    "bool_type": ("expected true or false, got {input}.", ""),
    "bool_parsing": ("expected true or false, got {input}.", ""),
    "list_type": ("expected a list, got {input}.", "Write it in square brackets."),
    "dict_type": ("expected an object, got {input}.", "Write it in braces."),
    "model_type": ("expected an object, got {input}.", "Write it in braces."),
    "model_attributes_type": ("expected an object, got {input}.", "Write it in braces."),
    "uuid_type": ("expected a UUID, got {input}.", "Write it like 0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10."),
    "uuid_parsing": ("expected a UUID, got {input}.", "Write it like 0199d6a0-7c2e-7bb4-8f1a-3c5d2e9b4a10."),
    "date_type": ("expected a date, got {input}.", "Write it like 2027-03-03."),
    "date_parsing": ("expected a date, got {input}.", "Write it like 2027-03-03."),
    "date_from_datetime_parsing": ("expected a date, got {input}.", "Write it like 2027-03-03."),
    "date_from_datetime_inexact": (
        "expected a date without a time, got {input}.",
        "Write it like 2027-03-03.",
    ),
    "datetime_type": ("expected a date and time, got {input}.", "Write it like 2027-03-03T14:05:00+01:00."),
    "datetime_parsing": (
        "expected a date and time, got {input}.",
        "Write it like 2027-03-03T14:05:00+01:00.",
    ),
    "datetime_from_date_parsing": (
        "expected a date and time, got {input}.",
        "Write it like 2027-03-03T14:05:00+01:00.",
    ),
    "datetime_object_invalid": (
        "{input} is not a date and time.",
        "Write it like 2027-03-03T14:05:00+01:00.",
    ),
    "timezone_aware": ("the time has no offset.", "Write it like 2027-03-03T14:05:00+01:00."),
    "string_too_long": ("at most {max_length} characters, got {length}.", "Shorten it."),
    "string_too_short": ("at least {min_length} characters, got {input}.", "Fill it in."),
    "too_long": ("at most {max_length} entries, got {actual_length}.", "Send it in several requests."),
    "too_short": ("at least {min_length} entries, got {actual_length}.", "Add what is missing."),
    "greater_than_equal": ("expected {ge} or more, got {input}.", ""),
    "greater_than": ("expected more than {gt}, got {input}.", ""),
    "less_than_equal": ("expected {le} or less, got {input}.", ""),
    "less_than": ("expected less than {lt}, got {input}.", ""),
    "literal_error": ("expected one of {expected}, got {input}.", ""),
    "enum": ("expected one of {expected}, got {input}.", ""),
    "string_pattern_mismatch": (
        "{input} is not written as expected.",
        "Write it so that it matches {pattern}.",
    ),
}
_HIDDEN = {"payload", "body", "query", "path", "header", "form", "file", "cookie"}


def faults_of_validation(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[Fault]:
    """Errors of pydantic as faults in our words; the first ``skip`` parts of each place are left out."""
    return [_fault(error, skip) for error in errors]


def _fault(error: Mapping[str, Any], skip: int) -> Fault:
    kind = str(error.get("type", "invalid"))
    parts = list(error.get("loc", ()))[skip:]
    cause, remedy = _WORDS.get(kind, ("", ""))
    values = {**error.get("ctx", {}), "input": shown(error.get("input"))}
    if isinstance(error.get("input"), str):
        values["length"] = len(error["input"])
    if not cause:
        message = str(error.get("msg", "not valid")).removeprefix("Value error, ")
        cause = f"{message[:1].lower()}{message[1:].rstrip('.')}, got {values['input']}."
    return Fault("/".join(str(part) for part in parts), _filled(cause, values), _filled(remedy, values), kind)


def _filled(words: str, values: Mapping[str, Any]) -> str:
    try:
        return words.format_map(values)
    except (KeyError, ValueError, IndexError):
        return words


def field_of(location: Sequence[Any]) -> str:
    """The place ninja gives an error (``body, payload, events, 3``) as the sender sees it (``events/3``)."""
    parts = list(location)
    if parts and parts[0] in _HIDDEN:
        in_body = parts[0] in {"body", "form"}
        parts = parts[1:]
        if in_body and len(parts) > 1:
            parts = parts[1:]
    return "/".join(str(part) for part in parts)


def shown(value: object) -> str:
    """What was got, short enough for a message."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
