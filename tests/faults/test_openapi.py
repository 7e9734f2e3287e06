"""A fuzzer reads our OpenAPI and sends what it allows and what it forbids: no 5xx, nothing undocumented.

The one default check left out is that whatever fits the schema must be accepted: a schema cannot say how
much is in stock, or which day lies in the future, and those rules refuse with 422.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from lotbook.config.wsgi import application
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.accounts.rules import ADMINISTRATOR, ROLES
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places

LONG = os.environ.get("LOTBOOK_LONG") == "1"

# What is sent is judged before any database is asked: once is enough, and half of a long run is saved.
pytestmark = [] if LONG else [pytest.mark.once]

SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
OPERATIONS: list[Any] = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]


@pytest.fixture(autouse=True)
def _keep_the_connection() -> Iterator[None]:
    """A finished WSGI request closes the connection, which here is the test's own."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def secret(db: None) -> str:
    """A key that may everything, and a small world to hit."""
    User.objects.create(username="ines", role=ADMINISTRATOR)
    catalog.create_item(actor="lotbook", code="TOM", name="Tomatoes", unit="KGM", scale=3)
    places.create_place(actor="lotbook", code="MILL", kind="site")
    scopes = sorted(ROLES[ADMINISTRATOR])
    return accounts.create_api_key(name="fuzzer", owner="ines", scopes=scopes, actor="lotbook").secret


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_whatever_is_sent_the_answer_is_documented_and_never_5xx(
    operation: Any, mode: GenerationMode, secret: str
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=300 if LONG else 4,
        deadline=None,
        derandomize=not LONG,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        # Without a network between, nobody unpacks what a server packs for those who ask for it.
        headers = {"Authorization": f"Bearer {secret}", "Accept-Encoding": "identity"}
        # Each call starts from the same small world; a savepoint is far quicker than emptying the tables.
        before = transaction.savepoint()
        try:
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
        finally:
            transaction.savepoint_rollback(before)

    send()


def test_the_fuzzer_looks_at_everything_else() -> None:
    """A control: the checks that matter are among those that ran."""
    load_all_checks()
    names = {check.__name__ for check in CHECKS.get_all()}
    assert {
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "ignored_auth",
        "unsupported_method",
    } <= names
