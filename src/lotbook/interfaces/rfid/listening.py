"""Reads over MQTT: a process of its own takes what readers publish, and acknowledges it after commit.

A message is acknowledged (QoS 1) only when its batch, or its place among the messages set aside, is
committed; until then the broker keeps it. Killed in between, the listener gets it again, and the batch's id
makes it one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
import paho.mqtt.client as mqtt
from django.db import InterfaceError, OperationalError, close_old_connections
from paho.mqtt.enums import CallbackAPIVersion
from pydantic import ValidationError

from lotbook.interfaces.rfid import actions, delivering
from lotbook.kernel import clock
from lotbook.kernel.errors import Fault, Refused

logger = logging.getLogger(__name__)

TOPIC = "lotbook/rfid"
PORTS = {"mqtt": 1883, "mqtts": 8883}
PAYLOAD_MAX = 4 * 1024 * 1024
LOOK_S = 2.0
"""Seconds between two looks at passes whose readers are silent."""
PATIENCE_S = (1, 2, 4, 8, 15)
"""Seconds between tries to reach the broker, and to write a batch while the book is away."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and how one logs in; ``ca`` is a file of certificates to believe."""

    host: str
    port: int
    tls: bool = False
    username: str = ""
    password: str = ""
    ca: str = ""

    @staticmethod
    def of(url: str, *, username: str = "", password: str = "", ca: str = "") -> Broker:
        """Read ``mqtt://host:port`` or ``mqtts://host:port``; raises Refused."""
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        try:
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError:
            port = 0
        if not (parts.hostname and port) or parts.username or parts.password:
            cause = f"expected mqtt://host:port or mqtts://host:port, got {url[:80]!r}."
            remedy = "User and password are told by LOTBOOK_MQTT_USERNAME and LOTBOOK_MQTT_PASSWORD."
            raise Refused(Fault("broker", cause, remedy))
        return Broker(parts.hostname, port, parts.scheme == "mqtts", username, password, ca)


def handle(topic: str, payload: bytes, prefix: str = TOPIC) -> str:
    """Take one message, or set it aside with the reason; in words what became of it.

    Raises only what may pass by itself (the book is busy or away): the message must come again then.
    """
    try:
        return _taken(topic, payload, prefix)
    except (OperationalError, InterfaceError):
        raise
    except Refused as refusal:
        reason = " ".join(str(fault) for fault in refusal.faults)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = f"{'/'.join(str(part) for part in first['loc'])}: {first['msg']}"
    except Exception as problem:
        # A fault of ours must neither stop the readers behind it nor lose the message.
        logger.exception("a message at %s could not be taken", topic[:200])
        reason = f"unexpected: {type(problem).__name__}"
    actions.set_aside(topic=topic, payload=payload, reason=reason)
    return f"set aside: {reason}"


def _taken(topic: str, payload: bytes, prefix: str) -> str:
    portal, what = _parts(topic, prefix)
    if len(payload) > PAYLOAD_MAX:
        cause = f"the message has {len(payload)} bytes, at most {PAYLOAD_MAX} are read."
        raise Refused(Fault("", cause, "Send smaller batches."))
    if what == "close":
        ended = actions.close(portal=portal)
        return f"{portal}: {len(ended)} passes ended"
    try:
        sent = orjson.loads(payload)
    except orjson.JSONDecodeError as problem:
        raise Refused(Fault("", f"this is no JSON: {problem}.", "Send what docs/rfid.md says.")) from None
    if not isinstance(sent, dict):
        raise Refused(Fault("", "expected an object.", "Send what docs/rfid.md says."))
    batch = delivering.RfidReadsIn.model_validate({"portal": portal, **sent})
    if batch.portal != portal:
        cause = f"the topic says {portal[:60]!r}, the message {batch.portal[:60]!r}."
        raise Refused(Fault("portal", cause, "Publish to the portal's own topic."))
    now = clock.now()
    taken = actions.take(
        portal=portal, batch=batch.batch, reads=delivering.reads_of(batch), via=f"mqtt:{topic}"[:200],
        received_at=now,
    )  # fmt: skip
    return f"{portal}: {taken.tags} tags" + (" (again)" if taken.duplicate else "")


