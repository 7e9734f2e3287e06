"""``lotbook outbox``: deliver the notes that wait, see how many do."""

from __future__ import annotations

import argparse
import sys
from datetime import timedelta

from lotbook.kernel import clock, outbox

KEPT_FOR = timedelta(days=30)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``outbox``."""
    parser = commands.add_parser("outbox", help="deliver what waits for listeners")
    acts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    send = acts.add_parser(
        "deliver", help="deliver the messages that are due, and forget delivered ones of old"
    )
    send.set_defaults(run=deliver)
    see = acts.add_parser("status", help="say how many messages wait")
    see.set_defaults(run=status)


def deliver(_options: argparse.Namespace) -> int:
    """Deliver what is due; exit 1 when a listener failed (it is tried again later)."""
    delivered = failed = 0
    while True:
        done = outbox.deliver()
        delivered += done.delivered
        failed += done.failed
        if not done.delivered:
            break
    outbox.forget(clock.now() - KEPT_FOR)
    say = f"{delivered} delivered"
    if failed:
        say += f", {failed} failed and will be tried again"
    print(say, file=sys.stdout)
    return 1 if failed else 0


def status(_options: argparse.Namespace) -> int:
    """Say how many messages wait; exit 1 when any does."""
    count = outbox.waiting()
    print(f"{count} waiting", file=sys.stdout)
    return 1 if count else 0
