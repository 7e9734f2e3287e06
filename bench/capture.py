"""Validated capture through the ledger's door against raw insertion of the very rows it wrote.

Two twin books grow alike: a batch is captured in the one, its finished rows are put raw into the other,
and so on in turn. Drafts are ready before the clock starts, and so are raw rows.
"""

from __future__ import annotations

from functools import partial

from bench.harness import Figure, median, ratio, say, seconds, tell
from bench.rows import GROWING, Twin, Watch
from bench.shop import ACTOR, Shop
from lotbook.kernel import sql
from lotbook.traceability.ledger import actions

ROUNDS = {1: 200, 10: 60, 100: 25, 1_000: 9, 10_000: 5}
BAR = 25.0
POSTGRES_BARS = set(ROUNDS)
SQLITE_BARS = {10_000}


def measure(twin_url: str, largest: str) -> None:
    """Measure every size of batch up to ``largest``; ``twin_url`` is the twin's."""
    shop, watch = Shop.read(), Watch()
    twin = Twin.open(twin_url, watch)
    bars = POSTGRES_BARS if sql.is_postgres() else SQLITE_BARS
    for size, rounds in ROUNDS.items():
        if size > int(largest):
            continue
        say(f"batches of {size:,}")
        captured, raw = _in_turn(shop, watch, twin, size, rounds)
        share = 100 * ratio(raw, captured)
        note = f"{size / median(captured):,.0f} of {size / median(raw):,.0f} events/s"
        least = BAR if size in bars else None
        tell(Figure(f"capture in batches of {size:,} / raw", share, "%", least=least, note=note))
    for table in GROWING:
        ours = int(sql.rows(f"SELECT count(*) FROM {table}")[0][0])
        if ours != twin.count(table):
            raise AssertionError(f"{table}: {ours} rows captured, {twin.count(table)} put raw")


def _in_turn(shop: Shop, watch: Watch, twin: Twin, size: int, rounds: int) -> tuple[list[float], list[float]]:
    """Times in seconds of capture and of raw insertion, after one unmeasured round."""
    captured, raw = [], []
    for _ in range(rounds + 1):
        drafts = shop.batch(size)
        watch.mark()
        captured.append(seconds(partial(actions.post, drafts, actor=ACTOR)))
        batch = watch.batch()
        raw.append(seconds(partial(twin.put, batch)))
    return captured[1:], raw[1:]
