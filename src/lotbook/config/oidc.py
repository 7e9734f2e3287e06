"""What the settings of the organisation's login mean."""

from __future__ import annotations

from urllib.parse import urlsplit


def origin(url: str) -> str:
    """The origin of an address, as a Content-Security-Policy names it.

    >>> origin("https://login.example.org/realms/plant")
    'https://login.example.org'
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(f"LOTBOOK_OIDC_URL: expected an address like https://login.example.org, got {url!r}")
    return f"{parts.scheme}://{parts.netloc}"
