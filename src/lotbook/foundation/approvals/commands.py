"""``lotbook approvals tick``: remind and expire now, for those who run it by their own clock."""

from __future__ import annotations

import argparse
import json


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``approvals``."""
    approvals = commands.add_parser("approvals", help="remind of and expire approvals that wait")
    acts = approvals.add_subparsers(title="commands", metavar="COMMAND", required=True)
    tick_ = acts.add_parser(
        "tick", help="send due reminders, expire what nobody decided (a served book does it itself)"
    )
    tick_.add_argument("--json", action="store_true", help="print JSON")
    tick_.set_defaults(run=tick)


def tick(options: argparse.Namespace) -> int:
    """Remind and expire what is due; running it again does nothing more."""
    from lotbook.foundation.approvals import actions

    reminded, expired = actions.tick()
    if options.json:
        print(json.dumps({"reminded": reminded, "expired": expired}))
    else:
        print(f"Approvals: {reminded} reminded, {expired} expired.")
    return 0
