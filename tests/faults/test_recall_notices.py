"""Notices against real servers: what is refused, what breaks, a worker killed at every point; never twice.

A mail server and a web server of our own run in threads. The worker that is killed is a process of its own,
on a book of its own; a worker that forgets to mark what it takes is the control, and is caught sending twice.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lotbook.foundation.partners import actions as partners
from lotbook.insights.recall import actions, posting, worker
from lotbook.insights.recall.actions import handover, notifying, planning
from lotbook.insights.recall.mailing import NotSent
from lotbook.insights.recall.models import Case, Notice
from lotbook.insights.recall.queries import hooks, scoping
from lotbook.kernel import clock
from lotbook.kernel.errors import Refused
from lotbook.traceability.lots.models import Lot
from tests import cast
from tests.cast import Cast

QUINN = "user:quinn"
PLAN: dict[str, Any] = {"todo": "return", "company": "Quillmere", "contact_phone": "1"}


# -- a mail server -----------------------------------------------------------------------------------


@dataclass
class MailServer:
    """Takes mails; ``trouble`` says what it does when, ``paused`` is set while it holds an answer back."""

    port: int = 0
    trouble: str = ""
    mails: list[bytes] = field(default_factory=list)
    paused: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)


class _Talk(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Talk SMTP (RFC 5321) as far as smtplib asks."""
        with suppress(OSError):
            self._talk(self.server.book)  # type: ignore[attr-defined]

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _talk(self, server: MailServer) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"RCPT" and server.trouble in ("hang up", "pause before"):
                if server.trouble == "hang up":
                    return
                self._pause(server)
            elif word == b"DATA":
                self.say("354 go on")
                self._take(server)
                if server.trouble == "cut":
                    return
                if server.trouble == "pause after":
                    self._pause(server)
                self.say("250 taken")
            else:
                refused = {"unknown": "550 no such mailbox", "busy": "451 try again later"}
                self.say(refused.get(server.trouble, "250 fine") if word == b"RCPT" else "250 fine")

    def _take(self, server: MailServer) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        server.mails.append(b"".join(lines))

    def _pause(self, server: MailServer) -> None:
        server.paused.set()
        server.go_on.wait(30)


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture
def mails() -> Iterator[MailServer]:
    book = MailServer()
    server = _Threads(("127.0.0.1", 0), _Talk)
    server.book = book  # type: ignore[attr-defined]
    book.port = server.server_address[1]
    with running(server):
        yield book
        book.go_on.set()


