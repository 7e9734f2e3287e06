"""How the API behaves whatever is asked: who calls, what is sent twice, what is not there, what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, OperationalError, connections
from django.test import Client

from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.accounts.models import User
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.places import actions as places
from lotbook.foundation.places.models import Place
from lotbook.kernel import clock, idempotency, sql
from lotbook.kernel.models import KeptReply
from lotbook.traceability.ledger import actions as ledger_actions
from lotbook.traceability.ledger import reading as ledger_reading

AT = "2026-11-20T08:30:00+01:00"
EVENTS = "/api/v1/events"


def make_world() -> str:
    """One item, one bin, one key; returns the key."""
    User.objects.create(username="ines", role="administrator")
    catalog.create_item(actor="lotbook", code="TOM", name="Tomatoes", unit="KGM", scale=3)
    places.create_place(actor="lotbook", code="MILL", kind="site")
    # Every book has it; a test that empties the tables took it away.
    Place.objects.get_or_create(code="DIFFERENCE", defaults={"kind": "difference"})
    made = accounts.create_api_key(
        name="tests", owner="ines", scopes=["ledger.post", "ledger.view", "trace.view"], actor="lotbook"
    )
    return made.secret


@pytest.fixture
def secret(db: None) -> str:
    return make_world()


@pytest.fixture
def caller(secret: str) -> Client:
    return Client(headers={"X-API-Key": secret})


def event(**more: Any) -> dict[str, Any]:
    movement = {"item": "TOM", "lot": "T-1", "quantity": "5", "from": "DIFFERENCE", "to": "MILL"}
    return {"kind": "opening", "occurred_at": AT, "movements": [movement], **more}


def post(client: Client, body: Any, **headers: str) -> Any:
    return client.post(EVENTS, body, content_type="application/json", headers=headers)


def count(table: str) -> int:
    return int(sql.rows(f"SELECT count(*) FROM {table}")[0][0])


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert set(told) == {"type", "title", "status", "detail", "faults"}
    assert told["status"] == status
    assert told["title"]
    for fault in told["faults"]:
        assert set(fault) == {"field", "cause", "remedy", "code"}
        assert fault["cause"]
    return told


# --- Who calls ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_key_is_taken_from_either_header(secret: str) -> None:
    assert Client().get(EVENTS, headers={"X-API-Key": secret}).status_code == 200
    assert Client().get(EVENTS, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert Client().get(EVENTS, headers={"Authorization": f"bearer {secret}"}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": "lb_nonsense"},
        {"X-API-Key": "lb_abcdefgh_" + "x" * 43},
        {"X-API-Key": "x" * 10_000},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic aW5lczpwYXNz"},
        {"Authorization": "Bearer lb_\u00ff"},
    ],
)
def test_whoever_is_not_known_gets_401(secret: str, headers: dict[str, str]) -> None:
    for answer in (Client().get(EVENTS, headers=headers), post(Client(), event(), **headers)):
        told = problem(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert told["faults"][0]["remedy"]
    assert count("ledger_event") == 0


@pytest.mark.django_db
def test_a_revoked_and_an_expired_key_open_nothing(secret: str) -> None:
    accounts.revoke_api_key(prefix=secret.split("_")[1], actor="lotbook")
    problem(Client().get(EVENTS, headers={"X-API-Key": secret}), 401)


@pytest.mark.django_db
def test_authorization_goes_before_the_other_header(secret: str) -> None:
    two = {"X-API-Key": secret, "Authorization": "Bearer lb_abcdefgh_other"}
    problem(Client().get(EVENTS, headers=two), 401)
    other = {"X-API-Key": "lb_nonsense", "Authorization": f"Bearer {secret}"}
    assert Client().get(EVENTS, headers=other).status_code == 200
    garbled = {"X-API-Key": secret, "Authorization": "Digest abc"}
    problem(Client().get(EVENTS, headers=garbled), 401)
    proxy = {"X-API-Key": secret, "Authorization": "Basic aW5lczpwYXNz"}
    assert Client().get(EVENTS, headers=proxy).status_code == 200


@pytest.mark.django_db
def test_a_wrong_key_is_not_helped_by_a_session(secret: str) -> None:
    browser = Client(headers={"X-API-Key": "lb_nonsense"})
    browser.force_login(User.objects.get(username="ines"))
    problem(browser.get(EVENTS), 401)


@pytest.mark.django_db
def test_a_session_reads_freely_and_writes_with_its_token(secret: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.get(username="ines"))
    assert browser.get(EVENTS).status_code == 200
    told = problem(post(browser, event()), 403)
    assert "CSRF" in told["faults"][0]["cause"]
    assert count("ledger_event") == 0
    browser.get("/accounts/login/")
    token = "a" * 32
    browser.cookies["csrftoken"] = token
    answer = post(browser, event(), **{"X-CSRFToken": token})
    assert answer.status_code == 201
    uid = answer.json()["events"][0]["id"]
    assert browser.get(f"{EVENTS}/{uid}").json()["actor"] == "user:ines"


# --- The same request again --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_repeated_request_gets_its_first_reply(caller: Client) -> None:
    body = event()  # without an id of its own: only the key makes it the same
    first = post(caller, body, **{"Idempotency-Key": "order-1"})
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first
    again = post(caller, body, **{"Idempotency-Key": "order-1"})
    assert again.status_code == 201
    assert again["Idempotency-Replayed"] == "true"
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
    assert count("ledger_event") == 1
    assert post(caller, body, **{"Idempotency-Key": "order-2"}).status_code == 201
    assert count("ledger_event") == 2


@pytest.mark.django_db
def test_a_key_used_for_another_request_is_a_conflict(caller: Client) -> None:
    post(caller, event(), **{"Idempotency-Key": "order-1"})
    told = problem(post(caller, event(reason="other"), **{"Idempotency-Key": "order-1"}), 409)
    assert told["faults"][0]["field"] == "Idempotency-Key"
    assert "Nothing was saved." in told["detail"]
    assert count("ledger_event") == 1


@pytest.mark.django_db
def test_a_refused_request_leaves_its_key_free(caller: Client) -> None:
    wrong = event(movements=[])
    problem(post(caller, wrong, **{"Idempotency-Key": "order-1"}), 422)
    assert count("kernel_kept_reply") == 0
    assert post(caller, event(), **{"Idempotency-Key": "order-1"}).status_code == 201


@pytest.mark.django_db
def test_keys_belong_to_whoever_sent_them(caller: Client) -> None:
    other = accounts.create_api_key(name="two", owner="ines", scopes=["ledger.post"], actor="lotbook")
    post(caller, event(), **{"Idempotency-Key": "order-1"})
    answer = post(Client(headers={"X-API-Key": other.secret}), event(), **{"Idempotency-Key": "order-1"})
    assert "Idempotency-Replayed" not in answer
    assert count("ledger_event") == 2


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "a b", "ä", "x" * 256])
def test_a_malformed_key_is_refused(caller: Client, key: str) -> None:
    told = problem(post(caller, event(), **{"Idempotency-Key": key}), 400)
    assert told["faults"][0]["field"] == "Idempotency-Key"
    assert count("ledger_event") == 0


@pytest.mark.django_db
def test_replies_are_kept_a_week_and_then_forgotten(caller: Client) -> None:
    post(caller, event(), **{"Idempotency-Key": "order-1"})
    KeptReply.objects.update(created_at=clock.now() - timedelta(days=7))
    assert idempotency.forget(clock.now() - idempotency.KEPT_FOR) == 0
    KeptReply.objects.update(created_at=clock.now() - timedelta(days=9))
    assert idempotency.forget(clock.now() - idempotency.KEPT_FOR) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_eight_times_at_once_is_done_once() -> None:
    secret = make_world()
    body = event()
    start = threading.Barrier(8)
    answers: list[tuple[int, bytes, str]] = []

    def send() -> None:
        try:
            start.wait()
            answer = post(Client(headers={"X-API-Key": secret}), body, **{"Idempotency-Key": "race"})
            answers.append((answer.status_code, answer.content, answer.get("Idempotency-Replayed", "")))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8
    assert {status for status, _, _ in answers} == {201}
    assert len({content for _, content, _ in answers}) == 1
    assert sorted(replayed for _, _, replayed in answers) == ["", *["true"] * 7]
    assert count("ledger_event") == 1
    assert count("kernel_kept_reply") == 1


# --- What is not there, and what goes wrong ----------------------------------------------------------


@pytest.mark.django_db
def test_addresses_and_methods_that_are_not_there(caller: Client) -> None:
    problem(caller.get("/api/v1/nowhere"), 404)
    problem(caller.get("/api/v1/"), 404)
    problem(caller.get("/api/v2/events"), 404)
    problem(caller.get("/api/v1/events/not-a-uuid"), 404)
    told = problem(caller.get(f"{EVENTS}/{uuid4()}"), 404)
    assert told["faults"][0]["field"] == "id"
    answer = caller.delete(EVENTS)
    told = problem(answer, 405)
    assert set(answer["Allow"].replace(" ", "").split(",")) == {"GET", "POST"}
    assert "DELETE" in told["faults"][0]["cause"]
    problem(caller.get("/api/v1/trace", {"id": "nothing"}), 404)


@pytest.mark.django_db
def test_a_body_beyond_the_limit_is_413(caller: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    told = problem(post(caller, event(reason="x" * 2_000)), 413)
    assert "several requests" in told["faults"][0]["remedy"]
    assert count("ledger_event") == 0


@pytest.mark.django_db
def test_our_own_mistakes_tell_no_secrets(
    caller: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(ledger_reading, "events", fail)
    answer = caller.get(EVENTS)
    problem(answer, 500)
    assert b"swordfish" not in answer.content
    assert "swordfish" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("raised", [OverflowError("int too large to convert"), DataError("out of range")])
def test_a_value_no_column_takes_is_no_500(
    caller: Client, monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    def overflow(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr(ledger_reading, "events", overflow)
    problem(caller.get(EVENTS), 422)


@pytest.mark.django_db
def test_a_busy_database_asks_to_try_again(caller: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(ledger_actions, "post", busy)
    answer = post(caller, event())
    assert "Nothing was saved." in problem(answer, 503)["detail"]
    assert answer["Retry-After"] == "2"


# --- OpenAPI -----------------------------------------------------------------------------------------


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.django_db
def test_openapi_says_what_every_operation_may_answer() -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    seen = 0
    identifiers = set()
    for path, method, operation in operations(schema):
        seen += 1
        identifiers.add(operation["operationId"])
        where = f"{method} {path}"
        assert {"400", "401", "403", "422"} <= set(operation["responses"]), where
        assert operation["security"], where
        assert operation["x-permission"], where
        names = {one["name"] for one in operation["parameters"]}
        assert ("Idempotency-Key" in names) == (method in ("post", "patch")), where
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], where
    assert seen >= 6
    assert len(identifiers) == seen


@pytest.mark.django_db
def test_no_two_rooms_give_one_name_to_different_shapes() -> None:
    """OpenAPI has one drawer for all shapes: a second one of the same name would replace the first."""
    import json

    from lotbook.interfaces.api.app import api

    shapes: dict[str, str] = {}
    for bound in api._get_bound_routers():
        for view in bound.path_operations.values():
            for operation in view.operations:
                models = [*operation.models, *operation.response_models.values()]
                for model in models:
                    if not hasattr(model, "model_json_schema"):
                        continue
                    for name, shape in model.model_json_schema(by_alias=True).get("$defs", {}).items():
                        text = json.dumps(shape, sort_keys=True)
                        where = f"{name} in {operation.view_func.__module__}"
                        assert shapes.setdefault(name, text) == text, where


@pytest.mark.django_db
def test_the_docs_page_obeys_the_content_policy() -> None:
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    text = page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
    inline = [part for part in text.split("<script")[1:] if "src=" not in part.split(">")[0]]
    assert all('type="application/json"' in part.split(">")[0] for part in inline)
    assert "https://" not in text


@pytest.mark.django_db
def test_a_host_that_is_none_is_a_problem_to_programs_and_a_page_to_people(client: Client) -> None:
    programs = client.get("/api/v1/items", headers={"host": 'nobody"'})
    assert (programs.status_code, programs["Content-Type"]) == (400, "application/problem+json")
    people = client.get("/lots", headers={"host": 'nobody"'})
    assert (people.status_code, people["Content-Type"]) == (400, "text/html; charset=utf-8")
