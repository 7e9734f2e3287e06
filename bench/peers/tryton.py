"""Lot traces of Tryton and of Lotbook beside each other: ``python -m bench.peers.tryton [--lots 2000]``.

Tryton 8 with its modules stock_lot and production is installed from the package index into an environment of
its own (``.cache/peers/tryton``; it is under the GPL and never part of ours), on a throw-away PostgreSQL of
which Lotbook uses another database. Both servers run at once, each as its own command starts it; the same
small job is entered in both over their public interfaces, then the same lots are traced forward and backward,
in turn. Both must name the same lots, those that a plain search over the job finds.

What is compared: from the question until the client knows the lots. Tryton answers a trace a step at a time,
so its client asks once a level, whole levels at once; Lotbook answers in one call, with quantities, events
and partners. The PostgreSQL does not wait for the disk: only reading is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from tests import postgres

from bench.databases import cache_folder, child, result_of
from bench.harness import Figure, heard, median, ratio, say, table, tell
from bench.peers.job import Job, job
from bench.peers.tryton_rpc import Tryton, begin, load, trace

PACKAGES = [f"{name}>=8,<9" for name in ("trytond[PostgreSQL]", "trytond_stock_lot", "trytond_production")]
HOME = cache_folder().parent / "peers" / "tryton"
WARM, AIM = 6, 20.0
Trace = Callable[[str, bool], set[str]]
DATABASE = "tryton"


def install() -> str:
    """Make Tryton's environment where it is missing; gives its version."""
    if not (HOME / "bin" / "trytond").exists():
        say(f"installing {', '.join(PACKAGES)} into {HOME}")
        subprocess.run([sys.executable, "-m", "venv", str(HOME)], check=True)
        command = [str(HOME / "bin" / "pip"), "install", "--quiet", *PACKAGES]
        if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            sys.exit("bench: Tryton could not be installed; nothing was measured. See above what pip says.")
    told = subprocess.run([HOME / "bin" / "trytond", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]


@contextmanager
def serving(server: str) -> Iterator[tuple[int, str]]:
    """Tryton with an empty book on the PostgreSQL at ``server``, as ``trytond`` serves: port and password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        settings, word = Path(folder) / "trytond.conf", Path(folder) / "password"
        uri = urlsplit(server)._replace(path="/").geturl()
        settings.write_text(f"[database]\nuri = {uri}\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n")
        word.write_text(secrets.token_hex(16))
        environment = {**os.environ, "TRYTONPASSFILE": str(word)}
        common = ["-c", str(settings), "-d", DATABASE]
        modules = ["-u", "stock_lot", "production", "--activate-dependencies"]
        admin = [str(HOME / "bin" / "trytond-admin"), *common, *modules]
        # It asks for an e-mail address; none is an answer.
        subprocess.run(admin, env=environment, check=True, input=b"\n")
        process = subprocess.Popen(
            [str(HOME / "bin" / "trytond"), *common], env=environment, stderr=subprocess.PIPE
        )
        try:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, word.read_text()
        finally:
            process.terminate()
            process.wait(timeout=30)


def measure(url: str, lots: str, traced: str, port: str, password: str) -> None:
    """Enter the job in both and trace in turn (in a process with Django on Lotbook's book at ``url``)."""
    from bench.calls import Api, _serve
    from bench.peers import ours

    work = job(int(lots))
    key = ours.masters()
    server = _serve(url)
    try:
        say(f"entering {len(work.lots):,} lots, {len(work.runs):,} runs")
        entered = threading.Event()

        def enter() -> None:
            ours.load(Api(server.port, key), work)
            entered.set()

        entering = threading.Thread(target=enter)
        entering.start()
        tryton = Tryton(int(port), DATABASE, password)
        keys = load(tryton, work)
        entering.join()
        if not entered.is_set():
            sys.exit("bench: Lotbook refused something of the job; see above")
        number = {key: lot for lot, key in keys.items()}
        api = Api(server.port, key)

        def own(lot: str, forward: bool) -> set[str]:
            return ours.trace(api, lot, forward=forward)

        def theirs(lot: str, forward: bool) -> set[str]:
            found = trace(tryton, begin(tryton, keys[lot]), forward=forward)
            return {number[one] for one in found} - {lot}

        dice = random.Random(2)
        for forward, pool in ((True, work.raw), (False, [lot for lot, _ in work.shipped])):
            chosen = dice.sample(pool, min(int(traced) + WARM, len(pool)))
            _beside(work, chosen, forward, own, theirs)
    finally:
        server.stop()


def _beside(work: Job, lots: list[str], forward: bool, own: Trace, theirs: Trace) -> None:
    """Trace the lots in turn, compare what is named, and tell."""
    name = "forward from raw lots" if forward else "backward from shipped lots"
    taken: list[list[float]] = [[], []]
    sizes = []
    for turn, lot in enumerate(lots):
        begun = time.perf_counter()
        here = own(lot, forward)
        between = time.perf_counter()
        there = theirs(lot, forward)
        ended = time.perf_counter()
        truth = work.reach(lot, forward=forward)
        if not here == there == truth:
            sys.exit(
                f"bench: {name} of {lot}: the job has {len(truth)} lots, Lotbook named {len(here)}, Tryton"
                f" {len(there)}; they differ in {sorted(here ^ there)[:5]}"
            )
        if turn >= WARM:
            taken[0].append(between - begun)
            taken[1].append(ended - between)
            sizes.append(len(here))
    note = f"median of {len(sizes)} traces of {median(sizes):.0f} lots, the same lots in both"
    tell(Figure(f"trace {name}: Lotbook", median(taken[0]) * 1000, "ms", note=note))
    note = f"load of the machine {os.getloadavg()[0]:.1f}"
    tell(Figure(f"trace {name}: Tryton", median(taken[1]) * 1000, "ms", note=note))
    tell(Figure(f"trace {name}: times Tryton", ratio(taken[1], taken[0]), "×", least=AIM))


def main() -> int:
    """Install, serve, measure, print; 1 where the aim is missed."""
    parser = argparse.ArgumentParser(prog="bench.peers.tryton", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lots", type=int, default=2000, help="size of the job")
    parser.add_argument("--traced", type=int, default=40, help="traces each way that are timed")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of the table")
    options = parser.parse_args()
    say(f"Tryton {install()}")
    with postgres.throwaway_cluster(durable=False) as cluster:
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'".encode())
        say("making both books")
        migrating = child(cluster.url, "migrate")
        with serving(cluster.url) as (port, password):
            if migrating.wait():
                sys.exit("bench: Lotbook's book could not be migrated; see above")
            arguments = [cluster.url, str(options.lots), str(options.traced), str(port), password]
            told = result_of(cluster.url, "peers.tryton", *arguments)
    figures = [heard(line) for line in told.splitlines()]
    print(json.dumps([one.as_json() for one in figures], indent=1) if options.json else table(figures))
    return 1 if any(one.verdict == "short" for one in figures) else 0


if __name__ == "__main__":
    # A stopped run ends its servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
