"""Makes the pictures of the README from the demo world: ``.venv/bin/python -m tools.screenshots``.

A demo of its own in a temporary folder, at a fixed day, served on a free port and looked at with Chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "images"
DAY = "2026-11-22"
PAGES = {"today": "/", "trace": "/trace?id=Q260818-03"}
FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run", "--hide-scrollbars"]


def main() -> None:
    """Load, serve, log in, look."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"LOTBOOK_HOME": folder}
        environment.pop("LOTBOOK_DATABASE_URL", None)
        lotbook = [sys.executable, "-m", "lotbook"]
        subprocess.run([*lotbook, "demo", "--today", DAY], env=environment, check=True)
        port = free_port()
        server = subprocess.Popen([*lotbook, "serve", "--port", str(port)], env=environment)
        try:
            wait_for(port)
            take(f"http://localhost:{port}", (Path(folder) / "demo-password").read_text().strip())
        finally:
            server.terminate()
            server.wait()


def take(address: str, password: str) -> None:
    """One picture a page, at the size of a laptop."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("LOTBOOK_CHROMIUM") or shutil.which("chromium")
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        log_in(page, address, password)
        for name, path in PAGES.items():
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(600)
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


def log_in(page: Page, address: str, password: str) -> None:
    """As the manager."""
    page.goto(address)
    page.fill("input[name=login]", "anna")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), 0.2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    main()
