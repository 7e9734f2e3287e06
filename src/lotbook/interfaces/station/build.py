"""The station's built files: which there are, and the version that stands for all of them.

``station/vite.config.mts`` writes ``manifest.json`` beside them when it builds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.templatetags.static import static

PAGE = "station/page.html"


@dataclass(frozen=True, slots=True)
class Build:
    """``version`` changes with every built file and with the page around them; ``urls`` are for offline.

    ``worker`` is a module: what it imports is named by the address it is served at.
    """

    version: str
    urls: tuple[str, ...]
    worker: str


def current() -> Build:
    """What was built last; empty when nothing was."""
    found = finders.find("station/manifest.json")
    path = Path(str(found)) if found else None
    return _read(path, path.stat().st_mtime_ns) if path is not None else Build("", (), "")


def version() -> str:
    """The version devices compare theirs with."""
    return current().version


@cache
def _read(path: Path, _changed_ns: int) -> Build:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    total = hashlib.sha256(str(manifest["version"]).encode())
    total.update((Path(__file__).parent / "templates" / PAGE).read_bytes())
    urls = {name: static(f"station/{name}") for name in manifest["files"]}
    worker = (path.parent / "worker.js").read_text(encoding="utf-8")
    # The build names modules from beside the worker, but the worker is served elsewhere, for its scope.
    for name, url in urls.items():
        worker = worker.replace(f'from"./{name}"', f'from"{url}"')
    return Build(total.hexdigest()[:16], tuple(urls.values()), worker)
