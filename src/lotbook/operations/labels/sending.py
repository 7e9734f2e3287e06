"""Talking to label printers: to whom at all, and what is known when the talk broke off."""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass

from django.conf import settings

from lotbook.kernel.errors import Fault
from lotbook.standards import zpl

CONNECT_S, ANSWER_S = 5.0, 10.0
PORTS = frozenset({6101, *range(9100, 9110)})
"""What printers listen on: the raw ports, and that of mobile printers."""
_ASK = b"~HS"
_ANSWER_MAX = 4_096


class NotSent(Exception):
    """The printer has nothing of the label: trying again prints it once."""


class PerhapsSent(Exception):
    """The printer may have the label: trying again may print it twice."""


@dataclass(frozen=True, slots=True)
class Target:
    """A printer to talk to; ``confirms``: it answers ~HS."""

    host: str
    port: int
    confirms: bool


def refusal(host: str, port: int) -> Fault | None:
    """Why a printer may not have this address, as far as its text tells."""
    if not _local_allowed() and port not in PORTS:
        cause = f"printers listen on port 9100 to 9109 or 6101, not on {port}."
        return Fault("port", cause, "Set the printer to 9100.")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host.lower().rstrip(".") == "localhost" and not _local_allowed():
            return _forbidden(host)
        return None
    return _forbidden(host) if _is_forbidden(address) else None


def _forbidden(host: str) -> Fault:
    cause = f"{host} is this machine, or no address of a printer."
    remedy = "Give the printer's own address; LOTBOOK_LOCAL_PRINTERS=1 allows this machine."
    return Fault("host", cause, remedy, "forbidden")


def _local_allowed() -> bool:
    return bool(getattr(settings, "LOCAL_PRINTERS", False))


def _is_forbidden(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if address.is_loopback and _local_allowed():
        return False
    # Link-local is where cloud machines keep their secrets (169.254.169.254).
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    )


def send(target: Target, body: bytes) -> None:
    """Hand a job to a printer. Raises NotSent or PerhapsSent, with the reason in words.

    A printer that confirms is asked first whether it can print, and afterwards whether it has everything.
    """
    connection = _connect(target)
    try:
        if target.confirms:
            _ask_before(connection)
        _hand_over(connection, body)
        if target.confirms:
            _ask_after(connection)
        else:
            _finish(connection)
    finally:
        connection.close()


def _connect(target: Target) -> socket.socket:
    """Connect to an address that was looked at: a name that leads elsewhere later changes nothing."""
    if (fault := refusal(target.host, target.port)) is not None:
        raise NotSent(str(fault))
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent(f"there is no machine called {target.host}") from None
    address = found[0][4]
    if any(_is_forbidden(ipaddress.ip_address(str(one[4][0]).partition("%")[0])) for one in found):
        raise NotSent(f"{target.host} leads to {address[0]}, which is no address of a printer")
    connection = socket.socket(found[0][0], socket.SOCK_STREAM)
    connection.settimeout(CONNECT_S)
    try:
        connection.connect(address)
    except OSError as problem:
        connection.close()
        raise NotSent(f"no connection to {target.host}: {_words(problem)}") from None
    return connection


def _ask_before(connection: socket.socket) -> None:
    try:
        connection.sendall(_ASK)
        status = _status(connection)
    except OSError as problem:
        raise NotSent(f"it does not say how it is: {_words(problem)}") from None
    if status is None:
        raise NotSent("it does not say how it is; is it a ZPL printer that answers ~HS?")
    if status.trouble:
        raise NotSent(status.trouble)


def _hand_over(connection: socket.socket, body: bytes) -> None:
    connection.settimeout(ANSWER_S)
    try:
        connection.sendall(body)
    except OSError as problem:
        raise PerhapsSent(f"it broke off while it was sent: {_words(problem)}") from None


def _ask_after(connection: socket.socket) -> None:
    """Answered at once when it is read, which is after everything before it was."""
    try:
        connection.sendall(_ASK)
        status = _status(connection)
    except OSError as problem:
        raise PerhapsSent(f"it did not say that it has it: {_words(problem)}") from None
    if status is None:
        raise PerhapsSent("it did not say that it has it")


def _finish(connection: socket.socket) -> None:
    """Without answers there is only this: that the connection is not torn down while it is read."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(2.0)
        while connection.recv(1_024):
            pass
    except TimeoutError:
        return
    except OSError as problem:
        raise PerhapsSent(f"it broke off after it was sent: {_words(problem)}") from None


def _status(connection: socket.socket) -> zpl.Status | None:
    """The answer to ~HS, or None when none comes in time or the other side is gone."""
    until, answer = time.monotonic() + ANSWER_S, b""
    while (left := until - time.monotonic()) > 0 and len(answer) < _ANSWER_MAX:
        connection.settimeout(left)
        try:
            piece = connection.recv(1_024)
        except TimeoutError:
            return None
        answer += piece
        if (status := zpl.status_of(answer)) is not None or not piece:
            return status
    return None


def _words(problem: OSError) -> str:
    return (
        "no answer in time"
        if isinstance(problem, TimeoutError)
        else (problem.strerror or str(problem)).lower()
    )
