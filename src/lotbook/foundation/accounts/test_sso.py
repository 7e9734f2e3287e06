"""The organisation's own login, against a small provider of OpenID Connect that this test runs."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from django.test import Client

from lotbook.foundation.accounts import actions, queries
from lotbook.foundation.accounts.models import User

pytestmark = pytest.mark.django_db

GOOD = "seven brown jars"
CLIENT = "lotbook"
SECRET = "a-secret-that-both-know-long-enough"
LOGIN = "/account/sso/oidc/login/"


class Provider:
    """Logs everybody in as ``claims``; hands out each code once, for the verifier it was asked with."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, tuple[str, str]] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                if self.path.startswith("/.well-known/"):
                    self.answer(provider.configuration())
                elif self.headers.get("Authorization") == "Bearer token-of-code":
                    self.answer(provider.claims)
                else:
                    self.answer({"error": "invalid_token"}, 401)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, told = provider.token({key: one[0] for key, one in parse_qs(body).items()})
                self.answer(told, status)

            def answer(self, told: dict[str, Any], status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, address: str) -> str:
        """The person says yes: where the browser is sent back to."""
        asked = {key: one[0] for key, one in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        self.codes["code-1"] = (asked["code_challenge"], asked["redirect_uri"])
        return asked["redirect_uri"] + "?" + urlencode({"code": "code-1", "state": asked["state"]})

    def token(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        known = self.codes.pop(asked.get("code", ""), None)
        if known != (challenge, asked.get("redirect_uri")) or asked.get("client_secret") != SECRET:
            return 400, {"error": "invalid_grant"}
        told = {"iss": self.url, "aud": CLIENT, "exp": time.time() + 60, "iat": time.time(), **self.claims}
        return 200, {
            "access_token": "token-of-code",
            "token_type": "Bearer",
            "id_token": jwt.encode(told, SECRET, algorithm="HS256"),
        }


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    provider = Provider()
    settings.OIDC_URL = provider.url
    settings.OIDC_NAME = "Quillmere"
    settings.OIDC_ROLES = {"lab": "quality", "floor": "operator"}
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": "Quillmere",
                    "client_id": CLIENT,
                    "secret": SECRET,
                    "settings": {"server_url": provider.url},
                }
            ],
        }
    }
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def come_in(client: Client, provider: Provider, address: str = LOGIN, **claims: Any) -> Any:
    provider.claims = {"sub": "4711", "preferred_username": "otto", "groups": ["floor"], **claims}
    sent = client.post(address)
    assert sent.status_code == 302
    assert sent["Location"].startswith(f"{provider.url}/authorize?")
    back = urlsplit(provider.authorize(sent["Location"]))
    return client.get(f"{back.path}?{back.query}")


def who(client: Client) -> str:
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).username if key else ""


def test_without_its_address_there_is_no_such_login(client: Client) -> None:
    assert "Log in with your organisation" not in client.get("/account/login/").content.decode()
    assert client.post(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}callback/?code=x&state=y").status_code == 404


def test_a_stranger_with_a_role_in_the_claim_is_added_and_comes_in(
    client: Client, provider: Provider
) -> None:
    assert "Log in with Quillmere" in client.get("/account/login/").content.decode()
    response = come_in(
        client, provider, given_name="Otto", family_name="Weiß", email="otto@quillmere.example"
    )
    assert (response.status_code, response["Location"], who(client)) == (302, "/", "otto")
    person = queries.person("otto")
    assert (person.role, person.get_full_name(), person.has_usable_password()) == (
        "operator",
        "Otto Weiß",
        False,
    )
    assert queries.person_changes(person)[-1].reason == "first login through the organisation's login"
    assert client.get("/").status_code == 200


def test_the_claim_decides_about_the_role_at_each_login(client: Client, provider: Provider) -> None:
    come_in(client, provider)
    client.logout()
    come_in(client, provider, groups=["floor", "lab"], preferred_username="renamed")
    person = queries.person("otto")
    assert (who(client), person.role) == ("otto", "quality")
    assert client.get("/").status_code == 200
    assert queries.person_changes(person)[0].field == "role"


@pytest.mark.parametrize("groups", [[], ["strangers"], "strangers", None])
def test_who_has_no_role_there_has_no_way_in_any_more(
    client: Client, provider: Provider, groups: Any
) -> None:
    come_in(client, provider)
    client.logout()
    response = come_in(client, provider, groups=groups)
    assert response.status_code == 403
    assert "gives you no role in Lotbook" in response.content.decode()
    assert who(client) == ""


def test_nobody_becomes_somebody_else_by_their_name(client: Client, provider: Provider) -> None:
    actions.create_user(username="otto", role="administrator", password=GOOD, actor="lotbook")
    response = come_in(client, provider)
    assert response.status_code == 409
    assert "somebody is called otto already" in response.content.decode().lower()
    assert (who(client), queries.person("otto").role) == ("", "administrator")


def test_who_is_logged_in_connects_the_login_and_uses_it(client: Client, provider: Provider) -> None:
    actions.create_user(username="otto.weiss", role="operator", password=GOOD, actor="lotbook")
    client.force_login(queries.person("otto.weiss"))
    assert "Connect your login of Quillmere" in client.get("/account/security/").content.decode()
    response = come_in(client, provider, f"{LOGIN}?process=connect")
    assert response["Location"] == "/account/sso/connected/"
    client.logout()
    come_in(client, provider)
    assert who(client) == "otto.weiss"
    assert "Connected" in client.get("/account/security/").content.decode()


def test_without_roles_in_the_settings_nobody_is_added(
    client: Client, provider: Provider, settings: Any
) -> None:
    settings.OIDC_ROLES = {}
    response = come_in(client, provider)
    assert response.status_code == 403
    assert "not connected with a person" in response.content.decode()
    assert not User.objects.exists()


def test_a_closed_person_stays_outside(client: Client, provider: Provider) -> None:
    come_in(client, provider)
    actions.deactivate(username="otto", actor="user:ana")
    client.logout()
    come_in(client, provider)
    assert who(client) == ""


def test_a_link_of_somebody_else_starts_no_login(client: Client, provider: Provider) -> None:
    assert client.get(LOGIN)["Location"] == "/account/login/"
    assert provider.asked == []


def test_an_answer_nobody_asked_for_opens_nothing(client: Client, provider: Provider) -> None:
    provider.claims = {"sub": "4711", "preferred_username": "otto", "groups": ["floor"]}
    response = client.get(f"{LOGIN}callback/?code=code-1&state=forged")
    assert response.status_code == 403
    assert "did not let you in" in response.content.decode()
    assert not User.objects.exists()


def test_a_provider_that_is_away_is_told_in_words(client: Client, provider: Provider) -> None:
    provider.server.shutdown()
    provider.server.server_close()
    response = client.post(LOGIN)
    assert response.status_code == 503
    assert "log in with your password" in response.content.decode()


def test_the_way_back_is_kept(client: Client, provider: Provider) -> None:
    response = come_in(client, provider, f"{LOGIN}?next=/search%3Fq%3Dx")
    assert response["Location"] == "/search?q=x"


def test_a_second_factor_of_the_role_is_the_organisations_business(
    client: Client, provider: Provider
) -> None:
    role = queries.role("operator")
    actions.change_role(
        name="operator", words="x", permissions=role.permissions, needs_second_factor=True, actor="user:ana"
    )
    come_in(client, provider)
    assert client.get("/").status_code == 200
