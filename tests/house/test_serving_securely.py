"""Behind TLS: what the settings promise browsers, read from a process that was started so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.once

ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "lots.example"})
page = client.get("/account/login/", secure=True)
plain = client.get("/account/login/")
cookies = {name: {key: one[key] for key in ("secure", "httponly", "samesite", "path", "domain")}
           for name, one in page.cookies.items()}
print(json.dumps({
    "headers": dict(page.headers), "plain": dict(plain.headers), "cookies": cookies,
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE,
                settings.SESSION_COOKIE_HTTPONLY],
    "handheld": settings.HANDHELD_COOKIE, "insecure": settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN,
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    own = {
        "LOTBOOK_HOME": str(tmp_path_factory.mktemp("home")),
        "LOTBOOK_HTTPS": "1",
        "LOTBOOK_HOSTS": "lots.example",
        "LOTBOOK_OIDC_URL": "https://login.example.org/realms/plant",
        "DJANGO_SETTINGS_MODULE": "lotbook.config.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    env = {name: value for name, value in os.environ.items() if not name.startswith("LOTBOOK_")} | own
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_browsers_are_told_to_come_by_tls_alone(told: Any) -> None:
    assert told["headers"]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_bound_to_the_host_and_to_tls(told: Any) -> None:
    assert told["session"] == ["__Host-session", True, True]
    assert told["handheld"] == "__Host-handheld"
    csrf = told["cookies"]["__Host-csrf"]
    assert (csrf["secure"], csrf["path"], csrf["domain"]) == (True, "/", "")


def test_no_frame_and_no_form_but_to_the_organisations_login(told: Any) -> None:
    policy = told["headers"]["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://login.example.org" in policy
    assert told["headers"]["X-Frame-Options"] == "DENY"


def test_passkeys_take_no_address_without_tls(told: Any) -> None:
    assert told["insecure"] is False
