"""A real broker for tests: Mosquitto on a free port, in a folder of its own, that can be stopped and started.

>>> with Mosquitto(folder) as broker:
...     broker.url  # mqtt://127.0.0.1:…
...     broker.restart()
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

import pytest

PATIENCE_S = 20


def program() -> str:
    """Where Mosquitto is; Debian keeps it where only the administrator's path looks."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip("Mosquitto is missing: apt-get install --no-install-recommends mosquitto")
    return found


class Mosquitto:
    """The broker while the ``with`` lasts; with a ``password`` it asks for that of ``reader``, over TLS."""

    def __init__(self, folder: Path, *, password: str = "") -> None:
        self.program, self.folder = program(), folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.certificate, self.is_safe = folder / "certificate.pem", bool(password)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "data").mkdir(parents=True, exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {folder}/data/",
            "autosave_on_changes true",
            "autosave_interval 1",
            "max_queued_messages 0",
            "allow_anonymous " + ("false" if password else "true"),
        ]
        if os.geteuid() == 0:
            lines.append("user root")
        if password:
            made = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
            subprocess.run([made, "-b", "-c", str(folder / "users"), "reader", password], check=True)
            lines += [
                f"password_file {folder}/users",
                f"certfile {self.certificate}",
                f"keyfile {folder}/key.pem",
            ]
            words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
            words += f" -addext subjectAltName=IP:127.0.0.1 -keyout {folder}/key.pem -out {self.certificate}"
            subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
        self.config = folder / "mosquitto.conf"
        self.config.write_text("\n".join(lines) + "\n")

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"mqtt{'s' if self.is_safe else ''}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [self.program, "-c", str(self.config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        patience = time.monotonic() + PATIENCE_S
        while time.monotonic() < patience:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, "the broker ended by itself"
            time.sleep(0.05)
        raise AssertionError("the broker does not answer")

    def stop(self) -> None:
        """Stop it as a service is stopped: it writes down what it keeps."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None

    def restart(self) -> None:
        """Stop it and start it again on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