@pytest.fixture
def sending(mails: MailServer, settings: Any) -> MailServer:
    """This process sends its mail to the server above."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mails.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_TIMEOUT = 2
    settings.BOOK_URL = "https://book.example"
    return mails


def told(world: Cast, **larchwood: Any) -> Case:
    """A case whose notice to Larchwood Market waits."""
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    cast.ship(world, world.larchwood, world.tomatoes, "TOM-1", "120")
    if larchwood:
        partners.amend_partner(actor=QUINN, uid=world.larchwood.uid, changes=larchwood)
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    case = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN)
    actions.take_scope(case=case.uid, actor=QUINN)
    actions.freeze(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    notifying.notify(case=case.uid, actor=QUINN)
    return case


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trouble", "status", "taken"),
    [
        ("", "sent", 1),
        ("unknown", "failed", 0),
        ("busy", "waiting", 0),
        ("hang up", "waiting", 0),
        ("cut", "unsure", 1),
        ("pause after", "unsure", 1),
    ],
)
def test_what_a_mail_server_does(sending: MailServer, trouble: str, status: str, taken: int) -> None:
    case = told(cast.small(), email="goods@larchwood.example")
    sending.trouble = trouble
    assert worker.run_due() == 1
    one = Notice.objects.get()
    assert (one.status, len(sending.mails)) == (status, taken), one.problem
    sending.trouble = ""
    with clock.standing(clock.now() + handover.LEASE * 2):
        worker.run_due()
    later = {"waiting": ("sent", 1), "failed": ("failed", 0)}
    assert (Notice.objects.get().status, len(sending.mails)) == later.get(status, (status, taken))
    if status == "sent":
        mail = message_from_bytes(sending.mails[0], policy=policy.default)
        assert mail["Message-ID"].startswith(f"<{one.uid}@")
        assert [part.get_content_type() for part in mail.walk()] == [
            "multipart/mixed", "text/plain", "application/pdf",
        ]  # fmt: skip
        assert case.steps.filter(verb="notices sent").count() == 1


@pytest.mark.once
@pytest.mark.django_db
def test_no_mail_server_at_all_is_tried_again(sending: MailServer, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
        told(cast.small(), email="goods@larchwood.example")
        worker.run_due()
    assert Notice.objects.get().status == "waiting"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_notice_once(sending: MailServer) -> None:
    from django.db import connections

    world = cast.small()
    cast.receive(world, world.tumbling, world.tomatoes, "TOM-1", "500")
    for number in range(12):
        one = partners.create_partner(
            actor=QUINN,
            code=f"S{number}",
            name=f"Shop {number}",
            is_customer=True,
            email=f"s{number}@x.example",
        )
        cast.ship(world, one, world.tomatoes, "TOM-1", "1")
    given = scoping.of_lots([Lot.objects.get(number="TOM-1").uid])
    case = actions.open_case(kind="recall", reason="glass", suspects=given, actor=QUINN)
    for act in (actions.take_scope, actions.freeze):
        act(case=case.uid, actor=QUINN)
    actions.decide(case=case.uid, decision="recall", reason="glass", actor=QUINN)
    planning.keep_plan(case=case.uid, actor=QUINN, **PLAN)
    notifying.notify(case=case.uid, actor=QUINN)

    def work() -> None:
        try:
            for _ in range(20):
                with suppress(Exception):
                    worker.run_due()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notice.objects.filter(status="sent").count() == 12
    assert len({message_from_bytes(mail)["Message-ID"] for mail in sending.mails}) == len(sending.mails) == 12


# -- a worker that is killed -------------------------------------------------------------------------

WORK = """
import os, sys
from lotbook.insights.recall import worker
from lotbook.insights.recall.actions import handover
from lotbook.insights.recall.models import Notice
if sys.argv[1] == "forgetful":
    # The control: it sends without having marked what it takes.
    handover.claim = lambda: Notice.objects.filter(status="waiting").select_related(
        "case", "customer__partner").first()
worker.run_due()
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("trouble", "which", "mails_after"),
    [("pause before", "ours", 0), ("pause after", "ours", 1), ("pause after", "forgetful", 2)],
)
def test_a_killed_worker_never_sends_twice(
    sending: MailServer, tmp_path: Path, trouble: str, which: str, mails_after: int
) -> None:
    mails = sending
    told(cast.small(), email="goods@larchwood.example")
    mails.trouble = trouble
    process = started(which, mails, tmp_path)
    try:
        assert mails.paused.wait(30), "the worker never came to the point where it is killed"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    mails.go_on.set()
    mails.trouble = ""
    assert Notice.objects.get().status == ("waiting" if which == "forgetful" else "sending")
    # After the lease somebody looks again: the row is unsure, and stays so.
    Notice.objects.filter(status="sending").update(
        claimed_at=clock.now() - handover.LEASE - timedelta(seconds=1)
    )
    for _ in range(3):
        worker.run_due()
    one = Notice.objects.get()
    assert len(mails.mails) == mails_after
    assert one.status == ("sent" if which == "forgetful" else "unsure")
    if which == "ours":
        notifying.settle(notice=one.uid, what="again", actor=QUINN)
        worker.run_due()
        assert (Notice.objects.get().status, len(mails.mails)) == ("sent", mails_after + 1)


