"""The last weeks in the order they are told: each part leaves the stock to the next."""

from __future__ import annotations

from datetime import date

from lotbook.config.demo.floor import arriving, keeping, leaving, making, parting, scanning, showing, terms
from lotbook.config.demo.floor.scene import Scene
from lotbook.config.demo.masterdata import Keys
from lotbook.kernel import outbox

MESSAGES = 100_000


def happen(today: date, keys: Keys, *, pallets: int) -> None:
    """Let the floor work; ``pallets`` logistic units were numbered before.

    What the rooms tell each other is delivered within, so that the book is complete when it is opened.
    """
    scene = Scene(today, keys)
    terms.agree(scene, pallets)
    arriving.arrive(scene)
    making.make(scene)
    keeping.keep(scene)
    parting.part(scene)
    leaving.leave(scene)
    keeping.split(scene)
    scanning.scan(scene)
    with scene.on(1, 16, 55):
        outbox.deliver(limit=MESSAGES)
    showing.show(scene)