def _parts(topic: str, prefix: str) -> tuple[str, str]:
    """Portal and act of a topic: ``<prefix>/<portal>/reads`` or ``<prefix>/<portal>/close``."""
    portal, _, what = topic.removeprefix(f"{prefix}/").rpartition("/")
    if what not in ("reads", "close") or not portal:
        raise Refused(Fault("", "this topic is not read.", f"Publish to {prefix}/<portal>/reads."))
    return portal, what


class Listener:
    """Subscribed to a broker until told to stop; reconnects by itself, as the same client."""

    def __init__(
        self, broker: Broker, *, prefix: str = TOPIC, client_id: str = "lotbook-rfid",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.broker, self.prefix, self.say = broker, prefix, say
        self._stop = threading.Event()
        # Known to the broker by this name, it is kept what comes while nobody listens.
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id, clean_session=False, manual_ack=True
        )
        if broker.tls:
            self.client.tls_set(ca_certs=broker.ca or None)
        if broker.username:
            self.client.username_pw_set(broker.username, broker.password)
        self.client.on_connect = self._connected
        self.client.on_message = self._message

    def stop(self) -> None:
        """End ``run`` soon; what is being written is finished."""
        self._stop.set()

    def run(self) -> None:
        """Listen until ``stop``."""
        tries, looked = 0, 0.0
        while not self._stop.is_set():
            if not self.client.is_connected() and not self._connect(tries):
                tries += 1
                continue
            # Everything happens in this thread: a message is written before the next one is looked at.
            if self.client.loop(timeout=0.5) != mqtt.MQTT_ERR_SUCCESS:
                self.say("The broker is away; trying again.")
                tries += 1
                self._stop.wait(PATIENCE_S[min(tries, len(PATIENCE_S)) - 1])
                self._reset()
                continue
            tries = 0
            if time.monotonic() - looked > LOOK_S:
                looked = time.monotonic()
                self._look()
        self.client.disconnect()

    def _connect(self, tries: int) -> bool:
        if tries:
            self._stop.wait(PATIENCE_S[min(tries, len(PATIENCE_S)) - 1])
        try:
            self.client.connect(self.broker.host, self.broker.port, keepalive=30)
            patience = time.monotonic() + 10
            while not self.client.is_connected() and time.monotonic() < patience:
                if self.client.loop(timeout=0.2) != mqtt.MQTT_ERR_SUCCESS:
                    return False
        except (OSError, ValueError) as problem:
            self.say(
                f"The broker at {self.broker.host}:{self.broker.port} is away ({problem}); trying again."
            )
            return False
        return self.client.is_connected()

    def _reset(self) -> None:
        """Let go of a connection of which nobody knows what it delivered: the broker sends it again."""
        if self.client.is_connected():
            self.client.disconnect()

    def _connected(
        self, client: mqtt.Client, _userdata: object, _flags: object, reason: object, _more: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            self.say(f"The broker refuses: {reason}.")
            return
        client.subscribe([(f"{self.prefix}/+/reads", 1), (f"{self.prefix}/+/close", 1)])
        self.say(f"Listening at {self.broker.host}:{self.broker.port} to {self.prefix}/+/reads.")

    def _message(self, client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        for pause in (*PATIENCE_S, 0):
            try:
                close_old_connections()
                became = handle(message.topic, bytes(message.payload), self.prefix)
            except (OperationalError, InterfaceError) as problem:
                if self._stop.is_set() or not pause:
                    # Not acknowledged: the broker keeps it, and sends it when we connect again.
                    logger.warning("the book is away, a message is left with the broker: %s", problem)
                    client.disconnect()
                    return
                self._stop.wait(pause)
                continue
            logger.debug("%s: %s", message.topic, became)
            client.ack(message.mid, message.qos)
            return

    def _look(self) -> None:
        """End the passes whose readers are silent."""
        try:
            close_old_connections()
            actions.end_silent()
        except (OperationalError, InterfaceError) as problem:
            logger.warning("passes could not be ended, trying again: %s", problem)
