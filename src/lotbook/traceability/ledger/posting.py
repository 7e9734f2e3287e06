"""How a batch of drafts becomes rows: the steps behind the one door, in the order they must happen.

The order is the lock order: logistic units, then lots, then balances (our places before outside ones), each
by key (limits, trap 3). The number of SQL statements does not depend on the size of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lotbook.kernel import sql
from lotbook.kernel.errors import Conflict, Refused
from lotbook.traceability.ledger import admission, availability, balancing, claims, repeats, storage, writing
from lotbook.traceability.ledger.entries import Batch, Entry, Orphaned, TryAgain, lot_keys
from lotbook.traceability.ledger.lookup import look_up
from lotbook.traceability.ledger.rules import Draft, LotRef, Receipt, Refusal
from lotbook.traceability.ledger.sites import check_sites
from lotbook.traceability.lots import batch as lots


def post_once(
    drafts: Sequence[Draft],
    *,
    actor: str,
    each: bool,
    careful: bool,
    refused: Mapping[int, Refusal] | None = None,
) -> list[Receipt | Refusal]:
    """One attempt, inside a transaction; ``refused`` are the verdicts of an attempt that was taken back.

    Raises Refused unless per-event verdicts were asked for, Short where the quick way met too little
    stock, TryAgain where another writer was faster, Orphaned where refused events made lots.
    """
    batch = Batch(drafts, actor=actor, refused=refused)
    careful = careful or not sql.is_postgres()
    admission.check_by_itself(batch)
    storage.announce()
    look_up(batch)
    admission.check_known(batch)
    admission.tell_facts(batch)
    repeats.hash_all(batch)
    repeats.settle(batch)
    admission.check_allowed(batch)
    check_sites(batch)
    _verdict(batch, each)
    _make_lots(batch)
    availability.lock(batch)
    _verdict(batch, each)
    emptied = balancing.balance(batch, careful=careful, all_or_nothing=not each)
    _verdict(batch, each)
    _leave_no_orphans(batch)
    written = writing.write(batch, emptied)
    claims.break_(batch)
    if inherited := writing.inherited_holds(batch, written):
        post_once(inherited, actor="lotbook", each=False, careful=careful)
    return [_answer(entry) for entry in batch.entries[: batch.size]]


def _make_lots(batch: Batch) -> None:
    """Make the lots the book does not know yet, and give every movement its keys."""
    wanted: dict[lots.Identity, dict[str, Any]] = {}
    for entry in batch.live():
        draft = entry.draft
        for parts in (draft.moves, draft.names, draft.packs, draft.holds):
            for part in parts:
                key = part.lot
                if type(key) is LotRef and (key.item, key.number, key.kind) not in batch.known:
                    facts = wanted.setdefault((key.item, key.number, key.kind), {})
                    facts.update(
                        (name, value) for name, value in key.facts.items() if value not in (None, "")
                    )
    if wanted:
        made = lots.create(wanted, batch.now)
        if len(made) < len(wanted):
            made |= lots.by_identity([identity for identity in wanted if identity not in made])
        if len(made) < len(wanted):
            raise TryAgain
        batch.made = made
        batch.known |= made
        batch.lots.update((info.id, info) for info in made.values())
    for entry in batch.live():
        if entry.original is not None:
            entry.moves = [(lot, to, source, q, w, None) for lot, source, to, q, w, _ in entry.original.moves]
        else:
            entry.moves = [
                (batch.key(m.lot), m.source, m.destination, m.quantity, m.catch_weight, m.claim)  # type: ignore[misc]
                for m in entry.draft.moves
            ]


def _leave_no_orphans(batch: Batch) -> None:
    """Lots made for events that were refused since must not stay."""
    if not batch.made or not any(entry.faults for entry in batch.entries):
        return
    needed = {
        (key.item, key.number, key.kind)
        for entry in batch.live()
        for _, key in lot_keys(entry.draft)
        if type(key) is LotRef
    }
    if batch.made.keys() - needed:
        answers = (_answer(entry) for entry in batch.entries[: batch.size] if entry.faults)
        raise Orphaned({answer.index: answer for answer in answers if isinstance(answer, Refusal)})


def _verdict(batch: Batch, each: bool) -> None:
    """With all-or-nothing, the first step that refuses anything ends the batch."""
    refused = [entry for entry in batch.entries if entry.faults]
    if each or not refused:
        return
    single = batch.size == 1
    faults = [f if single else f.under(f"events/{e.index}") for e in refused for f in e.faults]
    status = refused[0].status if len({entry.status for entry in refused}) == 1 else 422
    raise (Conflict if status == 409 else Refused)(faults, status=status)


def _answer(entry: Entry) -> Receipt | Refusal:
    source = entry.repeats or entry
    if source.faults:
        return Refusal(entry.index, entry.draft.uid, tuple(source.faults), source.status)
    if entry.receipt is not None:
        return entry.receipt
    return Receipt(entry.uid, source.sequence, duplicate=entry.repeats is not None)
