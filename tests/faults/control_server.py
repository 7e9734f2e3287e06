"""A server that acknowledges first and writes later: the kill test must catch it, or proves nothing.

Run as ``python control_server.py PORT FILE``: answers POST with 201 at once and appends what it was sent to
FILE only every half second.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

waiting: list[str] = []
lock = threading.Lock()


class Hasty(BaseHTTPRequestHandler):
    """Says yes before anything is safe."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with lock:
            waiting.append(body)
        self.answer(201)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def write_later(path: str) -> None:
    while True:
        time.sleep(0.5)
        with lock, Path(path).open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in waiting)
            waiting.clear()


if __name__ == "__main__":
    threading.Thread(target=write_later, args=(sys.argv[2],), daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hasty).serve_forever()
