"""A listener that acknowledges too early: it says yes when a message arrives, and writes it down later.

The positive control of test_rfid_broker.py: killed, it has lost what it said yes to.
"""

from __future__ import annotations

import queue
import sys
import threading
from typing import Any

import django

django.setup()

from lotbook.interfaces.rfid.listening import Broker, Listener, handle  # noqa: E402 – Django is set up first


class Hasty(Listener):
    """As ours, but for the order of writing and acknowledging."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(broker, say=lambda words: print(words, flush=True))
        self.waiting: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._write, daemon=True).start()

    def _message(self, client: Any, _userdata: object, message: Any) -> None:
        self.waiting.put(message)
        client.ack(message.mid, message.qos)

    def _write(self) -> None:
        while True:
            message = self.waiting.get()
            handle(message.topic, bytes(message.payload))


if __name__ == "__main__":
    Hasty(Broker.of(sys.argv[1])).run()
