"""Receive, run and ship one by one over HTTP with one client, as ``peers.md`` §6 measured today's systems.

A real server (``lotbook serve``) on a fresh book: so many receipts of one lot, so many runs that take 20 of
100 from four lots each, so many shipments; then forward and backward traces. One call an act. The CPU is
that of the server and of its PostgreSQL's processes, read from ``/proc`` (Linux), without the client's.

The peers' figures were taken on another day on the same kind of machine: they are told for comparison.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from bench.harness import Figure, median, tell
from lotbook.foundation.accounts import actions as accounts
from lotbook.foundation.catalog import actions as catalog
from lotbook.foundation.partners import actions as partners
from lotbook.foundation.places import actions as places
from lotbook.kernel import sql

RECEIPTS, RUNS, SHIPMENTS, TRACES = 200, 175, 200, 20
WARM = 64
"""Acts of each kind before anything is timed: each thread of the server opens its connection meanwhile."""
INPUTS = 4
ACTOR = "lotbook"

BEST_PEER = {"receive": 9.9, "run": 4.1, "ship": 11.3, "trace forward": 28.0, "trace backward": 196.0}
"""peers.md §6: acts per second (Odoo 18 each time), and medians of traces in ms (Odoo, Tryton)."""
PEER_CPU = {"receive": 96.0, "run": 223.0, "ship": 83.0}
"""ms of CPU an act, server and PostgreSQL together (Odoo 18, the least of the three)."""
TIMES_BETTER = 20


def measure(url: str) -> None:
    """Fill the empty book at ``url`` over HTTP and tell how it went."""
    key = _masters()
    server = _serve(url)
    try:
        api = Api(server.port, key)
        _measure(api, server)
    finally:
        server.stop()


def _measure(api: Api, server: Server) -> None:
    acts: dict[str, tuple[int, str, Callable[[int, str], dict[str, Any]]]] = {
        "receive": (RECEIPTS, "/receipts", _receipt),
        "run": (RUNS, "/runs/record", _run),
        "ship": (SHIPMENTS, "/shipments", _shipment),
    }
    for _, path, body in acts.values():
        for number in range(WARM):
            api.post(path, body(number, "WARM-"))
    for name, (count, path, body) in acts.items():
        wall, cpu = _timed([body(number, "") for number in range(count)], path, api, server)
        rate = count / wall
        note = f"{count} calls, {cpu / count * 1000:.1f} ms CPU each; best peer {BEST_PEER[name]}/s"
        tell(Figure(f"HTTP {name}", rate, "/s", note=note))
        tell(Figure(f"HTTP {name}: times the best peer", rate / BEST_PEER[name], "×", least=TIMES_BETTER))
        better = PEER_CPU[name] / (cpu / count * 1000)
        tell(Figure(f"HTTP {name}: times less CPU than the best peer", better, "×"))
    for name, lot, direction in (
        ("trace forward", "RAW-0000", "forward"),
        ("trace backward", f"MADE-{RUNS - 1:04}", "back"),
    ):
        times = []
        for _ in range(TRACES):
            begin = time.perf_counter()
            api.get(f"/trace?id={lot}&direction={direction}")
            times.append(time.perf_counter() - begin)
        ours = median(times) * 1000
        tell(Figure(f"HTTP {name}", ours, "ms", note=f"best peer {BEST_PEER[name]} ms"))
        tell(Figure(f"HTTP {name}: times the best peer", BEST_PEER[name] / ours, "×", least=TIMES_BETTER))


def _timed(bodies: list[dict[str, Any]], path: str, api: Api, server: Server) -> tuple[float, float]:
    """Wall and CPU seconds of so many calls, one after the other."""
    cpu, begin = server.cpu(), time.perf_counter()
    for body in bodies:
        api.post(path, body)
    return time.perf_counter() - begin, server.cpu() - cpu


# -- the work --------------------------------------------------------------------------------------


def _masters() -> str:
    """One supplier, sixteen customers, two items, a store, and a key's secret."""
    places.create_place(actor=ACTOR, code="STORE", kind="site", name="Store")
    partners.create_partner(actor=ACTOR, code="SUPPLIER", name="Supplier", is_supplier=True)
    for number in range(16):
        code = f"CUSTOMER-{number:02}"
        partners.create_partner(actor=ACTOR, code=code, name=code, is_customer=True)
    for code in ("RAW", "MADE"):
        catalog.create_item(actor=ACTOR, code=code, name=code, unit="KGM", scale=3)
    accounts.create_user(
        username="bench", role="administrator", password="a-long-bench-password", actor=ACTOR
    )
    scopes = ["receiving.post", "production.post", "shipping.post", "trace.view"]
    return accounts.create_api_key(name="bench", scopes=scopes, owner="bench", actor=ACTOR).secret


