"""What is said when a page does not come: what the browser shows, and where every thread of the server is."""

from __future__ import annotations

import sys
import threading
import traceback

from playwright.sync_api import Page

PATIENCE_MS = 90_000
"""Longer than SQLite waits for a writer (60 s): the server's own error comes first, then."""


def words(page: Page, problems: list[str]) -> str:
    """The state of both ends, to be read in the log of a run that nobody watched."""
    frames = sys._current_frames()
    stacks = [
        f"{thread.name}:\n{''.join(traceback.format_stack(frames[thread.ident])[-12:])}"
        for thread in threading.enumerate()
        if thread is not threading.current_thread() and thread.ident in frames
    ]
    focus = page.evaluate("document.activeElement?.outerHTML ?? ''")
    seen = page.evaluate("document.body.innerText")
    return "\n".join([f"No page came after {page.url}", f"focus: {focus}", *problems, seen, *stacks])
