"""``lotbook drill``: run a mock recall, sign it, print its report; ``lotbook drill list``."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from lotbook.foundation.accounts import queries as accounts
from lotbook.foundation.accounts.models import User
from lotbook.insights.recall import actions, drillpresent, drillrules
from lotbook.insights.recall.models import Answers, Drill
from lotbook.insights.recall.queries import drills, naming, results
from lotbook.insights.recall.reports import drills as papers
from lotbook.kernel.errors import Fault, NotAllowed, NotFound, Refused

ACTOR = "system:command line"
LIST = "list"
SHOWN = 30


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``drill``."""
    parser = commands.add_parser(
        "drill",
        help="a mock recall on real data, against the clock; holds nothing, tells nobody",
        description="Name a lot, or --random; `list` prints the drills there were. What is not signed here"
        " can be signed on its page.",
    )
    parser.add_argument(
        "lot", nargs="*", help="lot number (after the item's code if several have it), or: list"
    )
    parser.add_argument("--random", action="store_true", help="draw a lot")
    parser.add_argument("--seed", type=int, help="draw the same lot again from the same lots")
    parser.add_argument("--among", choices=[*drillrules.AMONG], default="shipped", help="what to draw from")
    parser.add_argument("--days", type=int, default=drillrules.DAYS_USUAL, help="of how many last days")
    parser.add_argument("--target", default="4h", help="like 4h, 90min (4h)")
    parser.add_argument("--answers", choices=Answers.values, default=Answers.NONE, help="customers' answers")
    parser.add_argument("--reason", default="", help="why now")
    parser.add_argument(
        "--sign", action="store_true", help="sign at once; needs --as and that person's password"
    )
    parser.add_argument("--as", dest="signer", metavar="USER", help="who signs: may decide recall cases")
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="write the report there")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run a drill, or list those there were."""
    if options.lot == [LIST]:
        return _list(options)
    if bool(options.lot) == bool(options.random or options.seed is not None):
        cause = (
            "either a lot or --random is wanted."
            if not options.lot
            else "a lot is named and one shall be drawn."
        )
        raise Refused(Fault("lot", cause, "Write `lotbook drill LOT` or `lotbook drill --random`."))
    signer = _signer(options)
    given = naming.suspects(" ".join(options.lot), field="lot")
    if options.lot and set(given) != {"lots"}:
        raise Refused(Fault("lot", "a drill begins with lots alone.", "Name the lots."))
    made = actions.start_drill(
        lots=given.get("lots", []), seed=options.seed, among=options.among, days=options.days,
        target=options.target, answers=options.answers, reason=options.reason,
        actor=f"user:{signer}" if signer else ACTOR,
    )  # fmt: skip
    if signer:
        made = actions.finish(drill=made.case.uid, actor=f"user:{signer}")
    if options.pdf is not None:
        options.pdf.write_bytes(papers.paper(made, by=ACTOR))
    _tell(options, made)
    told = drillpresent.result(made)["result"]
    return 0 if told["within_target"] and not told["balance"]["unexplained"] else 1


def _signer(options: argparse.Namespace) -> str:
    """Who signs, by name and password: nobody is logged in here, and a shell is no signature."""
    if not options.sign:
        return ""
    if not options.signer:
        raise Refused(Fault("as", "a signature needs a person.", "Say who signs with --as USER.", "required"))
    unknown = NotAllowed(Fault("as", f"{options.signer} and the password do not fit.", "Nothing was begun."))
    try:
        person: User = accounts.person(options.signer)
    except NotFound as problem:
        raise unknown from problem
    if not (person.is_active and person.check_password(_password(options.signer))):
        raise unknown
    if not person.may("recall.decide"):
        cause = f"{person.username} may not decide recall cases. Nothing was begun."
        raise NotAllowed(Fault("as", cause, "Let somebody sign who may."))
    if _second_factor(person):
        cause = f"{person.username} has a second factor, which cannot be shown here. Nothing was begun."
        raise NotAllowed(Fault("as", cause, "Leave --sign out, and sign on the drill's page."))
    return str(person.username)


def _second_factor(person: User) -> bool:
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(person))


def _password(name: str) -> str:
    """Asked for where somebody sits there, else the first line that is sent in."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {name}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _list(options: argparse.Namespace) -> int:
    rows = list(drills.drills())
    if options.json:
        _json([drillpresent.row(row) for row in rows])
        return 0
    table = Table("Drill", "Started", "Lot", "Target", "Time", "Balance", "Customers", "Findings", "Signed")
    for row in rows:
        clock = drills.clock_of(row)
        late = "" if clock.within else " late"
        table.add_row(
            row.case.number, f"{row.case.opened_at:%Y-%m-%d %H:%M}", row.case.source[:40], clock.target,
            clock.elapsed + late, drillrules.percent(row.balance_ppm), str(row.customers or ""),
            str(getattr(row, "found", "")), row.signed_by.removeprefix("user:") or "not yet",
        )  # fmt: skip
    _console().print(table if rows else "No drill yet.")
    return 0


def _tell(options: argparse.Namespace, made: Drill) -> None:
    if options.json:
        _json({**drillpresent.drill(made), **drillpresent.result(made)})
        return
    told = drillpresent.result(made)["result"]
    console = _console()
    say = _say(console)
    say(f"DRILL {told['number']}  {told['reason']}")
    if told["choice"]["population"]:
        choice, as_of = told["choice"], told["as_of"]
        say(f"drawn by seed {choice['seed']} from {made.drawn_from} lots, as of sequence {as_of}")
    if told["made_up"]:
        say("The customers' answers are MADE UP by the drill.")
    forward, back, whole = told["forward"], told["backward"], told["balance"]
    say(
        f"forward: {forward['lots']} lots, {forward['customers']} customers, {forward['documents']} documents"
    )
    say(f"backward: {back['materials']} lots, {back['suppliers']} suppliers")
    say(f"balance: {drillrules.percent(whole['ppm'])}, {whole['differences']} lots with a difference")
    table = Table("Customer", "Contact", "Item", "Lot", "Shipped", "Unit", "Documents")
    rows = [(one, part) for one in told["customers"] for part in one["deliveries"]]
    for one, part in rows[:SHOWN]:
        contact = one["contact"] or "none known"
        table.add_row(
            one["name"], contact, part["item"], part["lot"], part["shipped"], part["unit"],
            ", ".join(part["documents"]),
        )  # fmt: skip
    if rows:
        console.print(table)
    if len(rows) > SHOWN:
        say(f"and {len(rows) - SHOWN} more: --json has all")
    for words in results.differences(whole["rows"])[:SHOWN]:
        say(f"difference: {words}")
    end = (
        f"signed by {made.signed_by.removeprefix('user:')}"
        if made.signed_at
        else "not signed: sign it on its page"
    )
    say(f"{drillrules.span(told['seconds'])} of {drillrules.span(told['target_s'])}; {end}")
    if options.pdf is not None:
        say(f"report: {options.pdf}")


def _say(console: Console) -> Any:
    return lambda words: console.print(words, highlight=False, markup=False)


def _console() -> Console:
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 200)


def _json(told: Any) -> None:
    sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode() + "\n")
