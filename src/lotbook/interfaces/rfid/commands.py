"""``lotbook rfid-listen``: take RFID reads from an MQTT broker."""

from __future__ import annotations

import argparse
import os
import signal

from lotbook.kernel.errors import Fault, Refused


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``rfid-listen``."""
    parser = commands.add_parser(
        "rfid-listen",
        help="take RFID reads from an MQTT broker, until stopped",
        description="User, password and the certificates to believe: LOTBOOK_MQTT_USERNAME,"
        " LOTBOOK_MQTT_PASSWORD, LOTBOOK_MQTT_CA.",
    )
    parser.add_argument(
        "--broker", required=True, metavar="URL", help="such as mqtt://localhost:1883 or mqtts://host:8883"
    )
    parser.add_argument(
        "--topic", default="lotbook/rfid", help="readers publish to TOPIC/<portal>/reads (lotbook/rfid)"
    )
    parser.add_argument(
        "--client-id", default="lotbook-rfid", help="the name the broker keeps messages under (lotbook-rfid)"
    )
    parser.set_defaults(run=listen)


def listen(options: argparse.Namespace) -> int:
    """Listen until stopped; a message is acknowledged when it is in the book."""
    from lotbook.interfaces.rfid.listening import Broker, Listener

    if not options.topic or set(options.topic) & set("+#\x00"):
        cause = f"expected a topic without wildcards, got {options.topic[:60]!r}."
        raise Refused(Fault("topic", cause, "Write it like plant/rfid."))
    broker = Broker.of(
        options.broker,
        username=os.environ.get("LOTBOOK_MQTT_USERNAME", ""),
        password=os.environ.get("LOTBOOK_MQTT_PASSWORD", ""),
        ca=os.environ.get("LOTBOOK_MQTT_CA", ""),
    )
    listener = Listener(
        broker, prefix=options.topic.rstrip("/"), client_id=options.client_id,
        say=lambda words: print(words, flush=True),
    )  # fmt: skip
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: listener.stop())
    listener.run()
    print("Stopped.", flush=True)
    return 0
