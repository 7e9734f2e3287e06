"""Notices as JSON to a customer's own address: signed, once, and to no address inside our own network."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from contextlib import suppress
from urllib.parse import urlsplit

import orjson
from django.conf import settings

from lotbook.insights.recall import letters
from lotbook.insights.recall.actions.planning import refused_url
from lotbook.insights.recall.mailing import NotSent, PerhapsSent
from lotbook.insights.recall.models import Notice
from lotbook.insights.recall.queries import hooks

CONNECT_S, ANSWER_S = 5.0, 10.0
ANSWER_MAX = 4_096
FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})
"""Answers that trying again will not change."""


def send(one: Notice) -> None:
    """Hand a notice over; raises NotSent or PerhapsSent."""
    hook = hooks.hook_of(one.customer.partner)
    if hook is None or hook.url != one.address:
        raise NotSent("the customer's address was changed or taken away since", for_good=True)
    body = orjson.dumps(hooks.message(one, letters.link_for(one)))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Lotbook",
        "Lotbook-Notice": str(one.uid),
        "Lotbook-Signature": hooks.signature(hooks.hook_secret(hook), int(time.time()), body),
    }
    post(hook.url, body, headers)


def post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """POST to a public address; no redirect is followed, and no more than a few kB are read."""
    if wrong := refused_url(url):
        raise NotSent(wrong, for_good=True)
    talk = _connected(url)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        talk.request("POST", target, body=body, headers=headers)
        answer = talk.getresponse()
        answer.read(ANSWER_MAX)
    except (OSError, http.client.HTTPException) as problem:
        why = f"The connection broke after it was sent: {problem}. It may have arrived."
        raise PerhapsSent(why) from problem
    finally:
        with suppress(OSError):
            talk.close()
    if not 200 <= answer.status < 300:
        where = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        why = f"the customer's system answered {answer.status}{where}"
        raise NotSent(why, for_good=answer.status in FOR_GOOD or bool(where))


def _connected(url: str) -> http.client.HTTPConnection:
    """A connection to the very address that was looked at: a name cannot mean another one a moment later."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    try:
        address = _public(host, port)
        made: socket.socket = socket.create_connection((address, port), timeout=CONNECT_S)
        if secure:
            made = ssl.create_default_context().wrap_socket(made, server_hostname=host)
        made.settimeout(ANSWER_S)
    except OSError as problem:
        raise NotSent(f"{host} cannot be reached: {problem}") from problem
    talk = http.client.HTTPConnection(host, port, timeout=ANSWER_S)
    talk.sock = made
    return talk


def _public(host: str, port: int) -> str:
    """An address of the host that lies outside our own network; every one it has must."""
    found = [str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if is_inside(address) and not settings.PRIVATE_WEBHOOKS:
            why = f"{host} is {address}, an address inside a network: LOTBOOK_PRIVATE_WEBHOOKS=1 allows it"
            raise NotSent(why, for_good=True)
    return found[0]


def is_inside(address: str) -> bool:
    """Whether an address is private, of this machine, or otherwise not on the public internet.

    >>> [is_inside(one) for one in ("10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "93.184.215.14")]
    [True, True, True, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return not found.is_global or found.is_multicast or (inner is not None and is_inside(str(inner)))
