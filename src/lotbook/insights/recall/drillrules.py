"""How a drill's lot is drawn, what its clock aims at, a balance as percentage, what is made up. Pure.

The draw needs no trust: among the lots of a stated population the one counts whose uid, written behind the
seed, has the smallest SHA-256. Whoever has seed and population draws the same lot again.

>>> from uuid import UUID
>>> lots = [UUID(int=number) for number in range(1, 50)]
>>> drawn(7, lots) == drawn(7, reversed(lots)), drawn(7, lots) == drawn(8, lots)
(True, False)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

WHOLE_PPM = 1_000_000
SEED_MAX = 2**53 - 1
TARGET_USUAL_S = 4 * 3600
"""Schemes ask for a trace with mass balance within four hours (BRCGS 9, 3.9.3)."""
TARGET_MAX_S = 7 * 86400
DAYS_USUAL, DAYS_MAX = 90, 3660

AMONG: Mapping[str, str] = {
    "shipped": "Lots shipped to customers",
    "received": "Lots received from suppliers",
    "any": "Lots received or shipped",
}
"""What a lot may be drawn from."""


@dataclass(frozen=True, slots=True)
class Population:
    """The lots one was drawn from: which, from when until when (ISO), as of which sequence, how many.

    ``digest`` is the SHA-256 over their uids in order, a line each.
    """

    among: str
    days: int
    since: str
    until: str
    as_of: int
    lots: int
    digest: str

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the drill."""
        return asdict(self)

    @property
    def words(self) -> str:
        """Which lots these were, in words."""
        return f"{AMONG.get(self.among, self.among)} in the {self.days} days before"


def population_digest(uids: Iterable[UUID]) -> str:
    """SHA-256 over uids in their order, a line each."""
    return hashlib.sha256("\n".join(sorted(str(uid) for uid in uids)).encode()).hexdigest()


def rank(seed: int, uid: UUID) -> str:
    """Where a lot stands in the draw: the SHA-256 of ``<seed>:<uid>``, in hexadecimal; the smallest wins."""
    return hashlib.sha256(f"{seed}:{uid}".encode()).hexdigest()


def drawn(seed: int, uids: Iterable[UUID]) -> UUID | None:
    """The lot that ``seed`` draws from a population, in whatever order it is given; None from nothing."""
    return min(uids, key=lambda uid: rank(seed, uid), default=None)


_TARGET = re.compile(
    r"\s*(?:(\d{1,4})\s*d)?\s*(?:(\d{1,4})\s*h)?\s*(?:(\d{1,5})\s*m(?:in)?)?\s*", re.IGNORECASE
)


def target_s(text: str) -> int | None:
    """A target like ``4h``, ``90 min`` or ``1h 30m`` in seconds; a bare number is minutes; None: unreadable.

    >>> target_s("4h"), target_s("1h 30m"), target_s("90"), target_s("soon"), target_s("")
    (14400, 5400, 5400, None, None)
    """
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        seconds = int(plain[:9]) * 60
    else:
        found = _TARGET.fullmatch(plain)
        if found is None or not plain:
            return None
        days, hours, minutes = (int(part or 0) for part in found.groups())
        seconds = days * 86400 + hours * 3600 + minutes * 60
    return seconds if 60 <= seconds <= TARGET_MAX_S else None


