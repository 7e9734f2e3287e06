"""Convergence: what complaint lots have in common, against lots without complaints.

A constant number of statements (one a step of the walk upstream, the longest way counts), whatever the number
of lots; every figure as of one ledger sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lotbook.kernel.errors import Fault, Refused
from lotbook.traceability.trace import engine
from lotbook.traceability.trace.convergence import controls as comparing
from lotbook.traceability.trace.convergence import ranking
from lotbook.traceability.trace.convergence.candidates import Search
from lotbook.traceability.trace.convergence.rules import LOTS_MAX, Convergence, Lot


def converge(
    complaints: Sequence[int], controls: Sequence[int] | None = None, *, as_of: int | None = None
) -> Convergence:
    """What the complaint lots (keys) descend from, ranked by hits against expected hits.

    ``controls``: keys of lots without complaints; None lets the book take comparable ones (``controls``
    module), and an empty list compares with nothing. Raises Refused for lots the book does not know, too
    many lots, a lot on both sides, or a sequence that is not decided yet.
    """
    moment = checked(as_of)
    asked = sorted(set(complaints))
    _check_count("lots", asked)
    known = {lot.id: lot for lot in comparing.read({*asked, *(controls or ())})}
    _check_known("lots", asked, known)
    subjects = [known[lot] for lot in asked]
    if controls is None:
        others, comparable = comparing.choose(subjects, as_of=moment)
    else:
        given = sorted(set(controls))
        _check_controls(given, known, set(asked))
        others, comparable = [known[lot] for lot in given], len(given)
    answer = Convergence(moment, subjects, others, controls is None, comparable)
    ranking.judge(answer, Search(subjects + others, as_of=moment))
    return answer


def checked(as_of: int | None) -> int:
    """The sequence an answer is as of: the one asked for, or the last decided one. Raises Refused."""
    decided = engine.watermark()
    if as_of is not None and not 0 <= as_of <= decided:
        cause = f"expected a sequence from 0 to {decided} (decided so far), got {as_of}."
        raise Refused(Fault("as_of", cause, "Leave it out for now."), status=400)
    return decided if as_of is None else as_of


def _check_count(name: str, lots: Sequence[int]) -> None:
    if name == "lots" and not lots:
        raise Refused(Fault("lots", "no complaint lot is named.", "Name at least one.", "required"))
    if len(lots) > LOTS_MAX:
        cause = f"{len(lots)} lots are named, at most {LOTS_MAX} can be looked at together."
        raise Refused(Fault(name, cause, "Take the clearest cases."))


def _check_known(name: str, lots: Iterable[int], known: dict[int, Lot]) -> None:
    if missing := [lot for lot in lots if lot not in known]:
        raise Refused(Fault(name, f"the book does not know {len(missing)} of these lots.", "Check them."))


def _check_controls(controls: Sequence[int], known: dict[int, Lot], complaints: set[int]) -> None:
    _check_count("controls", controls)
    _check_known("controls", controls, known)
    if both := [known[lot] for lot in controls if lot in complaints]:
        names = ", ".join(f"{lot.item} {lot.number}" for lot in both[:5])
        cause = f"{names} is named with a complaint and without."
        raise Refused(Fault("controls", cause, "Take it off one of the two."))
