"""What the operations of this room share: the router.

The shapes are those of `station/src/protocol.ts`; `test_reading_shapes.py` compares the two.
"""

from __future__ import annotations

from ninja import Router

router = Router()