def _receipt(number: int, of: str) -> dict[str, Any]:
    line = {"item": "RAW", "lot": f"{of}RAW-{number:04}", "quantity": "100", "expires_on": "2031-03-03"}
    return {"supplier": "SUPPLIER", "place": "STORE", "lines": [line]}


def _run(number: int, of: str) -> dict[str, Any]:
    """Takes 20 of 100 from four lots, so that every lot goes into up to five runs."""
    last = WARM if of else RECEIPTS
    takes = [(number * INPUTS // 5 + step) % last for step in range(INPUTS)]
    inputs = [{"item": "RAW", "lot": f"{of}RAW-{lot:04}", "quantity": "20"} for lot in takes]
    output = {"item": "MADE", "lot": f"{of}MADE-{number:04}", "quantity": "80"}
    return {"item": "MADE", "site": "STORE", "place": "STORE", "inputs": inputs, "outputs": [output]}


def _shipment(number: int, of: str) -> dict[str, Any]:
    line = {"item": "MADE", "lot": f"{of}MADE-{number % RUNS:04}", "quantity": "40"}
    return {"customer": f"CUSTOMER-{number % 16:02}", "place": "STORE", "lines": [line]}


# -- client and server -----------------------------------------------------------------------------


class Api:
    """One client with one kept connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"X-API-Key": key, "Content-Type": "application/json"}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The answer to a POST; stops everything when it is refused."""
        return self._ask("POST", path, json.dumps(body))

    def get(self, path: str) -> Any:
        """The answer to a GET."""
        return self._ask("GET", path, None)

    def _ask(self, method: str, path: str, body: str | None) -> Any:
        self._connection.request(method, f"/api/v1{path}", body, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"bench: {method} {path} gave {answer.status}: {text[:500]!r}")
        return json.loads(text)


class Server:
    """``lotbook serve`` in processes of its own."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, postmaster: int) -> None:
        self._process = process
        self.port = port
        self._postmaster = postmaster

    def cpu(self) -> float:
        """Seconds of CPU spent so far by the server, its children and its database's processes."""
        total = 0.0
        group = os.getpgid(self._process.pid)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            # Fields of /proc/<pid>/stat after the name: parent, process group, …, CPU of user and system.
            if int(fields[2]) == group or int(fields[1]) == self._postmaster:
                total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End the server and its workers."""
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(timeout=30)


def _postmaster() -> int:
    """The process whose children serve the database's connections; -1 where there is none on this machine."""
    if connection.vendor != "postgresql":
        return -1
    stat = Path(f"/proc/{sql.rows('SELECT pg_backend_pid()')[0][0]}/stat")
    return int(stat.read_text().rpartition(")")[2].split()[1]) if stat.exists() else -1


def _serve(url: str) -> Server:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "lotbook", "serve", "--port", str(port)]
    environment = {**os.environ, "LOTBOOK_DATABASE_URL": url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    server = Server(process, port, _postmaster())
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server
    server.stop()
    sys.exit("bench: the server did not start; see above")
