"""``lotbook migrate`` and ``lotbook serve`` on a book of their own, as people start them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

pytestmark = pytest.mark.once


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOTBOOK_", "DJANGO_"))}
    return {**kept, "LOTBOOK_HOME": str(home)}


def lotbook(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lotbook", *words]
    return subprocess.run(
        command, env=environment(home), capture_output=True, text=True, check=False, timeout=120
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(port: int, path: str) -> tuple[int, dict[str, str]]:
    """Status and headers, waiting until the server is up."""
    last: Exception = TimeoutError()
    for _ in range(120):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            response = connection.getresponse()
            response.read()
            return response.status, {name.lower(): value for name, value in response.getheaders()}
        except OSError as problem:
            last = problem
            time.sleep(0.25)
    raise last


def test_a_book_that_is_not_up_to_date_is_not_served_until_it_is(tmp_path: Path) -> None:
    refused = lotbook(tmp_path, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "not up to date" in refused.stderr
    assert "Run: lotbook migrate" in refused.stderr

    migrated = lotbook(tmp_path, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert "is up to date (" in migrated.stdout
    again = lotbook(tmp_path, "migrate")
    assert again.stdout.strip().endswith("is up to date.")

    port = free_port()
    command = [sys.executable, "-m", "lotbook", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert f"http://127.0.0.1:{port}/" in server.stdout.readline()
            status, headers = answer(port, "/")
            assert (status, headers["location"]) == (302, "/account/login/?next=%2F")
            assert "default-src 'self'" in headers["content-security-policy"]
            status, headers = answer(port, "/static/lotbook/app.css")
            assert (status, headers["content-encoding"]) == (200, "gzip")
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_a_usage_error(tmp_path: Path, port: str) -> None:
    refused = lotbook(tmp_path, "serve", f"--port={port}")
    assert refused.returncode == 2
    assert "expected a port from 1 to 65535" in refused.stderr
