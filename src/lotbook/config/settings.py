"""Settings of the product. Everything a person may set comes from the environment (``docs/settings.md``)."""

from __future__ import annotations

import os
from typing import Any

from csp.constants import NONE, SELF

from lotbook.config import database, mail
from lotbook.config.home import make_home, secret_key
from lotbook.config.oidc import origin
from lotbook.config.rooms import ROOMS
from lotbook.foundation.accounts.rules import read_mapping

DEBUG = os.environ.get("LOTBOOK_DEBUG") == "1"
SECRET_KEY = secret_key()
ALLOWED_HOSTS = os.environ.get("LOTBOOK_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [
    f"https://{host}" for host in ALLOWED_HOSTS if host not in ("localhost", "127.0.0.1", "[::1]", "*")
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "csp",
    "ninja",
    "simple_history",
    *ROOMS,
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lotbook.interfaces.web.middleware.RefusedMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "lotbook.foundation.accounts.middleware.SessionMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "lotbook.config.urls"
WSGI_APPLICATION = "lotbook.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

_URL = os.environ.get("LOTBOOK_DATABASE_URL")
DATABASES = {"default": database.from_url(_URL) if _URL else database.sqlite(make_home() / "lotbook.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["lotbook.foundation.accounts.backends.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "lotbook.foundation.accounts.adapter.AccountAdapter"
ACCOUNT_PREVENT_ENUMERATION = True
# Ten failures close the account itself for ten minutes; many people share one address behind a router.
ACCOUNT_RATE_LIMITS = {
    "login": "300/m/ip",
    "login_failed": "100/m/ip,10/10m/key",
    "change_password": "10/m/user",
    "reauthenticate": "10/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A passkey opens without a password: whoever holds it has to show that it is theirs (PIN, finger, face).
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Browsers give passkeys to http://localhost, and to no other address without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = os.environ.get("LOTBOOK_HTTPS") != "1"
MFA_TOTP_ISSUER = "Lotbook"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = False

# The organisation's own login (OpenID Connect): off without its address.
OIDC_URL = os.environ.get("LOTBOOK_OIDC_URL", "")
OIDC_NAME = os.environ.get("LOTBOOK_OIDC_NAME", "your organisation")
OIDC_ROLE_CLAIM = os.environ.get("LOTBOOK_OIDC_ROLE_CLAIM", "groups")
OIDC_ROLES = read_mapping(os.environ.get("LOTBOOK_OIDC_ROLES", ""))
SOCIALACCOUNT_ADAPTER = "lotbook.foundation.accounts.adapter.SsoAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": OIDC_NAME,
                    "client_id": os.environ.get("LOTBOOK_OIDC_CLIENT_ID", ""),
                    "secret": os.environ.get("LOTBOOK_OIDC_SECRET", ""),
                    "settings": {"server_url": OIDC_URL},
                }
            ],
        }
    }
    if OIDC_URL
    else {}
)

# Shared handhelds: a session opened by badge ends after so many minutes without a click.
BADGE_MINUTES = int(os.environ.get("LOTBOOK_BADGE_MINUTES", "5"))
HANDHELD_COOKIE = "handheld"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
_HTTPS = os.environ.get("LOTBOOK_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
if _HTTPS:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    HANDHELD_COOKIE = "__Host-handheld"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # The button of the organisation's login is a form, and browsers hold its redirect to this too.
        "form-action": [SELF, *([origin(OIDC_URL)] if OIDC_URL else [])],
        "frame-ancestors": [NONE],
    }
}

# Limits on logins count over all processes: they are in the database.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# Nothing is collected: WhiteNoise reads the rooms' own static folders when the server starts.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000

# Mail: written into the data folder until a server is named.
_MAIL = mail.settings_of(os.environ.get("LOTBOOK_MAIL_URL", ""), make_home() / "mail")
EMAIL_BACKEND = _MAIL["backend"]
EMAIL_FILE_PATH = _MAIL["folder"]
EMAIL_HOST = _MAIL["host"]
EMAIL_PORT = _MAIL["port"]
EMAIL_HOST_USER = _MAIL["user"]
EMAIL_HOST_PASSWORD = _MAIL["password"]
EMAIL_USE_TLS = _MAIL["tls"]
EMAIL_USE_SSL = _MAIL["ssl"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("LOTBOOK_MAIL_FROM", "lotbook@localhost")
BOOK_URL = os.environ.get("LOTBOOK_URL", "").rstrip("/")

# How long the pages on which customers answer stay open.
ANSWER_DAYS = int(os.environ.get("LOTBOOK_ANSWER_DAYS", "60"))

# Label printers on this very machine, and on other ports than theirs: only where somebody wants that.
LOCAL_PRINTERS = os.environ.get("LOTBOOK_LOCAL_PRINTERS") == "1"
# Webhooks of customers on private addresses, and without TLS: only where somebody wants that.
PRIVATE_WEBHOOKS = os.environ.get("LOTBOOK_PRIVATE_WEBHOOKS") == "1"
# Where the GS1 Digital Links on labels begin; empty: https://id.gs1.org.
LINK_STEM = os.environ.get("LOTBOOK_LINK_STEM", "").rstrip("/")

# Most memory the genealogy may take in each process that answers "what if".
TRACE_MEMORY_MB = int(os.environ.get("LOTBOOK_TRACE_MEMORY_MB", "1024"))

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"secrets": {"()": "lotbook.config.logs.SecretsLeftOut"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]},
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOTBOOK_LOG_LEVEL", "WARNING")},
}
