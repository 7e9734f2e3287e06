"""API keys over time: they end soon, they are replaced while both work, wrong ones are slowed down."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.actions import keys as keys_module
from lotbook.foundation.accounts.models import ApiKey, User
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused

pytestmark = pytest.mark.django_db

ANA = "user:ana"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create(username="ana", role="administrator"))
    return client


def key(**more: Any) -> actions.NewKey:
    given: dict[str, Any] = {"name": "wms", "owner": "ana", "scopes": ["lots.view", "trace.view"], **more}
    return actions.create_api_key(**given, actor=ANA)


def test_a_replaced_key_works_on_for_the_overlap_and_no_longer(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = key()
    new = actions.rotate_api_key(prefix=old.key.prefix, overlap=timedelta(days=1), actor=ANA)
    assert (new.key.name, new.key.scopes, new.key.owner.username) == ("wms", old.key.scopes, "ana")
    assert new.key.replaces == old.key
    assert actions.use_key(old.secret) is not None
    assert actions.use_key(new.secret) is not None
    later = clock.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert actions.use_key(old.secret) is None
    assert actions.use_key(new.secret) is not None
    assert f"replaced by lb_{new.key.prefix}_…" in [change.reason for change in queries.key_changes()]


def test_an_overlap_never_lengthens_a_key(admin: Client) -> None:
    ends_at = clock.now() + timedelta(hours=1)
    old = key(expires_at=ends_at)
    actions.rotate_api_key(prefix=old.key.prefix, overlap=timedelta(days=30), actor=ANA)
    assert ApiKey.objects.get(prefix=old.key.prefix).expires_at == ends_at


def test_a_key_that_has_ended_is_not_replaced(admin: Client) -> None:
    old = key()
    actions.revoke_api_key(prefix=old.key.prefix, actor=ANA)
    with pytest.raises(Refused, match="the key wms has ended"):
        actions.rotate_api_key(prefix=old.key.prefix, overlap=timedelta(0), actor=ANA)
    assert ApiKey.objects.count() == 1


def test_the_new_key_may_not_more_than_its_owner_may_by_now(admin: Client) -> None:
    old = key(scopes=["lots.view", "lots.hold"])
    User.objects.filter(username="ana").update(role="auditor")
    made = actions.rotate_api_key(prefix=old.key.prefix, overlap=timedelta(0), actor=ANA)
    assert made.key.scopes == ["lots.view"]


def test_keys_that_end_soon_are_told_on_the_page(admin: Client) -> None:
    soon = key(name="dock scanner", expires_at=clock.now() + timedelta(days=13)).key
    key(name="far", expires_at=clock.now() + timedelta(days=15))
    key(name="endless")
    assert list(queries.keys_ending_soon()) == [soon]
    page = admin.get("/settings/keys").content.decode()
    assert "1 key ends within 14 days" in page
    assert f"/settings/keys/{soon.prefix}/rotate" in page


def test_a_key_is_replaced_on_its_page(admin: Client) -> None:
    old = key()
    page = f"/settings/keys/{old.key.prefix}/rotate"
    assert "Replace the key of wms" in admin.get(page).content.decode()
    wrong = admin.post(page, {"overlap": "9999"})
    assert (wrong.status_code, ApiKey.objects.count()) == (422, 1)
    response = admin.post(page, {"overlap": "24"})
    secret = response.content.decode().split('id="secret">')[1].split("<")[0]
    assert response["Cache-Control"] == "no-store"
    assert actions.use_key(secret) is not None


def test_wrong_keys_from_one_address_are_slowed_down_and_right_ones_are_not(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module, "WRONG_MAX", 3)
    right = key().secret
    wrong = Client(headers={"X-API-Key": "lb_nothere1_secret"})
    assert [wrong.get("/api/v1/lots").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert Client(headers={"X-API-Key": right}).get("/api/v1/lots").status_code == 200
    assert wrong.get("/api/v1/lots", REMOTE_ADDR="10.0.0.9").status_code == 401


def test_counts_are_kept_in_the_database_where_every_process_sees_them(admin: Client) -> None:
    cache.set("x", [1, 2], 60)
    from lotbook.foundation.accounts.models import CacheRow

    assert CacheRow.objects.filter(cache_key__endswith=":x").exists()


def test_no_secret_reaches_the_log(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = key()
    right, wrong = Client(headers={"X-API-Key": made.secret}), Client(headers={"X-API-Key": "lb_abcd2345_w"})
    right.get("/api/v1/lots")
    right.post("/api/v1/lots", b"{", content_type="application/json")
    wrong.get("/api/v1/lots")
    Client().post("/account/login/", {"login": "ana", "password": "seven brown jars"})
    told = " ".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "/api/v1/lots" in told
    for secret in (made.secret, made.secret.split("_", 2)[2], "lb_abcd2345_w", "seven brown jars"):
        assert secret not in told