def started(which: str, mails: MailServer, folder: Path) -> subprocess.Popen[bytes]:
    """A worker of its own on the database of this test."""
    from django.db import connection

    found = connection.settings_dict
    environment = {
        **os.environ, "LOTBOOK_HOME": str(folder), "LOTBOOK_SECRET_KEY": "k" * 50,
        "LOTBOOK_URL": "https://b.example", "LOTBOOK_MAIL_URL": f"smtp://127.0.0.1:{mails.port}?tls=off",
        "DJANGO_SETTINGS_MODULE": "lotbook.config.settings",
    }  # fmt: skip
    if connection.vendor == "sqlite":
        environment["LOTBOOK_DATABASE_URL"] = f"sqlite:///{found['NAME']}"
    else:
        base, _, rest = os.environ["LOTBOOK_DATABASE_URL"].rpartition("/")
        tail = rest.partition("?")[2]
        environment["LOTBOOK_DATABASE_URL"] = f"{base}/{found['NAME']}" + (f"?{tail}" if tail else "")
    code = f"import django; django.setup()\n{WORK}"
    return subprocess.Popen([sys.executable, "-c", code, which], env=environment)


# -- webhooks ----------------------------------------------------------------------------------------


@dataclass
class Taker:
    """A customer's system: what it got, and how it answers."""

    port: int = 0
    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    cut: bool = False


class _Takes(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take a notice."""
        book: Taker = self.server.book  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        book.got.append((dict(self.headers), body))
        if book.cut:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(book.status)
        if book.status == 302:
            self.send_header("Location", f"http://127.0.0.1:{book.port}/elsewhere")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"x" * 1_000_000)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def taker() -> Iterator[Taker]:
    book = Taker()
    server = _Threads(("127.0.0.1", 0), _Takes)
    server.book = book  # type: ignore[attr-defined]
    book.port = server.server_address[1]
    with running(server):
        yield book


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "sent"), (302, "failed"), (410, "failed"), (503, "waiting"), (0, "unsure")]
)
def test_a_webhook_gets_a_signed_notice_once(taker: Taker, settings: Any, status: int, outcome: str) -> None:
    settings.PRIVATE_WEBHOOKS = True
    world = cast.small()
    hook = planning.set_hook(
        partner=world.larchwood.uid, url=f"http://127.0.0.1:{taker.port}/in?a=1", actor=QUINN
    )
    assert hook is not None
    told(world)
    taker.status, taker.cut = status, not status
    worker.run_due()
    one = Notice.objects.get()
    assert (one.channel, one.status, len(taker.got)) == ("webhook", outcome, 1), one.problem
    headers, body = taker.got[0]
    at = int(headers["Lotbook-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Lotbook-Signature"] == hooks.signature(hooks.hook_secret(hook), at, body)
    assert abs(time.time() - at) < 60
    said = json.loads(body)
    assert (said["id"], said["goods"][0]["number"]) == (str(one.uid), "TOM-1")
    hook.turn += 1
    assert headers["Lotbook-Signature"] != hooks.signature(hooks.hook_secret(hook), at, body)


@pytest.mark.once
@pytest.mark.django_db
def test_no_webhook_reaches_into_our_own_network(taker: Taker, settings: Any) -> None:
    settings.PRIVATE_WEBHOOKS = False
    for url in (f"http://127.0.0.1:{taker.port}/", "https://u:p@x.example/", "https://", "ftp://x.example/"):
        with pytest.raises(Refused):
            planning.set_hook(partner=cast_partner(), url=url, actor=QUINN)
    for host in (
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.1.2.3",
        "169.254.169.254",
        "[::ffff:10.0.0.1]",
        "0.0.0.0",
    ):
        with pytest.raises(NotSent) as refused:
            posting.post(f"https://{host}:{taker.port}/in", b"{}", {})
        assert "inside a network" in str(refused.value)
    assert taker.got == []
    # The control: the same door, once somebody opens it.
    settings.PRIVATE_WEBHOOKS = True
    posting.post(f"http://127.0.0.1:{taker.port}/in", b"{}", {"Lotbook-Notice": str(uuid4())})
    assert len(taker.got) == 1


def cast_partner() -> Any:
    from lotbook.foundation.partners.models import Partner

    found = Partner.objects.first()
    return (found or cast.small().larchwood).uid