def span(seconds: int) -> str:
    """So many seconds as people say them.

    >>> span(14400), span(5430), span(75), span(9), span(90061)
    ('4 h', '1 h 30 min', '1 min 15 s', '9 s', '1 d 1 h 1 min')
    """
    days, rest = divmod(max(seconds, 0), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{amount} {unit}" for amount, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if amount]
    if not (days or hours) and (left or not parts):
        parts.append(f"{left} s")
    return " ".join(parts)


# -- balance ------------------------------------------------------------------------------------------


def part_ppm(came: int, accounted: int) -> int:
    """Which part of what came is accounted for, in millionths; more than whole where more was counted.

    >>> part_ppm(900, 900), part_ppm(900, 897), part_ppm(0, 0), part_ppm(0, 5)
    (1000000, 996667, 1000000, 0)
    """
    if came <= 0:
        return WHOLE_PPM if accounted == 0 else 0
    return (accounted * WHOLE_PPM * 2 + came) // (came * 2)


def overall_ppm(parts: Collection[tuple[int, int]]) -> int:
    """Of (came, accounted) of each lot: 100 % less the mean difference, in millionths.

    Each lot counts the same, since kilograms and jars do not add up; too much counts as much as too little:
    one lot's surplus never hides another's shortage. Rounded down: 100 % means every lot.

    >>> overall_ppm([(900, 900), (100, 90)]), overall_ppm([(100, 110), (100, 90)]), overall_ppm([])
    (950000, 900000, 1000000)
    """
    if not parts:
        return WHOLE_PPM
    missing = sum(min(abs(WHOLE_PPM - part_ppm(*one)), WHOLE_PPM) for one in parts)
    exact = all(came == accounted for came, accounted in parts)
    whole = WHOLE_PPM - -(-missing // len(parts))
    return whole if exact else min(whole, WHOLE_PPM - 1)


def percent(ppm: int | None) -> str:
    """Millionths as a percentage; what is not quite whole never reads as whole.

    >>> percent(1_000_000), percent(999_999), percent(996_667), percent(1_050_000), percent(None)
    ('100 %', '99.99 %', '99.66 %', '105 %', '–')
    """
    if ppm is None:
        return "–"
    hundredths = abs(ppm) // 100
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{'-' if ppm < 0 else ''}{text} %"


# -- what a simulated customer says --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MadeUp:
    """What a made-up customer says of what it got; ``minutes`` until it answers."""

    answers: bool
    minutes: int
    found: int
    sold_on: int
    destroyed: int
    returning: int


def made_up(seed: int, customer: UUID, lot: UUID, quantity: int) -> MadeUp:
    """A plausible answer, the same for the same seed: one customer in eight does not answer at all.

    Of what it got a part is found, the rest was sold on; now and then up to two hundredths are missing. Some
    of what is found is destroyed, the rest is sent back.

    >>> one = made_up(7, UUID(int=1), UUID(int=2), 1000)
    >>> one == made_up(7, UUID(int=1), UUID(int=2), 1000), one.found + one.sold_on <= 1000
    (True, True)
    >>> one.destroyed + one.returning == one.found
    True
    """
    who = _dice(seed, customer)
    what = _dice(seed, customer, lot)
    missing = quantity * (what[2] % 3) // 100 if what[3] % 4 == 0 else 0
    found = min(quantity * (10 + what[0] % 60) // 100, quantity - missing)
    destroyed = found * (what[1] % 5) // 4
    return MadeUp(
        who[0] % 8 != 0, 5 + who[1] % 175, found, quantity - missing - found, destroyed, found - destroyed
    )


def _dice(*parts: object) -> bytes:
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).digest()


# -- whom to ask --------------------------------------------------------------------------------------

ROLES: tuple[tuple[str, str], ...] = (
    ("Recall coordinator", "Was reached, and knows where the recall plan lies?"),
    ("Quality", "Can say who decides, and who stands in?"),
    ("Production", "Confirms from the batch record what went into the lot?"),
    ("Warehouse", "Finds and could block what is on hand?"),
    ("Shipping", "Could stop what is on its way?"),
    ("Customer service", "Has contacts of every customer out of hours?"),
)
"""Who is asked what in a drill whose people are asked; the customers come after them."""
CUSTOMER_QUESTION = "Answered the telephone, and knows whom to call about a recall?"
CUSTOMERS_ASKED = 12
"""Most customers put on the list; more can be reached than one drill has time for."""


# -- the trend, drawn ---------------------------------------------------------------------------------

CHART_WIDTH, CHART_HEIGHT, CHART_TOP = 640, 152, 16
BAR_WIDTH_MAX = 36
TIMES_TARGET_MAX = 2.0
"""Bars end at twice the target: beyond that the number says how far."""
PPM_LEAST_SHOWN = 900_000


@dataclass(frozen=True, slots=True)
class Bar:
    """A drill in the picture: where its bar stands, how high it is, and the point of its balance."""

    label: str
    x: int
    y: int
    width: int
    height: int
    middle: int
    within: bool
    point_y: int
    words: str


@dataclass(frozen=True, slots=True)
class Trend:
    """The picture: bars of the time as a part of the target, a line at the target, points of the balance."""

    bars: tuple[Bar, ...]
    target_y: int
    line: str
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT


def trend(rows: Iterable[tuple[str, int, int, int]]) -> Trend:
    """The picture of drills, oldest first: (label, seconds, target in seconds, balance in millionths) each.

    >>> one = trend([("RC-1", 3600, 7200, 1_000_000), ("RC-2", 14400, 7200, 950_000)])
    >>> [bar.within for bar in one.bars], one.bars[0].height * 4 == one.bars[1].height
    ([True, False], True)
    """
    every = list(rows)
    inner = CHART_HEIGHT - CHART_TOP
    step = CHART_WIDTH // max(len(every), 1)
    width = max(min(step * 2 // 3, BAR_WIDTH_MAX), 3)
    bars = []
    for number, (label, seconds, target, ppm) in enumerate(every):
        times = min(seconds / max(target, 1), TIMES_TARGET_MAX)
        height = max(round(inner * times / TIMES_TARGET_MAX), 1)
        middle = number * step + step // 2
        shown = min(max(ppm, PPM_LEAST_SHOWN), 2 * WHOLE_PPM - PPM_LEAST_SHOWN)
        share = (shown - PPM_LEAST_SHOWN) / (WHOLE_PPM - PPM_LEAST_SHOWN)
        point = CHART_TOP + round(inner * (1 - min(share, 1)))
        words = f"{label}: {span(seconds)} of {span(target)}, balance {percent(ppm)}"
        bars.append(
            Bar(
                label, middle - width // 2, CHART_HEIGHT - height, width, height, middle, seconds <= target,
                point, words,
            )
        )  # fmt: skip
    line = " ".join(f"{bar.middle},{bar.point_y}" for bar in bars)
    return Trend(tuple(bars), CHART_HEIGHT - round(inner / TIMES_TARGET_MAX), line)
