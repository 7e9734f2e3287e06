"""Reads over a real broker: listeners killed -9, brokers restarted, garbage sent; every read is there once.

4 kills on each database, 40 in the long run. A control listener that acknowledges before it writes must be
caught losing reads.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
import pytest
from django.db import connection
from paho.mqtt.enums import CallbackAPIVersion

from lotbook.standards.epc.tags import from_elements
from tests import books
from tests.faults.test_kill import kill
from tests.mosquitto import Mosquitto

CONTROL = Path(__file__).with_name("control_listener.py")
PORTAL = """
import django; django.setup()
from lotbook.foundation.places import actions as places
from lotbook.interfaces.rfid import actions
places.create_place(actor="user:x", code="DOCK", kind="site", name="Dock", time_zone="UTC")
actions.set_portal(actor="user:x", code="dock-1", purpose="receive", place="DOCK", silence_s=600)
"""
TAGS = 5


@dataclass
class Home:
    """A book of its own, and the processes that listen for it."""

    environment: dict[str, str]
    file: Path
    address: str = ""
    said: list[str] = field(default_factory=list)

    def count(self, query: str) -> int:
        if self.address:
            with psycopg.connect(self.address) as book:
                row = book.execute(query).fetchone()
        else:
            with closing(sqlite3.connect(self.file)) as book_:
                row = book_.execute(query).fetchone()
        assert row is not None
        return int(row[0] or 0)

    @property
    def batches(self) -> int:
        return self.count("SELECT count(*) FROM rfid_batch")

    def listen(self, broker: Mosquitto, *program: str, **more: str) -> list[str]:
        return [sys.executable, *(program or ("-m", "lotbook", "rfid-listen", "--broker")), broker.url]

    @contextmanager
    def listening(
        self, broker: Mosquitto, *program: str, **variables: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """The listener in a process of its own, subscribed; killed at the end if it still lives."""
        process = subprocess.Popen(
            self.listen(broker, *program), env=self.environment | variables, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            first = process.stdout.readline().decode()
            assert first.startswith("Listening"), first
            yield process
        finally:
            kill(process)
            process.stdout.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    environment = os.environ | {
        "LOTBOOK_HOME": str(tmp_path / "home"),
        "LOTBOOK_SECRET_KEY": secrets.token_hex(),
        "DJANGO_SETTINGS_MODULE": "lotbook.config.settings",
    }
    address = environment.pop("LOTBOOK_DATABASE_URL", "")
    name = f"rfid_{secrets.token_hex(4)}"
    own = ""
    if connection.vendor == "postgresql":
        own = environment["LOTBOOK_DATABASE_URL"] = books.create_database(address, name)
    else:
        books.new_home(tmp_path / "home")
    subprocess.run([sys.executable, "-c", PORTAL], env=environment, check=True)
    yield Home(environment, tmp_path / "home" / "lotbook.sqlite3", own)
    if own:
        books.drop_database(address, name)


def batch(number: int) -> bytes:
    tags = [
        from_elements({"01": "09526543006022", "21": str(number * TAGS + n + 1)}, "SGTIN-96", 1, 7).hex
        for n in range(TAGS)
    ]
    return json.dumps({"batch": f"n{number}", "reads": [{"epc": epc, "rssi": -50} for epc in tags]}).encode()


@contextmanager
def reader(broker: Mosquitto) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, "reader", clean_session=False)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def publish(client: mqtt.Client, numbers: range, pause_s: float = 0.0) -> None:
    sent = []
    for number in numbers:
        sent.append(client.publish("lotbook/rfid/dock-1/reads", batch(number), qos=1))
        time.sleep(pause_s)
    for one in sent:
        one.wait_for_publish(30)


def until(met: Callable[[], Any], patience_s: float = 60) -> None:
    end = time.monotonic() + patience_s
    while not met():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


def rounds_of_death(home: Home, broker: Mosquitto, kills: int, *program: str) -> int:
    """Publish while the listener is killed and started again; how many batches were published."""
    many = 60 * kills
    with reader(broker) as client:
        with home.listening(broker, *program) as process:
            publishing = threading.Thread(target=publish, args=(client, range(many), 0.01))
            publishing.start()
            time.sleep(random.uniform(0.1, 0.5))
            kill(process)
        for _ in range(kills - 1):
            with home.listening(broker, *program) as process:
                time.sleep(random.uniform(0.05, 0.5))
                kill(process)
        publishing.join()
    return many


@pytest.mark.heavy
def test_every_read_is_there_once_although_the_listener_is_killed(
    home: Home, tmp_path: Path, long_run: bool
) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        many = rounds_of_death(home, broker, 40 if long_run else 4)
        before = home.batches
        with home.listening(broker):
            until(lambda: home.batches >= many)
    assert 0 < before < many, "the kills came too early or too late to tell anything"
    assert home.batches == many
    assert home.count("SELECT count(*) FROM rfid_tag") == many * TAGS
    assert home.count("SELECT sum(reads) FROM rfid_tag") == many * TAGS, "each once"
    assert home.count("SELECT sum(reads) FROM rfid_pass") == many * TAGS
    assert home.count("SELECT count(*) FROM rfid_aside") == 0


@pytest.mark.heavy
@pytest.mark.once
def test_a_listener_that_says_yes_too_early_is_caught(home: Home, tmp_path: Path) -> None:
    """The positive control: with this listener the same rounds lose reads, and the count shows it."""
    with Mosquitto(tmp_path / "broker") as broker:
        # On a busy machine a kill may come when nothing is on its way.
        many = rounds_of_death(home, broker, 4, str(CONTROL))
        with home.listening(broker):
            time.sleep(1)
            until(lambda: home.count("SELECT count(*) FROM rfid_batch WHERE name = 'last'") or _last(broker))
    assert home.batches - 1 < many, "the control lost nothing: the test cannot see a loss"


def _last(broker: Mosquitto) -> bool:
    """One more batch: what came before it was taken, or never will be."""
    with reader(broker) as client:
        payload = json.dumps({"batch": "last", "reads": []})
        client.publish("lotbook/rfid/dock-1/reads", payload, qos=1).wait_for_publish(10)
    time.sleep(0.5)
    return False


GARBAGE = (
    (b"", "no JSON"),
    (b"\xff\xfe\x00", "no JSON"),
    (b"[1]", "an object"),
    (b"{}", "batch"),
    (b'{"batch": "x", "reads": [{"epc": ""}]}', "reads/0/epc"),
    (b'{"batch": "x", "reads": [{"epc": "30", "rssi": 1e300}]}', "rssi"),
    (b'{"batch": "x", "reads": [{"epc": "30", "at": "1803-01-01T00:00:00Z"}]}', "reads/0/at"),
    (b'{"batch": "x", "reads": [], "more": 1}', "more"),
    (b'{"portal": "dock-2", "batch": "x", "reads": []}', "the topic says"),
    (b'{"batch": "n1", "reads": []}', "with other reads"),
    (b"[" * 100_000, "no JSON"),
)


@pytest.mark.heavy
@pytest.mark.once
def test_a_broker_that_restarts_and_messages_nobody_understands(home: Home, tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker, home.listening(broker) as process:
        with reader(broker) as client:
            publish(client, range(20))
            for payload, _ in GARBAGE:
                client.publish("lotbook/rfid/dock-1/reads", payload, qos=1).wait_for_publish(10)
            client.publish("lotbook/rfid/nowhere/reads", batch(1), qos=1).wait_for_publish(10)
            broker.restart()
            until(client.is_connected)
            publish(client, range(20, 40))
            until(lambda: home.batches >= 40 or process.poll() is not None)
        assert process.poll() is None, "the listener lives"
    assert home.batches == 40
    assert home.count("SELECT count(*) FROM rfid_aside") == len(GARBAGE) + 1
    for _, reason in GARBAGE:
        assert home.count(f"SELECT count(*) FROM rfid_aside WHERE reason LIKE '%{reason}%'"), reason
    assert home.count("SELECT count(*) FROM rfid_aside WHERE reason LIKE '%no RFID portal%'") == 1


@pytest.mark.once
def test_a_broker_with_password_and_certificate(home: Home, tmp_path: Path) -> None:
    password = secrets.token_hex(8)
    with Mosquitto(tmp_path / "broker", password=password) as broker:
        told = {
            "LOTBOOK_MQTT_USERNAME": "reader",
            "LOTBOOK_MQTT_PASSWORD": password,
            "LOTBOOK_MQTT_CA": str(broker.certificate),
        }
        with home.listening(broker, **told) as process:
            process.terminate()
            assert process.wait(10) == 0, "told to stop, it stops"
        told["LOTBOOK_MQTT_PASSWORD"] = "x"
        with subprocess.Popen(
            home.listen(broker), env=home.environment | told, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                assert "refuses" in process.stdout.readline()
            finally:
                process.kill()
